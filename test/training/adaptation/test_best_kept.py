# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The best of the bundles of a training is kept, whatever comes after it."""

from types import SimpleNamespace

import pytest

from thermal_depth_ros.training.adaptation.best_kept import BestKept, has_collapsed
from thermal_depth_ros.training.adaptation.errors import CollapseError
from thermal_depth_ros.training.adaptation.judging import Judgement


def judged(photometric, spread=0.5):
    return Judgement(photometric, None, None, True, 5.0, spread)


def started(tmp_path, coming, before, settling_steps=0):
    """Return a task whose validations find these judgements, one after the other."""
    found = iter(coming)

    def export(folder, record):
        folder.mkdir(exist_ok=True)
        (folder / 'record').write_text(str(record))
        return folder

    inner = SimpleNamespace(stages=(), notes=(), export=export, step=lambda batch: None)
    record = {'task': 'toy'}
    return BestKept(
        inner, lambda bundle: next(found), before, tmp_path, record, settling_steps=settling_steps
    )


def validated(tmp_path, errors, before):
    """Return the task after validations with photometric errors, and the record of its best."""
    task = started(tmp_path, map(judged, errors), judged(before))
    for _ in errors:
        task.step(None)
        task.validate()
    return task


def test_the_best_is_kept_with_its_step_and_figures(tmp_path):
    task = validated(tmp_path, [0.5, 0.3, 0.2, 0.25, 0.9], before=0.4)
    assert task.best.photometric == 0.2
    record = (task.best_folder / 'record').read_text()
    assert "'steps': 3" in record and "'photometric': 0.2" in record
    assert [one.step for one in task.history] == [1, 2, 3, 4, 5]
    assert not (tmp_path / 'candidate').exists()


def test_none_is_kept_if_all_are_worse(tmp_path):
    task = validated(tmp_path, [0.5, float('nan'), 0.4], before=0.4)
    assert task.best is None and not task.best_folder.exists()


@pytest.mark.parametrize(
    ('new', 'old', 'collapsed'),
    [
        (0.0, 0.5, True),
        (0.04, 0.5, True),
        (0.06, 0.5, False),  # a room with one wall is flatter than a street, too
        (0.9, 0.5, False),
        (0.0, 0.0, False),  # there is nothing that could collapse
    ],
)
def test_a_network_has_collapsed_if_its_depth_hardly_varies_any_more(new, old, collapsed):
    assert has_collapsed(judged(0.1, new), judged(0.2, old)) is collapsed


def test_a_collapsed_network_ends_the_training_and_is_not_kept_although_views_agree(tmp_path):
    task = started(tmp_path, [judged(0.3), judged(0.1, 0.001)], judged(0.4))
    task.step(None)
    task.validate()
    task.step(None)
    with pytest.raises(CollapseError, match='everywhere after step 2: .* 0.001 .* 0.5 before'):
        task.validate()
    assert task.best.photometric == 0.3 and len(task.history) == 2
    assert not (tmp_path / 'candidate').exists()


def test_random_weights_may_settle_first(tmp_path):
    flat = judged(0.1, 0.001)
    task = started(tmp_path, [flat, judged(0.2), flat], judged(0.4), settling_steps=1)
    task.step(None)
    task.validate()
    assert task.best is None
    task.step(None)
    task.validate()
    assert task.best.photometric == 0.2
    with pytest.raises(CollapseError):
        task.validate()
