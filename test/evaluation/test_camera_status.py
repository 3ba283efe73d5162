# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the camera nodes told about themselves, read back from their diagnostics."""

from thermal_depth_ros.evaluation.camera_status import camera_statuses
from thermal_depth_ros.messages.diagnostics import Level, Status


def _reported(**more: str) -> dict[str, Status]:
    values = {'frames received': '9', 'frames published': '5', 'dropped: zero stamp': '1'}
    name = 'robot/thermal: input'
    return {name: Status(name, Level.OK, '', values | more, hardware_id='')}


def test_every_frame_is_accounted_for():
    unwanted = {'frames without subscribers': '3'}
    thermal = camera_statuses(_reported(**unwanted))['thermal']
    assert thermal.dropped == {'zero stamp': 1, 'without subscribers': 3}
    assert thermal.frames_published + sum(thermal.dropped.values()) == thermal.frames_received


def test_diagnostics_recorded_before_the_rename_are_read():
    thermal = camera_statuses(_reported(**{'frames wanted by nobody': '3'}))['thermal']
    assert thermal.dropped == {'zero stamp': 1, 'without subscribers': 3}


def test_no_drops_are_made_up():
    nothing = {'frames without subscribers': '0'}
    assert camera_statuses(_reported(**nothing))['thermal'].dropped == {'zero stamp': 1}


def test_lost_odometry_is_read_back_by_kind():
    told = {'odometry lost: constant image': '4', 'odometry lost: motion is not finite': '1'}
    lost = camera_statuses(_reported(**told))['thermal'].odometry_lost
    assert lost == {'constant image': 4, 'motion is not finite': 1}
