# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A drive whose depth and motion are known, and networks whose output is a function of both."""

import dataclasses
import types
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from helpers.drives import record_drive
from thermal_depth_ros.bags.poses import read_pose_track
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.bundles import SeedWeights, read_spec, save_bundle
from thermal_depth_ros.frames.frame import DepthResult, MetricScale
from thermal_depth_ros.frames.plan import CameraOutput, FramePlan
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.trajectory import Trajectory
from thermal_depth_ros.messages.depth_reader import depth_from_message

IMAGES, DEPTH = '/thermal/image_raw', '/ground_truth/thermal/depth'
SCALE, SHIFT = 0.031, 0.006  # 1/m per unit, 1/m
FACTOR = 3.7  # m per unit
NOISE, OUTLIERS = 0.02, 0.05


@dataclasses.dataclass(frozen=True)
class KnownDrive:
    """A recording and what is true of it."""

    path: Path
    depth_m: dict[int, np.ndarray]  # by stamp
    poses: Trajectory  # of the base
    T_base_camera: np.ndarray


@pytest.fixture(scope='session')
def known_drive(tmp_path_factory: pytest.TempPathFactory) -> KnownDrive:
    """Drive of 8 s through a street."""
    path = record_drive(
        tmp_path_factory.mktemp('drives') / 'street', thermal=(128, 160), duration_s=8.0, seed=3
    )
    with Recording(path) as recording:
        depth = {r.stamp_ns: depth_from_message(r.message).copy() for r in recording.read([DEPTH])}
        track = read_pose_track(recording, '/ground_truth/odometry')
        frame = recording.frame_of(IMAGES)
        T = RecordedTransforms(recording).of(IMAGES).lookup('base_link', frame)
    return KnownDrive(path, depth, Trajectory(track.stamps_ns, track.T_world_frame), T)


class KnownPipeline:
    """Gives the depth that a network with a known output has, with noise and outliers."""

    def __init__(self, drive: KnownDrive, output_of: Any, wheel: Any = None) -> None:
        self._drive, self._output_of, self._wheel = drive, output_of, wheel
        self._previous: int | None = None
        self._rng = np.random.default_rng(0)
        self.frames = 0
        self.description = types.SimpleNamespace(labels=None)

    def process(self, frame, wanted, T_base_optical=None, extrinsics_problem='') -> CameraOutput:
        self.frames += 1
        depth = None
        if 'depth' in wanted:
            depth = DepthResult(self._depth(frame.stamp_ns), None)
        elif self._previous is not None:
            T_previous_current = self._motion(self._previous, frame.stamp_ns)
            self._wheel.observe(self._previous, frame.stamp_ns, T_previous_current, T_base_optical)
        self._previous = frame.stamp_ns
        plan = FramePlan(frozenset(wanted))
        return CameraOutput(depth, None, None, MetricScale(1.0, False, ''), {}, plan)

    def _depth(self, stamp_ns: int) -> np.ndarray:
        with np.errstate(divide='ignore', invalid='ignore'):
            q = 1.0 / self._drive.depth_m[stamp_ns].astype(np.float64)
        q = np.where(np.isfinite(q), q, 0.0)
        q *= 1.0 + NOISE * cv2.GaussianBlur(self._rng.normal(size=q.shape), (0, 0), 2) * 7
        wild = self._rng.random(q.shape) < OUTLIERS
        q[wild] = self._rng.uniform(0.0, 0.5, int(wild.sum()))
        depth: np.ndarray = self._output_of(q).astype(np.float32)
        return depth

    def _motion(self, first_ns: int, second_ns: int) -> np.ndarray:
        drive = self._drive
        first, second = (
            drive.poses.at(t, 1.0) @ drive.T_base_camera for t in (first_ns, second_ns)
        )
        motion = rigid.invert(first) @ second
        motion[:3, 3] /= FACTOR * (1.0 + NOISE * self._rng.normal())
        return motion

    def reset(self) -> None:
        self._previous = None

    def close(self) -> None:
        pass


@pytest.fixture
def known_networks(monkeypatch: pytest.MonkeyPatch, known_drive: KnownDrive) -> list:
    """Put known pipelines in the place of those of bundles; return those that were opened."""
    from thermal_depth_ros.evaluation.scale_fit import run

    opened = []

    def open_pipeline(kind, config, wheel=None):
        spec = read_spec(Path(config.bundle))
        if spec.has_affine_output:  # as networks/disparity.py has it
            a, b = spec.architecture['output_scale'], spec.architecture['output_shift']
            output_of = lambda q: 1.0 / (a * np.maximum((q - SHIFT) / SCALE, 0.0) + b)  # noqa: E731
        else:
            output_of = lambda q: spec.scale.factor / (q * FACTOR + 1e-9)  # noqa: E731
        opened.append(KnownPipeline(known_drive, output_of, wheel))
        return opened[-1]

    monkeypatch.setattr(run, 'open_pipeline', open_pipeline)
    return opened


@pytest.fixture
def relative_bundle(tmp_path: Path, tiny_thermal_bundle: Path) -> Path:
    """Thermal bundle whose network gives inverse depth up to scale and shift."""
    spec = read_spec(tiny_thermal_bundle)
    output = {'output': 'inverse_depth_relative', 'output_scale': 1.0, 'output_shift': 0.0}
    spec = dataclasses.replace(spec, architecture={**spec.architecture, **output})
    save_bundle(tmp_path / 'relative', spec)
    return tmp_path / 'relative'


@pytest.fixture
def scaled_bundle(tmp_path: Path, tiny_stored_bundle: Path) -> Path:
    """Trained thermal bundle whose depth and motion are up to scale, taken as 2 m per unit."""
    from thermal_depth_ros.bundles.store import copy_bundle

    spec = read_spec(tiny_stored_bundle)
    scale = dataclasses.replace(spec.scale, factor=2.0)
    copy_bundle(tiny_stored_bundle, dataclasses.replace(spec, scale=scale), tmp_path / 'scaled')
    assert not isinstance(spec.weights, SeedWeights)
    return tmp_path / 'scaled'
