# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Measuring rows: the crop of the paper, topics of the truth, merging over recordings."""

import numpy as np
import pytest

from helpers.drives import record_drive
from helpers.prediction_folders import write_depth_files
from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.evaluator import RecordingResult
from thermal_depth_ros.evaluation.tables.measure import (
    UNCUT,
    Measurement,
    MeasureOptions,
    combine,
    measure_recording,
)
from thermal_depth_ros.evaluation.tables.published import Condition, PublishedCrop
from thermal_depth_ros.evaluation.tables.sources import FileSource
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import NUSCENES

OPTIONS = MeasureOptions(
    configs={THERMAL: ThermalConfig(**UNCUT), RGB: RgbConfig(**UNCUT, sky_is_far=False)}
)
DEPTH = frozenset({'depth'})


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    return record_drive(
        tmp_path_factory.mktemp('table') / 'drive', rgb=(48, 64), duration_s=0.4, seed=3
    )


def measured(drive, folder, **condition):
    chosen = Condition('c', 'C', RGB, 'robotcar_40m', **condition)
    source = FileSource('mine', folder, lambda name: DEPTH)
    found = measure_recording(
        source, chosen, DEPTH, drive, True, OPTIONS, lambda: False, lambda *_: lambda: None
    )
    return combine(chosen, [found]), found.notes


def test_images_of_the_published_size_are_cropped(drive, tmp_path):
    """Files of cropped depth fit the crop alone; wrong depth in the cropped rows does not count."""

    def spoilt(depth_m):
        return np.where(np.indices(depth_m.shape)[0] < 8, 2 * depth_m, depth_m)

    whole = write_depth_files(tmp_path / 'whole', drive, 'rgb', change=spoilt)
    rest = write_depth_files(tmp_path / 'rest', drive, 'rgb', change=lambda d: d[8:-8])
    crop = PublishedCrop(8, 8, 48, 64)
    plain, _ = measured(drive, whole)
    cropped, notes = measured(drive, rest, crop=crop)
    assert plain.metrics['depth']['scaled']['abs_rel'] > 1e-3
    assert cropped.metrics['depth']['scaled']['abs_rel'] == pytest.approx(0, abs=1e-6)
    assert cropped.metrics['depth']['pixels'] < plain.metrics['depth']['pixels'] and not notes
    same, notes = measured(drive, rest, crop=PublishedCrop(8, 8, 64, 64))
    assert not notes, 'images that are cropped already'
    other, notes = measured(drive, whole, crop=PublishedCrop(8, 8, 96, 128))
    assert 'images of 64x48 are not cropped; the paper takes rows 8 to 87 of 128x96' in notes[0]
    assert other.images == plain.images == 4


def result(name, depths, classes=('road',)):
    scores = CameraAccumulator(RGB, NUSCENES, classes)
    for truth, predicted in depths:
        scores.depth.add(np.array([truth]), np.array([predicted]))
        scores.compared['depth'] += 1
    return RecordingResult(name, '/rgb', RGB, scores, {}, {}, {})


def test_images_of_all_recordings_have_equal_weight():
    one = result('a', [([2.0, 4.0], [1.0, 2.0]), ([2.0, 4.0], [2.0, 2.0])])
    two = result('b', [([5.0, 5.0], [5.0, 5.0])])
    condition = Condition('c', 'C', RGB, 'nuscenes')
    found = combine(condition, [Measurement((one,), ()), Measurement((two,), ())])
    # scaled by 1, by 1.5 (errors of 1/2 and 1/4) and by 1
    assert found.metrics['depth']['scaled']['abs_rel'] == pytest.approx((0.375) / 3)
    assert found.images == 3 and not found.problems


def test_recordings_with_other_classes_are_refused():
    parts = [Measurement((result(n, [], c),), ()) for n, c in (('a', ('x',)), ('b', ('y',)))]
    with pytest.raises(EvaluationError, match='^b: classes'):
        combine(Condition('c', 'C', RGB), parts)
