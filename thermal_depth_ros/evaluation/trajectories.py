# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectory files as estimates or ground truth, such as those of SLAM programs."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.trajectory_files import (
    FORMATS,
    KITTI,
    PERIOD_NS,
    TIMES,
    TUM,
    TrajectoryFile,
    read_trajectory,
    write_kitti,
    write_tum,
)
from thermal_depth_ros.evaluation.drive_comparison import DriveComparison
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.open_comparison import EvaluationOptions
from thermal_depth_ros.evaluation.truth.poses import PoseTruth
from thermal_depth_ros.geometry.trajectory import Trajectory
from thermal_depth_ros.messages.stamps import span_text
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.metrics.trajectory import UP_Z, Path3d

KIND = 'trajectory'  # in place of the kind of a camera, where both are files
FOLDER = 'trajectories'
_UP_KITTI = (0.0, -1.0, 0.0)  # the world is the first camera
_IDENTITY = np.eye(4)


def follow_files(
    truth_path: Path, estimate_path: Path, frames: slice, options: EvaluationOptions
) -> CameraAccumulator:
    """Compare two trajectory files of the same body.

    Args:
        truth_path: True poses.
        estimate_path: Estimated poses.
        frames: Estimated poses to compare.
        options: Options of the evaluation.

    Raises:
        BagError: A file is damaged.
        EvaluationError: The stamps of one are unknown, or no pose has a true one.
    """
    truth, estimate = read_trajectory(truth_path), read_trajectory(estimate_path)
    stamps = [truth.stamps_ns, estimate.stamps_ns]
    if stamps[0] is None or stamps[1] is None:
        counts = len(truth.T_world_body), len(estimate.T_world_body)
        if counts[0] != counts[1]:
            without = truth_path if stamps[0] is None else estimate_path
            raise EvaluationError(
                f'{truth_path} has {counts[0]} poses, {estimate_path} {counts[1]}: {without} '
                f'has no times to match them by; a file {TIMES} beside it would'
            )
        known = [one for one in stamps if one is not None]
        own = known[0] if known else np.arange(counts[0], dtype=np.int64) * PERIOD_NS
        stamps = [own, own]
    assert stamps[0] is not None and stamps[1] is not None, 'or both are set above'
    up = _UP_KITTI if KITTI in (truth.format, estimate.format) else UP_Z
    poses = PoseTruth(str(truth_path), '', Trajectory(stamps[0], truth.T_world_body))
    scores = CameraAccumulator(KIND, PROTOCOLS[options.protocol], ())
    drive = DriveComparison(
        truth_path.stem, poses, _IDENTITY, lambda child: _IDENTITY, options.min_turn_rad, up
    )
    _follow(estimate, stamps[1], drive, poses, frames, scores)
    return scores


def follow_recording(
    estimate: TrajectoryFile,
    image_stamps_ns: Sequence[int],
    drive: DriveComparison,
    poses: PoseTruth,
    frames: slice,
    scores: CameraAccumulator,
) -> None:
    """Compare a trajectory file with the true poses of a recording.

    Args:
        estimate: Estimated poses; without times, one for each image.
        image_stamps_ns: Stamps of the images.
        drive: Comparison of the motion.
        poses: True poses.
        frames: Estimated poses to compare.
        scores: Gets the result.

    Raises:
        EvaluationError: There are no times and not one pose for each image, or no pose has a
            true one.
    """
    stamps_ns = estimate.stamps_ns
    if stamps_ns is None:
        stamps_ns = np.array(image_stamps_ns, np.int64)
        if len(stamps_ns) != len(estimate.T_world_body):
            raise EvaluationError(
                f'{estimate.path}: {len(estimate.T_world_body)} poses without times for '
                f'{len(stamps_ns)} images; a file {TIMES} beside it would tell the times'
            )
    _follow(estimate, stamps_ns, drive, poses, frames, scores)


def _follow(
    estimate: TrajectoryFile,
    stamps_ns: np.ndarray,
    drive: DriveComparison,
    poses: PoseTruth,
    frames: slice,
    scores: CameraAccumulator,
) -> None:
    chosen = stamps_ns[frames]
    for stamp_ns, T in zip(chosen.tolist(), estimate.T_world_body[frames], strict=True):
        drive.add_pose(stamp_ns, T)
    scores.frames += len(chosen)
    drive.finish(scores)
    if not scores.compared['pose']:
        true_ns = poses.trajectory.stamps_ns
        own = span_text(int(chosen[0]), int(chosen[-1])) if len(chosen) else 'nothing'
        raise EvaluationError(
            f'{estimate.path}: none of {len(chosen)} poses has a true pose at its time; it '
            f'spans {own}, {poses.topic} spans {span_text(int(true_ns[0]), int(true_ns[-1]))}'
        )


def write_trajectories(folder: Path, paths: Sequence[Path3d], file_format: str) -> list[Path]:
    """Write true and estimated poses, each in its world, and return the files.

    Args:
        folder: Output folder; files of an earlier evaluation in it are removed.
        paths: Trajectories.
        file_format: One of FORMATS.

    Raises:
        OSError: A file cannot be written.
    """
    assert file_format in FORMATS, 'checked with the options'
    place = folder / FOLDER
    for old in place.glob('*_true.txt'), place.glob('*_estimate.txt'):
        for file in old:
            file.unlink()
    written: list[Path] = []
    names = Counter(path.name for path in paths)
    for number, path in enumerate(paths):
        place.mkdir(exist_ok=True)
        name = path.name if names[path.name] == 1 else f'{path.name}_{number}'
        for suffix, poses in (('true', path.true), ('estimate', path.estimate)):
            file = place / f'{name}_{suffix}.txt'
            if file_format == TUM:
                write_tum(file, path.stamps_ns, poses)
            else:
                write_kitti(file, poses)
            written.append(file)
    return written
