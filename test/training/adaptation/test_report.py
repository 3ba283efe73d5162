# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of an adaptation next to those of predictors that never look at the image."""

from types import SimpleNamespace

import numpy as np
import pytest

from thermal_depth_ros.metrics.accumulators import DepthAccumulator
from thermal_depth_ros.metrics.depth import NUSCENES
from thermal_depth_ros.training.adaptation.judging import Judgement
from thermal_depth_ros.training.adaptation.report import against_blind, figures

# Left is near in one image and far in the other: a map is worse than a constant.
TRUTH = (np.array([[2.0, 10.0]]), np.array([[10.0, 2.0]]))


def judged(predict, metric=True, images=TRUTH):
    score = DepthAccumulator(NUSCENES)
    for truth in images:
        score.add(truth, predict(truth))
    return Judgement(0.1, score.result(), None, metric, 5.0, 0.5)


def result(before, after=None):
    return SimpleNamespace(before=before, after=after, still=0.2)


def in_half_metres(truth):
    return truth / 2


def flat(truth):
    return np.full_like(truth, 3.1)


def test_the_figures_of_map_and_constant_stand_beside_those_of_the_bundles():
    rows = {row[0]: row[1:] for row in figures(result(judged(flat), judged(in_half_metres, False)))}
    # Scaled, a constant is the median 6: (2 + 0.4) / 2. The map says 10 for 2 and 2 for 10.
    scaled = '2.400 (fixed map), 1.200 (constant)'
    assert rows['depth abs_rel, scaled'] == ('1.200', '0.000', scaled)
    # 1 / mean(1/2, 1/10) = 10/3: (2/3 + 2/3) / 2; of the bundle before: (0.55 + 0.69) / 2.
    in_metres = '2.400 (fixed map), 0.667 (constant)'
    assert rows['depth abs_rel in metres'] == ('0.620', 'not in metres', in_metres)


def test_the_old_bundle_that_is_kept_is_told_what_it_does_not_beat():
    text = against_blind(result(judged(flat)))
    assert text.startswith('The old bundle against predictors that never look at the image: ')
    assert 'abs_rel scaled does not beat a constant: 1.200 against 1.200.' in text
    assert 'abs_rel as predicted beats a constant: 0.620 against 0.667.' in text


@pytest.mark.parametrize('metric', [True, False])
def test_metres_count_only_where_the_bundle_claims_them(metric):
    text = against_blind(result(judged(flat), judged(in_half_metres, metric)))
    assert text.startswith('The new bundle')
    assert 'abs_rel scaled beats a constant: 0.000 against 1.200.' in text
    assert ('abs_rel as predicted beats a constant: 0.500 against 0.667.' in text) is metric


def test_without_true_depth_nothing_is_said():
    assert against_blind(result(Judgement(0.1, None, None, True, 5.0, 0.5))) == ''


def test_one_image_is_not_enough_for_a_map():
    one = judged(flat, images=TRUTH[:1])
    assert 'A fixed map to compare with needs two images' in against_blind(result(one))
    assert {row[0]: row[3] for row in figures(result(one))}['depth abs_rel, scaled'] == '-'
