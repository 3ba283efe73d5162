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


def mount(
    yaw: float = 0, pitch: float = 0, at=(1.5, 0.0, 1.2), optical: bool = True, roll: float = 0
) -> np.ndarray:
    """Pose of a camera turned left by yaw, down by pitch and about its axis by roll, degrees."""
    T = np.eye(4)
    T[:3, :3] = about('z', yaw) @ about('y', pitch) @ about('x', roll)
    if optical:  # as static_transform_publisher --roll -1.5708 --yaw -1.5708 makes it
        T[:3, :3] = T[:3, :3] @ about('z', -90) @ about('x', -90)
    T[:3, 3] = at
    return T


@given(st.floats(-180, 180), st.floats(-45, 45), st.floats(-50, 50))
def test_cameras_that_look_around_are_not_doubted(yaw: float, pitch: float, roll: float) -> None:
    assert mount_problem(mount(yaw, pitch, roll=roll), BASE, OPTICAL) is None


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


@given(st.floats(-180, 180), st.floats(-45, 45), st.sampled_from([90.0, -90.0, 180.0]))
def test_rolled_images_are_doubted(yaw: float, pitch: float, roll: float) -> None:
    problem = mount_problem(mount(yaw, pitch, roll=roll), BASE, OPTICAL)
    assert problem is not None
    assert ('upside down' if roll == 180 else 'on its side') in problem.text
    assert 'rotate the images' in problem.advice


@pytest.mark.parametrize('yaw', [0.0, 20.0])
def test_exchanged_parent_and_child_are_named(yaw: float) -> None:
    T_optical_base = np.linalg.inv(mount(yaw))
    problem = mount_problem(T_optical_base, BASE, OPTICAL)
    assert problem is not None and 'parent and child exchanged' in problem.advice


@pytest.mark.parametrize('at', [(1500.0, 0.0, 1200.0), (0.0, 30.0, 0.0)])
def test_a_camera_far_away_is_told_the_distance(at: tuple[float, float, float]) -> None:
    problem = mount_problem(mount(at=at), BASE, OPTICAL)
    assert problem is not None and f'{np.linalg.norm(at):.4g} m from' in problem.text
    assert 'millimetres' in problem.advice


@pytest.mark.parametrize('base', ['rgb_optical_frame', '/camera_optical', OPTICAL])
def test_nothing_is_reported_of_a_base_that_is_a_camera_itself(base: str) -> None:
    assert mount_problem(np.eye(4), base, OPTICAL) is None
