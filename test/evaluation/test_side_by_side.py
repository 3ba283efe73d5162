# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What stands above the columns, and which colours are explained."""

from pathlib import Path

import numpy as np
import pytest

from thermal_depth_ros.evaluation.paired_frames import PairedFrame, Side
from thermal_depth_ros.evaluation.side_by_side import side_by_side
from thermal_depth_ros.metrics.accumulate import DepthScore
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.metrics.scores import CameraScores

NAMES = ('road', 'sky', 'car')
PALETTE = {0: (1, 2, 3), 1: (4, 5, 6), 2: (7, 8, 9)}


def frame(time_s: float, metres: float, label: int) -> PairedFrame:
    """Return a frame with 10 m before it, road below, and a row without a class."""
    truth = np.full((4, 6), 10.0, np.float32)
    classes, true = np.full((4, 6), label, np.uint8), np.zeros((4, 6), np.uint8)
    true[0] = 255
    figures = DepthScore(PROTOCOLS['nuscenes']).add(truth, np.full_like(truth, metres))
    image = np.zeros((4, 6, 3), np.uint8)
    return PairedFrame(time_s, image, truth, truth, classes, true, figures, 0.25)


def shown(pairs, evaluated: bool = True):
    result = CameraScores('rgb', PROTOCOLS['nuscenes'], NAMES).result() if evaluated else None
    where = Path('nowhere')
    day, night = (Side(name, where, where, None, NAMES, '', result) for name in ('day', 'night'))
    return side_by_side('Title', 'Words.', (day, night), pairs, PALETTE)


def test_times_and_figures_of_each_side_stand_above_it():
    found = shown(
        [(frame(1.0, 5.0, 0), frame(1.04, 12.0, 0)), (frame(2.0, 5, 0), frame(2.6, 5, 0))]
    )
    assert [moment.title for moment in found.moments] == ['1.0 s', '2.0 s and 2.6 s']
    assert found.moments[0].captions == (
        'abs_rel 0.000 scaled, 0.500 as predicted; mIoU 25.0 %',
        'abs_rel 0.000 scaled, 0.200 as predicted; mIoU 25.0 %',
    )


def test_figures_of_random_weights_are_left_out():
    (moment,) = shown([(frame(1.0, 5.0, 0), frame(1.0, 5.0, 0))], evaluated=False).moments
    assert moment.captions == ('', '')
    assert len(moment.rows) == 5


@pytest.mark.parametrize(('label', 'names'), [(0, ['road']), (2, ['road', 'car'])])
def test_colours_of_the_classes_that_are_there_are_explained(label, names):
    keys = shown([(frame(1.0, 5.0, 0), frame(1.0, 5.0, label))]).keys
    assert [key.name for key in keys] == names
    assert keys[-1].colour == 'rgb({}, {}, {})'.format(*PALETTE[label])


def test_without_frames_there_are_figures_alone():
    found = shown([])
    assert (found.moments, found.bars, found.keys) == ([], [], [])
    assert found.table.rows[0][0] == 'frames done'
