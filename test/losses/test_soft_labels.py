# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Teacher scores in their two forms."""

import numpy as np
import torch

from thermal_depth_ros.losses.soft_labels import SoftLabels
from thermal_depth_ros.samples.semantic_labels import top_scores


def test_best_class_of_all_scores_and_of_the_highest_few():
    scores = torch.rand(2, 19, 5, 6, generator=torch.Generator().manual_seed(1))
    value, ids = SoftLabels.full(scores).best()
    assert torch.equal(ids, scores.argmax(1, keepdim=True))
    assert torch.equal(value, scores.amax(1, keepdim=True))
    highest, places = scores.topk(3, dim=1)
    again, same = SoftLabels(highest, places).best()
    assert torch.equal(again, value) and torch.equal(same, ids)


def test_what_is_stored_on_disk_comes_back_as_scores():
    scores = np.random.default_rng(2).random((7, 4, 5)).astype(np.float32)
    kept = top_scores(scores, 3)
    labels = SoftLabels.stored(
        torch.from_numpy(kept.class_ids)[None], torch.from_numpy(kept.scores)[None]
    )
    assert labels.class_ids.dtype == torch.int64 and labels.scores.dtype == torch.float32
    given = torch.from_numpy(scores)[None].gather(1, labels.class_ids)
    assert (labels.scores - given).abs().max() <= 0.5 / 255 + 1e-6
