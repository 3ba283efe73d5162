# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds what a recording knows about the depth of a camera."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.poses import BASE_FRAME, read_pose_track
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.base import contract
from thermal_depth_ros.bundles.sections import FIT_SOURCES
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.scale_fit.parallax import Parallax
from thermal_depth_ros.evaluation.scale_fit.sources import (
    DepthKnowledge,
    GroundPlane,
    RecordedDepth,
)
from thermal_depth_ros.evaluation.truth.camera import MatchOptions, open_truth
from thermal_depth_ros.evaluation.truth.poses import PoseTruth
from thermal_depth_ros.evaluation.truth.topics import NONE, TruthNames, TruthTopics, find_truth
from thermal_depth_ros.geometry.crop import crop_of
from thermal_depth_ros.geometry.frames import FrameError, Frames
from thermal_depth_ros.offline.cameras import CameraOptions, camera_pose

AUTO = 'auto'
DEPTH, LIDAR, MOTION, PARALLAX, GROUND = FIT_SOURCES
SOURCES = (AUTO, *FIT_SOURCES)
WORDS = {
    DEPTH: 'depth images',
    LIDAR: 'LiDAR points',
    MOTION: 'the pose network and odometry',
    PARALLAX: 'the parallax between poses',
    GROUND: 'the height of the camera over the ground',
}
_MIN_HEIGHT_M = 0.05


@dataclasses.dataclass(frozen=True)
class SourceChoice:
    """Choices of the user.

    Attributes:
        source: One of SOURCES.
        depth: Topic of depth images or points; '' finds those of ground truth or the only LiDAR.
        odometry: Source of poses; '' finds ground truth, the wheel odometry or the only odometry.
        camera_height_m: Height over the ground; None takes it from TF if the source is the ground.
    """

    source: str = AUTO
    depth: str = ''
    odometry: str = ''
    camera_height_m: float | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Knowledge:
    """One source of depth of one camera; motion has poses in place of depth."""

    source: str
    topics: tuple[str, ...]
    depth: DepthKnowledge | None
    poses: PoseTruth | None = None


class Finder:
    """Opens the sources of one camera of a recording."""

    def __init__(
        self,
        recording: Recording,
        stream: CameraStream,
        tree: Frames,
        cameras: CameraOptions,
        choice: SourceChoice,
        *,
        alone: bool,
        with_shift: bool,
        has_pose_network: bool,
    ) -> None:
        """Set what is known of the camera and the network.

        Args:
            recording: The recording.
            stream: The camera.
            tree: Constant transforms.
            cameras: Settings of the cameras.
            choice: Choices of the user.
            alone: Whether it is the only camera of its kind.
            with_shift: Whether the shift is fitted, too.
            has_pose_network: Whether the bundle has a trained one.
        """
        self._recording, self._stream, self._tree = recording, stream, tree
        self._cameras, self._choice, self._alone = cameras, choice, alone
        self._with_shift, self._has_pose_network = with_shift, has_pose_network

    def find(self, source: str) -> Knowledge:
        """Open a source; AUTO is the most exact that there is.

        Raises:
            EvaluationError: There is none; the message says what each lacks.
        """
        if source != AUTO:
            return self._open(source)
        lacking = []
        for one in (DEPTH, MOTION, PARALLAX, GROUND):
            try:
                if one == GROUND and self._choice.camera_height_m is None:
                    raise EvaluationError('no --camera-height-m')
                return self._open(one)
            except (BagError, EvaluationError, FrameError) as error:
                lacking.append(f'{WORDS[one]}: {error}')
        raise EvaluationError(
            f'{self._recording.paths[0]}: nothing tells the scale of {self._stream.image_topic}: '
            + '; '.join(lacking)
        )

    def _open(self, source: str) -> Knowledge:
        if source in (DEPTH, LIDAR):
            return self._recorded(source)
        if source == GROUND:
            return self._ground()
        if source == MOTION:
            if self._with_shift:
                raise EvaluationError(
                    'the network gives inverse depth up to scale and shift, and motion does not '
                    'tell the shift'
                )
            if not self._has_pose_network:
                raise EvaluationError('the bundle has no trained pose network')
            poses = self._poses()
            return Knowledge(MOTION, (poses.topic,), None, poses)
        poses = self._poses()
        if not self._stream.info_topic:
            raise EvaluationError(f'{self._stream.image_topic} has no camera_info')
        T_body_camera = self._mount(poses.frame)
        at = functools.partial(_camera_pose_at, poses, T_body_camera)
        return Knowledge(PARALLAX, (poses.topic,), Parallax(at), poses)

    def _recorded(self, source: str) -> Knowledge:
        topics = self._topics(self._choice.depth, self._choice.odometry)
        if not topics.depth:
            raise EvaluationError(
                'no topic of ground truth and no LiDAR with a known mounting; --depth names one'
            )
        kinds = {True: LIDAR, False: DEPTH}
        found = kinds[self._recording.topics[topics.depth].type == contract.POINT_CLOUD]
        if source == LIDAR and found != LIDAR:
            raise EvaluationError(f'{topics.depth} is no PointCloud2; --depth names one')
        config = self._cameras.configs[self._stream.kind]
        truth = open_truth(
            self._recording, self._stream, topics, None, None, self._tree, MatchOptions()
        )
        assert truth.depth is not None, 'its topic is known'
        return Knowledge(found, (topics.depth,), RecordedDepth(truth.depth, crop_of(config)))

    def _topics(self, depth: str, odometry: str) -> TruthTopics:
        names = TruthNames(depth, NONE, odometry)
        return find_truth(self._recording, self._stream, names, self._alone, self._tree)

    def _poses(self) -> PoseTruth:
        named = self._choice.odometry or self._topics(NONE, '').odometry or self._odometry_topic()
        return PoseTruth.of(read_pose_track(self._recording, named, self._base_frame))

    def _odometry_topic(self) -> str:
        """Return the wheel odometry, or the only odometry that is none of our outputs."""
        wheel = absolute_topic(self._cameras.wheel_topic)
        outputs = contract.THERMAL_OUTPUTS['odometry'].topic
        found = [
            topic
            for topic, info in self._recording.topics.items()
            if info.type == contract.ODOMETRY and info.count and topic != f'/{outputs}'
        ]
        if wheel in found:
            return wheel
        if len(found) != 1:
            several = f'which of {", ".join(found)}? ' if found else 'no odometry; '
            raise EvaluationError(f'{several}--odometry names a source of poses')
        return found[0]

    @property
    def _base_frame(self) -> str:
        return self._cameras.base_frame(self._stream.kind) or BASE_FRAME

    def _mount(self, body: str) -> np.ndarray:
        frame = self._recording.frame_of(self._stream.image_topic)
        return camera_pose(self._tree, body, frame, assume_forward=self._cameras.assume_forward)

    def _ground(self) -> Knowledge:
        height_m, down = self._choice.camera_height_m, None
        try:
            T_base_camera = self._mount(self._base_frame)
        except FrameError as error:
            if height_m is None:
                raise EvaluationError(f'no --camera-height-m, and {error}') from error
            if self._with_shift:
                raise EvaluationError(
                    f'the tilt of the camera is needed for the shift: {error}; publish the '
                    'transform, or give --assume-forward for a camera that looks level'
                ) from error
        else:
            down = T_base_camera[:3, :3].T @ np.array([0.0, 0.0, -1.0])
            height_m = float(T_base_camera[2, 3]) if height_m is None else height_m
        if not height_m or height_m < _MIN_HEIGHT_M:
            raise EvaluationError(
                f'the camera is {height_m or 0.0:.3g} m above {self._base_frame}, which is no '
                'height over the ground; give --camera-height-m'
            )
        if not self._stream.info_topic:
            raise EvaluationError(f'{self._stream.image_topic} has no camera_info')
        return Knowledge(GROUND, (), GroundPlane(height_m, down))


def _camera_pose_at(
    poses: PoseTruth, T_body_camera: np.ndarray, stamp_ns: int
) -> np.ndarray | None:
    T_world_body = poses.at(stamp_ns)
    return None if T_world_body is None else T_world_body @ T_body_camera


def described(source: str, topics: Sequence[str]) -> str:
    """Return a source in words."""
    return ' '.join([WORDS[source], *topics])
