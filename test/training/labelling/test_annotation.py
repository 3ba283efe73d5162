# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Images without a result are processed, by all processes together, until a stop is asked for."""

import contextlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from thermal_depth_ros.training.labelling import annotation
from thermal_depth_ros.training.labelling.annotation import (
    Annotator,
    Share,
    annotate,
    device_of_process,
)


class Marks:
    """A sidecar of rows that are done or not."""

    def __init__(self, rows):
        self.marks = np.zeros(rows, bool)

    def done(self):
        return self.marks.copy()

    def missing(self, share, shares):
        rows = np.flatnonzero(~self.marks)
        return rows[rows % shares == share]

    def writer(self):
        return contextlib.nullcontext(self.marks)


class Marker(Annotator):
    """Marks images, except for some that have no result; remembers its batches."""

    title = 'marks'

    def __init__(self, marks, without=()):
        self.marks, self.without, self.batches = marks, without, []

    def open(self, frames):
        return self.marks

    def write(self, sidecar, writer, frames, indices):
        self.batches.append(indices.tolist())
        rows = [row for row in frames.rows[indices] if row not in self.without]
        writer[rows] = True
        return len(rows)


def run(marker, rows, share=Share(), batch=2, stopped=lambda: False):  # noqa: B008 - frozen
    seen = []
    frames = SimpleNamespace(rows=np.array(rows))
    result = annotate(marker, frames, share, batch, lambda *done: seen.append(done), stopped)
    return result, seen


def test_rows_that_are_done_stay_and_the_others_come_in_batches():
    marker = Marker(Marks(9))
    marker.marks.marks[[2, 5]] = True
    result, seen = run(marker, [1, 2, 3, 5, 7, 8])  # rows 0, 4 and 6 belong to no usable image
    assert marker.batches == [[0, 2], [4, 5]], 'indices of images, not rows of the store'
    assert (result.before, result.made, result.without) == (2, 4, 0)
    assert seen == [(2, 4), (4, 4)]
    assert np.flatnonzero(marker.marks.marks).tolist() == [1, 2, 3, 5, 7, 8]


def test_shares_of_processes_make_up_the_whole():
    marker = Marker(Marks(7))
    made = [run(marker, range(7), Share(rank, 3))[0].made for rank in range(3)]
    assert made == [3, 2, 2] and marker.marks.marks.all()


def test_images_without_a_result_are_counted_and_tried_again():
    marker = Marker(Marks(4), without=(1, 2))
    assert run(marker, range(4))[0].without == 2
    assert run(marker, range(4))[0].before == 2
    assert marker.batches[-1] == [1, 2]


def test_a_stop_is_heeded_between_batches():
    marker = Marker(Marks(6))
    result, _ = run(marker, range(6), stopped=lambda: len(marker.batches) == 2)
    assert result.made == 4 and marker.batches == [[0, 1], [2, 3]]


@pytest.mark.parametrize(
    ('local_rank', 'wanted', 'expected'),
    [
        (None, 'auto', 'auto'),
        ('5', 'auto', 'cuda:1'),
        ('2', 'cuda', 'cuda:2'),
        ('2', 'cuda:0', 'cuda:0'),
        ('2', 'cpu', 'cpu'),
    ],
)
def test_each_process_of_a_machine_has_its_own_gpu(monkeypatch, local_rank, wanted, expected):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 4)
    monkeypatch.setattr(annotation, 'select_device', lambda name: name)
    monkeypatch.delenv('LOCAL_RANK', raising=False)
    if local_rank is not None:
        monkeypatch.setenv('LOCAL_RANK', local_rank)
    assert device_of_process(wanted) == expected


def test_the_share_is_what_torchrun_says(monkeypatch):
    monkeypatch.delenv('RANK', raising=False)
    monkeypatch.delenv('WORLD_SIZE', raising=False)
    assert Share.of_process() == Share(0, 1)
    monkeypatch.setenv('RANK', '3')
    monkeypatch.setenv('WORLD_SIZE', '8')
    assert Share.of_process() == Share(3, 8)
