# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The states of odometry, and which frame each motion is measured from."""

import dataclasses

import numpy as np
import pytest

from thermal_depth_ros.frames.frame import MetricScale
from thermal_depth_ros.inference.tracking import OdometryTracker, TrackedFrame, comparable

SECOND = 1_000_000_000
LEVEL = np.eye(4)
LEVEL[:3, :3] = [[0, 0, 1], [-1, 0, 0], [0, -1, 0]]


def seen(seconds, **changes):
    """A frame whose image is the place of the camera along its z axis."""
    frame = TrackedFrame(round(seconds * SECOND), 'optical', (48, 64), False, image=seconds * 10.0)
    return dataclasses.replace(frame, **changes)


def points_motion(previous, current):
    """T_{previous->current} of a camera that moves along z: points come nearer."""
    T = np.eye(4)
    T[2, 3] = -(current.image - previous.image)
    return T


class Drive:
    def __init__(self, scale=1.0, estimate=points_motion):
        self.tracker = OdometryTracker()
        self.scale = MetricScale(scale, True, 'test')
        self.estimate = estimate

    def __call__(self, frame):
        return self.tracker.track(
            frame, self.estimate, self.scale, LEVEL, max_gap_s=2.0, max_speed_mps=60.0
        )


def x_of(result):
    return result.T_odom_base[0, 3]


def test_first_then_tracking_forward():
    drive = Drive()
    assert drive(seen(1.0)).state == 'first'
    result = drive(seen(1.5))
    assert (result.state, result.reason) == ('tracking', '')
    assert x_of(result) == pytest.approx(5.0)
    assert result.twist_base[0] == pytest.approx(10.0)


def test_the_scale_multiplies_the_translation():
    drive = Drive(scale=3.0)
    drive(seen(1.0))
    assert x_of(drive(seen(1.5))) == pytest.approx(15.0)


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        ({'blank': True}, 'constant image'),
        ({'stamp_ns': 0}, 'stamp is zero'),
        ({'stamp_ns': round(1.5 * SECOND)}, 'stamp repeats the one before'),
    ],
)
def test_an_unusable_frame_is_skipped_without_losing_travel(changes, reason):
    drive = Drive()
    drive(seen(1.0))
    drive(seen(1.5))
    lost = drive(seen(1.7, **changes))
    assert (lost.state, lost.reason) == ('lost', reason)
    assert x_of(lost) == pytest.approx(5.0)
    back = drive(seen(2.0))
    assert back.state == 'tracking'
    assert x_of(back) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ('frame', 'reason'),
    [
        (seen(4.7), 'gap of 3.2 s above 2 s'),
        (seen(0.5), 'stamp goes backward by 1 s'),
        (seen(1.6, size=(24, 32)), 'image size changed from 64x48 to 32x24'),
        (seen(1.6, frame_id='other'), "frame changed from 'optical' to 'other'"),
        (seen(1.6, image=27.0), 'speed 120 m/s above 60 m/s'),
        (seen(1.6, image=float('nan')), 'motion is not finite'),
        (seen(1.6, image=float('inf')), 'motion is not finite'),
    ],
)
def test_a_broken_pair_holds_the_pose_and_continues_from_the_new_frame(frame, reason):
    drive = Drive()
    drive(seen(1.0))
    before = drive(seen(1.5))
    lost = drive(frame)
    assert (lost.state, lost.reason) == ('lost', reason)
    assert (lost.T_odom_base == before.T_odom_base).all()
    assert (np.diagonal(lost.pose_covariance) == 9999).all()
    seconds = frame.stamp_ns / SECOND + 0.1
    start = seen(seconds - 0.1).image if not np.isfinite(frame.image) else frame.image
    if not np.isfinite(frame.image):
        drive(dataclasses.replace(frame, stamp_ns=frame.stamp_ns + 1, image=start))
    back = drive(dataclasses.replace(frame, stamp_ns=round(seconds * SECOND), image=start + 1.0))
    assert back.state == 'tracking'
    assert x_of(back) == pytest.approx(6.0)


def test_all_stamps_zero_never_tracks():
    drive = Drive()
    assert {drive(seen(k, stamp_ns=0)).reason for k in range(5)} == {'stamp is zero'}


def test_a_blank_start_is_lost_until_the_first_good_frame():
    drive = Drive()
    assert drive(seen(1.0, blank=True)).state == 'lost'
    assert drive(seen(1.1)).state == 'first'
    assert drive(seen(1.2)).state == 'tracking'


def test_no_motion_is_estimated_where_none_can_be():
    asked = []

    def estimate(previous, current):
        asked.append((previous.stamp_ns, current.stamp_ns))
        return np.eye(4)

    drive = Drive(estimate=estimate)
    for frame in (seen(1.0), seen(1.0), seen(9.0), seen(9.1, blank=True), seen(0.5)):
        drive(frame)
    assert asked == []


def test_reset_starts_again_at_the_origin():
    drive = Drive()
    drive(seen(1.0))
    drive(seen(1.5))
    drive.tracker.reset()
    result = drive(seen(0.1))
    assert result.state == 'first' and x_of(result) == 0


def test_comparable():
    a, b = seen(1.0), seen(1.5)
    assert comparable(a, b, 2.0)
    assert not comparable(None, b, 2.0)
    assert not comparable(a, b, 0.1)
    assert not comparable(b, a, 2.0)
    assert not comparable(dataclasses.replace(a, blank=True), b, 2.0)
    assert not comparable(a, dataclasses.replace(b, stamp_ns=0), 2.0)
