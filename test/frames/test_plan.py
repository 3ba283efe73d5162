# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is computed for a frame, and the one order of reasons why something is withheld."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.base.contract import OUTPUTS, RGB, THERMAL
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.frames.plan import FramePlan, plan_frame
from thermal_depth_ros.geometry.camera import PinholeCamera

CAMERA = PinholeCamera(8, 6, 5.0, 5.0, 3.5, 2.5)
FRAME = CameraFrame(1, 'optical', np.zeros((6, 8), np.uint16), CAMERA)
EVERYTHING = frozenset(OUTPUTS[THERMAL])
STEPS = ('depth', 'depth_confidence', 'semantics', 'semantic_confidence', 'odometry')
NO_CLASSES = dict.fromkeys(('semantic', 'semantic_confidence', 'overlay', 'label_info'), 'no class')


def steps(plan: FramePlan) -> set[str]:
    return {name for name in STEPS if getattr(plan, name)}


def thermal(*wanted, **settings):
    return steps(plan_frame(ThermalConfig(**settings), FRAME, frozenset(wanted), np.eye(4)))


def rgb(*wanted, unsupported=None, **settings):
    plan = plan_frame(
        RgbConfig(**settings), FRAME, frozenset(wanted), None, unsupported=unsupported
    )
    return steps(plan)


def withheld(frame=FRAME, T=None, **more):
    config = more.pop('config', ThermalConfig())
    return plan_frame(config, frame, EVERYTHING, T, **more).withheld


def test_nothing_is_computed_without_subscribers():
    assert not thermal() and not rgb()
    assert not thermal('camera_info') and not rgb('camera_info', 'label_info')


def test_odometry_alone_needs_no_depth():
    for output in ('odometry', 'tf'):
        assert thermal(output) == {'odometry'}
        assert not thermal(output, odometry=False)


def test_depth_alone_needs_no_confidence_unless_it_is_filtered_by_it():
    assert thermal('depth') == {'depth'}
    assert thermal('depth', min_confidence=0.2) == {'depth', 'depth_confidence'}
    assert thermal('confidence') == {'depth', 'depth_confidence'}
    assert thermal('odometry', min_confidence=0.2) == {'odometry'}


def test_semantics_are_computed_for_their_readers_and_for_the_sky():
    assert rgb('depth') == {'depth', 'semantics'}
    assert rgb('depth', sky_is_far=False) == {'depth'}
    assert rgb('semantic') == rgb('overlay', sky_is_far=False) == {'semantics'}
    assert rgb('semantic_confidence') == {'semantics', 'semantic_confidence'}
    assert rgb('depth', 'semantic', unsupported=NO_CLASSES) == {'depth'}


def test_a_colour_cloud_carries_labels_and_confidence():
    assert rgb('points', sky_is_far=False) == {'depth', 'depth_confidence', 'semantics'}
    assert rgb('points', unsupported=NO_CLASSES) == {'depth', 'depth_confidence'}
    assert rgb('points', sky_is_far=False, point_fields='image') == {'depth'}
    assert rgb('points', 'semantic', point_fields='xyz') == {'depth', 'semantics'}


def test_a_thermal_cloud_carries_counts_only():
    assert thermal('points') == {'depth'}


def test_an_output_of_the_other_camera_is_refused():
    with pytest.raises(ValueError, match='thermal camera has no output semantic'):
        thermal('semantic')


def test_the_transform_can_be_switched_off_and_is_not_missed():
    plan = plan_frame(ThermalConfig(publish_tf=False), FRAME, EVERYTHING, np.eye(4))
    assert plan.wanted == EVERYTHING - {'tf'} and not plan.withheld


def test_reasons_are_ranked_settings_calibration_transform():
    assert withheld(T=np.eye(4)) == {}
    missing = "no transform from 'optical' to 'base_link'"
    assert withheld() == {'odometry': missing, 'tf': missing}
    assert withheld(extrinsics_problem='/tf is silent')['tf'] == '/tf is silent'
    blind = dataclasses.replace(FRAME, camera=None, camera_problem='bad d')
    keys = ('camera_info', 'odometry', 'points', 'tf')
    assert withheld(blind, extrinsics_problem='/tf is silent') == dict.fromkeys(keys, 'bad d')
    off = 'switched off by the parameter odometry'
    settings = {'config': ThermalConfig(odometry=False), 'unsupported': {'depth': 'no depth'}}
    assert withheld(blind, **settings) == {
        'camera_info': 'bad d',
        'depth': 'no depth',
        'odometry': off,
        'points': 'bad d',
        'tf': off,
    }


def test_the_calibration_of_an_uncalibrated_camera_of_this_size_is_passed_on():
    flawed = dataclasses.replace(FRAME, camera=dataclasses.replace(CAMERA, fx=0.0))
    assert withheld(flawed, T=np.eye(4)).keys() == {'points', 'odometry', 'tf'}
    smaller = dataclasses.replace(FRAME, camera=dataclasses.replace(CAMERA, width=4))
    assert 'camera_info' in withheld(smaller, T=np.eye(4))


@given(
    kind=st.sampled_from([THERMAL, RGB]),
    keys=st.sets(st.sampled_from(sorted({*OUTPUTS[THERMAL], *OUTPUTS[RGB]}))),
    calibrated=st.booleans(),
    placed=st.booleans(),
    odometry=st.booleans(),
    classes=st.booleans(),
)
def test_every_requested_output_is_either_wanted_or_withheld(
    kind, keys, calibrated, placed, odometry, classes
):
    requested = frozenset(keys & OUTPUTS[kind].keys())
    config = ThermalConfig(odometry=odometry) if kind == THERMAL else RgbConfig()
    frame = FRAME if calibrated else dataclasses.replace(FRAME, camera=None)
    plan = plan_frame(
        config,
        frame,
        requested,
        np.eye(4) if placed else None,
        unsupported=None if classes else NO_CLASSES,
    )
    assert plan.wanted | plan.withheld.keys() == requested
    assert not plan.wanted & plan.withheld.keys()
    assert all(plan.withheld.values())
