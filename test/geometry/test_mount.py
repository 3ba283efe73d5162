# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which poses of a camera on a body are doubted, and which are not."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.geometry.mount import mount_problem

BASE, OPTICAL = 'base_link', 'camera_optical_frame'


def about(axis: str, degrees: float) -> np.ndarray:
    vector = np.radians(degrees) * np.eye(3)['xyz'.index(axis)]
    return cv2.Rodrigues(vector)[0]


def mount(yaw: float = 0, pitch: float = 0, at=(1.5, 0.0, 1.2), optical: bool = True) -> np.ndarray:
    """Pose of a camera turned left by yaw and down by pitch, degrees; or of its body frame."""
    T = np.eye(4)
    T[:3, :3] = about('z', yaw) @ about('y', pitch)
    if optical:  # as static_transform_publisher --roll -1.5708 --yaw -1.5708 makes it
        T[:3, :3] = T[:3, :3] @ about('z', -90) @ about('x', -90)
    T[:3, 3] = at
    return T


@given(st.floats(-180, 180), st.floats(-45, 45))
def test_cameras_that_look_around_are_not_doubted(yaw: float, pitch: float) -> None:
    assert mount_problem(mount(yaw, pitch), BASE, OPTICAL) is None


def test_a_body_frame_is_named_with_cause_and_remedy() -> None:
    problem = mount_problem(mount(optical=False), BASE, 'camera_link')
    assert problem is not None
    assert 'base_link -> camera_link: the rotation is the identity' in problem.text
    assert '--roll -1.5708 --pitch 0 --yaw -1.5708' in problem.advice
    assert str(problem) == f'{problem.text}; {problem.advice}'


@given(st.floats(-180, 180), st.floats(-25, 25))
def test_body_frames_are_doubted_wherever_they_look(yaw: float, pitch: float) -> None:
    problem = mount_problem(mount(yaw, pitch, optical=False), BASE, 'camera_link')
    assert problem is not None and 'points up' in problem.text


def test_a_camera_that_looks_at_the_ground_is_told_what_it_is() -> None:
    problem = mount_problem(mount(pitch=90), BASE, OPTICAL)
    assert problem is not None and 'points down' in problem.text


@pytest.mark.parametrize('at', [(1500.0, 0.0, 1200.0), (0.0, 30.0, 0.0)])
def test_a_camera_far_away_is_told_the_distance(at: tuple[float, float, float]) -> None:
    problem = mount_problem(mount(at=at), BASE, OPTICAL)
    assert problem is not None and f'{np.linalg.norm(at):.4g} m from' in problem.text
    assert 'millimetres' in problem.advice


@pytest.mark.parametrize('base', ['rgb_optical_frame', '/camera_optical', OPTICAL])
def test_nothing_is_reported_of_a_base_that_is_a_camera_itself(base: str) -> None:
    assert mount_problem(np.eye(4), base, OPTICAL) is None
