# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Intrinsics of the cameras of a recording, and the mounting of a pair of them."""

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base.contract import is_rectified
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import FrameError, Frames
from thermal_depth_ros.geometry.rectification import SHORTEST_BASELINE_M
from thermal_depth_ros.messages.camera_info import LatestCalibration, info_array

_ORTHOGONAL = 1e-3  # largest error of a rotation in a camera_info; unset ones are zero


def recorded_camera(recording: Recording, stream: CameraStream) -> PinholeCamera:
    """Return the camera of the first camera_info of a stream.

    Raises:
        EvaluationError: There is none, or it is unusable.
    """
    message = _first_info(recording, stream)
    calibration = LatestCalibration(is_rectified(stream.image_topic))
    try:
        camera = calibration.camera(message)
    except BagError as error:
        raise EvaluationError(f'{stream.info_topic}: {error}') from error
    problem = calibration.problem or (camera.flaw if camera else None)
    if camera is None or problem:
        raise EvaluationError(f'{stream.info_topic}: {problem}')
    return camera


def pair_mounting(
    recording: Recording, reference: CameraStream, other: CameraStream, tree: Frames
) -> np.ndarray:
    """Return T_other_reference (4, 4) of two cameras.

    It comes from the transforms between their frames, otherwise from the stereo calibration in
    their camera_info: R turns each camera into a common view, in which P shifts them by
    P[0, 3] / P[0, 0] along x (sensor_msgs/CameraInfo).

    Raises:
        EvaluationError: Neither is known.
    """
    frames = [recording.frame_of(one.image_topic) for one in (reference, other)]
    try:
        # One frame for both, as stereo drivers publish it, says nothing.
        T: np.ndarray = tree.lookup(frames[1], frames[0])
        if np.linalg.norm(T[:3, 3]) >= SHORTEST_BASELINE_M:
            return T
        problem = f'{" and ".join(dict.fromkeys(frames))} are at one place'
    except FrameError as error:
        problem = str(error)
    (R_ref, shift_ref), (R_other, shift_other) = (
        _common_view(_first_info(recording, one), is_rectified(one.image_topic))
        for one in (reference, other)
    )
    shift_m = shift_other - shift_ref
    if abs(shift_m) < SHORTEST_BASELINE_M:
        raise EvaluationError(f'{problem}, and P of camera_info has no baseline')
    T = np.eye(4)
    T[:3, :3] = R_other.T @ R_ref
    T[:3, 3] = R_other.T @ [shift_m, 0.0, 0.0]
    return T


def _first_info(recording: Recording, stream: CameraStream) -> object:
    record = recording.first(stream.info_topic) if stream.info_topic else None
    if record is None:
        raise EvaluationError(f'{stream.image_topic} has no camera_info')
    try:
        return record.message
    except BagError as error:
        raise EvaluationError(f'{stream.info_topic}: {error}') from error


def _common_view(info: object, rectified: bool) -> tuple[np.ndarray, float]:
    """Return R_common_camera (3, 3) and the shift of points along x of the common view, m."""
    R, P = info_array(info, 'r').reshape(3, 3), info_array(info, 'p').reshape(3, 4)
    if rectified or not np.abs(R @ R.T - np.eye(3)).max() < _ORTHOGONAL:
        R = np.eye(3)
    shift_m = float(P[0, 3] / P[0, 0]) if P[0, 0] > 0 and np.isfinite(P[0, 3]) else 0.0
    return R, shift_m
