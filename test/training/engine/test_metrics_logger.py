# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The history continues at the checkpoint; a partial line is ignored."""

import pytest

from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.metrics_logger import (
    LOSSES,
    VALIDATION,
    History,
    read_history,
)


def test_what_was_written_is_read(tmp_path):
    history = History(tmp_path / 'h', 0)
    history.add(1, 0, 'one', LOSSES, {'total': 0.1 + 0.2})
    history.add(1, 0, 'one', VALIDATION, {'abs_rel': 1e-17})
    history.close()
    assert list(read_history(tmp_path / 'h')) == [
        {'step': 1, 'epoch': 0, 'stage': 'one', 'losses': {'total': 0.1 + 0.2}},
        {'step': 1, 'epoch': 0, 'stage': 'one', 'validation': {'abs_rel': 1e-17}},
    ]


def test_what_stands_behind_the_checkpoint_is_dropped(tmp_path):
    path = tmp_path / 'h'
    history = History(path, 0)
    history.add(1, 0, 'one', LOSSES, {'total': 1.0})
    position = history.position()
    history.add(2, 0, 'one', LOSSES, {'total': 2.0})
    history.close()
    again = History(path, position)
    assert again.position() == position
    again.add(2, 0, 'one', LOSSES, {'total': 3.0})
    again.close()
    assert [r['losses']['total'] for r in read_history(path)] == [1.0, 3.0]


def test_half_a_line_is_left_out(tmp_path):
    (tmp_path / 'h').write_text('{"step": 1}\n{"step": 2')
    assert list(read_history(tmp_path / 'h')) == [{'step': 1}]


def test_no_history_is_empty(tmp_path):
    assert list(read_history(tmp_path / 'h')) == []


def test_a_new_run_starts_an_empty_history(tmp_path):
    (tmp_path / 'h').write_text('old\n')
    History(tmp_path / 'h', 0).close()
    assert (tmp_path / 'h').read_bytes() == b''


@pytest.mark.parametrize('present', [True, False])
def test_a_history_that_is_too_short_is_reported(tmp_path, present):
    path = tmp_path / 'h'
    if present:
        path.write_text('x')
    with pytest.raises(TrainingError, match=str(path)):
        History(path, 10)
    assert path.exists() == present


def test_a_full_disk_is_reported_and_leaves_whole_lines_for_the_checkpoint(tmp_path, no_room):
    path = tmp_path / 'h'
    history = History(path, 0)
    history.add(1, 0, 'one', LOSSES, {'total': 1.0})
    position = history.position()
    with no_room(), pytest.raises(TrainingError, match=f'history {path}: File too large'):
        for step in range(2, 100):
            history.add(step, 0, 'one', LOSSES, {'total': 2.0})
    history.close()
    again = History(path, position)
    again.close()
    assert [r['step'] for r in read_history(path)] == [1]


def test_losses_of_an_earlier_version_have_their_current_names(tmp_path):
    history = History(tmp_path / 'h', 0)
    history.add(1, 0, 'one', LOSSES, {'total': 1.0, 'judge_day': 0.5, 'judge_night': 0.25})
    history.close()
    (record,) = read_history(tmp_path / 'h')
    assert record['losses'] == {
        'total': 1.0,
        'discriminator_day': 0.5,
        'discriminator_night': 0.25,
    }
