# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.inference.work import Work, work_for

NOTHING = Work(False, False, False, False, False)


def thermal(*wanted, **settings):
    return work_for(THERMAL, frozenset(wanted), ThermalConfig(**settings))


def rgb(*wanted, **settings):
    return work_for(RGB, frozenset(wanted), RgbConfig(**settings))


def test_nothing_is_done_for_nobody():
    assert thermal() == NOTHING
    assert rgb() == NOTHING
    assert thermal('camera_info') == NOTHING
    assert rgb('camera_info', 'label_info') == NOTHING


def test_odometry_alone_needs_no_depth():
    for output in ('odometry', 'tf'):
        assert thermal(output) == Work(False, False, False, False, True)
        assert thermal(output, odometry=False) == NOTHING


def test_depth_alone_needs_no_confidence_unless_it_is_filtered_by_it():
    assert thermal('depth') == Work(True, False, False, False, False)
    assert thermal('depth', min_confidence=0.2).depth_confidence
    assert thermal('confidence') == Work(True, True, False, False, False)
    assert not thermal('odometry', min_confidence=0.2).depth_confidence


def test_semantics_are_computed_for_their_readers_and_for_the_sky():
    assert rgb('depth').semantics
    assert not rgb('depth', sky_is_far=False).semantics
    assert rgb('semantic') == Work(False, False, True, False, False)
    assert rgb('overlay', sky_is_far=False).semantics
    assert rgb('semantic_confidence') == Work(False, False, True, True, False)


def test_a_colour_cloud_carries_labels_and_confidence():
    assert rgb('points', sky_is_far=False) == Work(True, True, True, False, False)


def test_a_thermal_cloud_carries_counts_only():
    assert thermal('points') == Work(True, False, False, False, False)


def test_an_output_of_the_other_camera_is_refused():
    with pytest.raises(ValueError, match='thermal camera has no output semantic'):
        thermal('semantic')
