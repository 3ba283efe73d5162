# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The best of the bundles of a training is kept, whatever comes after it."""

from types import SimpleNamespace

from thermal_depth_ros.training.adaptation.best_kept import BestKept
from thermal_depth_ros.training.adaptation.judging import Judgement


def validated(tmp_path, errors, before):
    """Return the task after validations with photometric errors, and the record of its best."""
    coming = iter(errors)

    def export(folder, record):
        folder.mkdir(exist_ok=True)
        (folder / 'record').write_text(str(record))
        return folder

    inner = SimpleNamespace(stages=(), notes=(), export=export, step=lambda batch: None)
    task = BestKept(
        inner,
        lambda bundle: Judgement(next(coming), None, None, True, 5.0),
        Judgement(before, None, None, True, 5.0),
        tmp_path,
        {'task': 'toy'},
    )
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
