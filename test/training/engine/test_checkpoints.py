# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints are whole or not there; damage, full disks and odd values are said."""

import errno
import os

import numpy as np
import pytest
import torch

from thermal_depth_ros.training.engine import checkpoints
from thermal_depth_ros.training.engine.checkpoints import Checkpointer
from thermal_depth_ros.training.engine.errors import TrainingError


@pytest.fixture
def folder(tmp_path):
    return Checkpointer(tmp_path / 'checkpoints', keep=2)


def content(step):
    return {'step': step, 'task': {'w': torch.arange(4000.0) + step, 'names': ['a', None, True]}}


@pytest.fixture
def notes():
    return []


def test_what_was_saved_comes_back(folder, notes):
    folder.save(3, content(3))
    found = folder.latest(notes.append)
    assert found['step'] == 3
    assert torch.equal(found['task']['w'], content(3)['task']['w'])
    assert found['task']['names'] == ['a', None, True]
    assert not notes


def test_nothing_there(folder, notes):
    assert folder.latest(notes.append) is None


@pytest.mark.parametrize('keep', [1, 3, 4, 5, 9])
def test_as_many_are_kept_as_asked_for(tmp_path, keep):
    folder = Checkpointer(tmp_path, keep)
    for count, step in enumerate((1, 2, 3, 4, 5), 1):
        folder.save(step, content(step))
        assert len(folder.paths()) == min(count, keep)


def test_only_the_newest_are_kept(folder, notes):
    for step in (1, 2, 9, 10, 11):
        folder.save(step, content(step))
    assert [path.name.split('.')[0] for path in folder.paths()] == [
        'step-000000010',
        'step-000000011',
    ]
    assert folder.latest(notes.append)['step'] == 11


def test_another_checkpoint_of_the_same_step_replaces_the_first(folder, notes):
    folder.save(1, content(1))
    for name in ('first', 'second', 'third'):
        path = folder.save(2, {**content(2), 'name': name})
    assert [p.name.split('.')[0][-1] for p in folder.paths()] == ['1', '2']
    assert folder.paths()[-1] == path
    assert folder.latest(notes.append)['name'] == 'third'


@pytest.mark.parametrize('damage', ['cut', 'flipped', 'empty'])
def test_a_damaged_checkpoint_is_reported_and_the_one_before_is_used(folder, notes, damage):
    folder.save(1, content(1))
    path = folder.save(2, content(2))
    data = bytearray(path.read_bytes())
    if damage == 'flipped':
        data[len(data) // 2] ^= 4  # inside of a tensor, where no parser would notice
    path.write_bytes({'cut': data[:-100], 'flipped': data, 'empty': b''}[damage])
    assert folder.latest(notes.append)['step'] == 1
    assert len(notes) == 1 and str(path) in notes[0] and 'damaged' in notes[0]


def test_all_damaged_is_an_error_and_no_silent_new_start(folder, notes):
    folder.save(1, content(1)).write_bytes(b'x')
    with pytest.raises(TrainingError, match='--restart'):
        folder.latest(notes.append)


def test_a_file_with_code_is_not_executed(folder, notes, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'owned'),)

    path = tmp_path / 'evil.pt'
    torch.save({'format': checkpoints.FORMAT, 'x': Evil()}, path)
    data = path.read_bytes()
    folder.folder.mkdir()
    target = folder.folder / f'step-000000001.{checkpoints.zlib.crc32(data):08x}.pt'
    target.write_bytes(data)
    with pytest.raises(TrainingError):
        folder.latest(notes.append)
    assert not (tmp_path / 'owned').exists()
    assert 'damaged and not used' in notes[0]


@pytest.mark.parametrize(
    'name', ['.step-000000002.00000000.pt.4711', 'step-000000002.00000000.pt.tmp']
)
def test_what_a_killed_process_left_is_no_checkpoint_and_goes_away(folder, notes, name):
    folder.save(1, content(1))
    left = folder.folder / name
    left.write_bytes(b'half')
    assert folder.latest(notes.append)['step'] == 1
    folder.sweep()
    assert not left.exists() and folder.latest(notes.append)['step'] == 1


class FullDisk:
    """Writes to a file until a number of bytes is reached."""

    def __init__(self, file, room):
        self._file, self._room = file, room

    def write(self, data):
        self._file.write(bytes(data)[: self._room])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._file.close()


def test_a_full_disk_leaves_the_old_checkpoint_and_no_rubbish(folder, notes, monkeypatch):
    folder.save(1, content(1))
    opened = checkpoints.Path.open

    def open_full(path, mode='r', *args, **kwargs):
        file = opened(path, mode, *args, **kwargs)
        return FullDisk(file, 1000) if 'w' in mode else file

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.Path, 'open', open_full)
        with pytest.raises(TrainingError) as caught:
            folder.save(2, content(2))
    assert 'No space left on device' in str(caught.value)
    assert 'step-000000001' in str(caught.value) and 'intact' in str(caught.value)
    assert [path.name[:14] for path in folder.folder.iterdir()] == ['step-000000001']
    assert folder.latest(notes.append)['step'] == 1


def test_a_folder_that_cannot_be_made(folder):
    folder.folder.write_text('a file')
    with pytest.raises(TrainingError, match='cannot be written: .*; there is no earlier one'):
        folder.save(1, content(1))


@pytest.mark.parametrize('value', [np.float64(1.0), np.zeros(3), {1, 2}, object()])
def test_values_that_could_not_be_read_back_are_refused_by_name(folder, value):
    with pytest.raises(TypeError, match=r'state\.task\.x\[0\]'):
        folder.save(1, {'task': {'x': [value]}})
    assert folder.paths() == []


def test_clear_takes_everything_of_ours_and_nothing_else(folder, notes):
    folder.save(1, content(1))
    other = folder.folder / 'notes.txt'
    other.write_text('mine')
    folder.clear()
    assert list(folder.folder.iterdir()) == [other]
    assert folder.latest(notes.append) is None
