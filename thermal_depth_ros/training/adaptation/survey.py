# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a recording has for an adaptation: the camera, its bundle, poses and true depth."""

import dataclasses
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.cameras import CameraStream, named_cameras, survey
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base.contract import (
    COMPRESSED_IMAGE,
    IMAGE,
    ODOMETRY,
    POINT_CLOUD,
    RGB,
    THERMAL,
)
from thermal_depth_ros.bundles import BundleSpec, find_bundle, read_spec
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.topics import TruthNames, find_truth
from thermal_depth_ros.geometry.frames import FrameError, Frames
from thermal_depth_ros.networks.architecture import (
    UPPER_BOUND,
    OnnxArchitecture,
    RgbDptArchitecture,
    ThermalArchitecture,
)
from thermal_depth_ros.networks.hybrid import STRIDE
from thermal_depth_ros.networks.padding import upper_bound_size
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.config import NONE, DataConfig, RgbDataConfig, cache_root
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import Advance
from thermal_depth_ros.samples.survey import find_image_size
from thermal_depth_ros.samples.topics import is_truth
from thermal_depth_ros.training.adaptation.config import AdaptConfig
from thermal_depth_ros.training.adaptation.errors import AdaptationError
from thermal_depth_ros.training.video.point_depth import PointDepth

DEFAULTS = {THERMAL: 'thermal_default', RGB: 'rgb_default'}
_IMAGES = (IMAGE, COMPRESSED_IMAGE)
UNKNOWN = 'depth and motion are learned up to scale: images alone do not tell metres'
WHEEL = 'wheel'  # in the name of an odometry: too rough to be the motion between views


@dataclasses.dataclass(frozen=True)
class Material:
    """Camera, bundle and topics of an adaptation.

    Attributes:
        kind: Kind of the camera.
        name: Name or path of the bundle to adapt.
        bundle: Its folder.
        spec: Its description.
        input_size: Height and width of what its networks are fed for images of the camera.
        image_topic: Topic of the images.
        pose_topic: Topic of the poses; NONE without.
        depth_topic: Topic of images of the true depth; NONE without.
        lidar_topic: Topic of points that are the true depth instead; NONE without.
        remarks: What was chosen, and what cannot be known, one line each.
    """

    kind: str
    name: str
    bundle: Path
    spec: BundleSpec
    input_size: tuple[int, int]
    image_topic: str
    pose_topic: str
    depth_topic: str
    lidar_topic: str
    remarks: tuple[str, ...]

    @property
    def has_depth(self) -> bool:
        """Whether there is any true depth."""
        return (self.depth_topic, self.lidar_topic) != (NONE, NONE)

    def data(self, bags: tuple[str, ...], config: AdaptConfig, **values: Any) -> DataConfig:
        """Return the settings of the samples."""
        height, width = self.input_size
        chosen = {
            'bags': bags,
            'camera': self.kind,
            'image_topic': self.image_topic,
            'info_topic': config.info_topic,
            'calibration': config.calibration,
            'pose_topic': self.pose_topic,
            'twist_topic': NONE,
            'depth_topic': self.depth_topic,
            'first_frame': config.first_frame,
            'last_frame': config.last_frame,
            'width': width,
            'height': height,
            'cache_dir': config.cache_dir,
            'max_cache_gb': config.max_cache_gb,
        }
        return (RgbDataConfig if self.kind == RGB else DataConfig)(**{**chosen, **values})

    def points(
        self, bags: tuple[str, ...], config: AdaptConfig, advance: Advance
    ) -> PointDepth | None:
        """Return the points that are the true depth, or None."""
        if self.lidar_topic == NONE:
            return None
        poses = '' if self.pose_topic == NONE else self.pose_topic
        return PointDepth(self.lidar_topic, self.data(bags, config), advance, poses)


def find_material(bags: tuple[str, ...], config: AdaptConfig) -> Material:
    """Choose camera, bundle and topics by the first recording and the wishes of the user.

    Raises:
        AdaptationError: There is no camera, or several, what the user named does not match, or
            no training knows the networks of the bundle.
        BagError: The recording cannot be read, or lacks a topic that the user named.
        BundleError: The bundle cannot be found.
    """
    wanted = config.kind
    if config.bundle:
        of_bundle = read_spec(find_bundle(config.bundle)).kind
        if of_bundle not in DEFAULTS:
            raise AdaptationError(f'bundle: {config.bundle} is of kind {of_bundle}: not adaptable')
        if wanted and wanted != of_bundle:
            raise AdaptationError(f'bundle: {config.bundle} is of kind {of_bundle}, not {wanted}')
        wanted = of_bundle
    with Recording(Path(bags[0]).expanduser()) as recording:
        stream, alone = _camera(recording, wanted, config.image_topic)
        pose, remarks = _poses(recording, config.pose_topic)
        depth, lidar, about_depth = _depth(recording, stream, config.depth_topic, alone)
    name = config.bundle or DEFAULTS[stream.kind]
    bundle = find_bundle(name)
    spec = read_spec(bundle)
    _require_trainable(name, spec)
    remarks = [f'camera {stream.image_topic} ({stream.kind}), bundle {name}', *remarks]
    return Material(
        stream.kind,
        name,
        bundle,
        spec,
        _input_size(spec, stream, bags[0], config.cache_dir),
        stream.image_topic,
        pose,
        depth,
        lidar,
        (*remarks, *about_depth),
    )


def _input_size(
    spec: BundleSpec, stream: CameraStream, path: str, cache_dir: str
) -> tuple[int, int]:
    """Return height and width of what networks are fed, which may follow the first image."""
    architecture, (height, width) = spec.networks_architecture, spec.input_size
    if not isinstance(architecture, ThermalArchitecture) or not architecture.stem:
        return height, width
    if architecture.input_fit != UPPER_BOUND:
        return height, width
    try:
        with Bag(Path(path).expanduser()) as bag:
            root = cache_root(DataConfig(cache_dir=cache_dir))
            size = find_image_size(root, bag, stream.image_topic, stream.kind)
    except SamplesError:  # the grade says what is wrong with the images
        return height, width
    return upper_bound_size(size, (height, width), STRIDE)


def _require_trainable(name: str, spec: BundleSpec) -> None:
    """Refuse networks that no training of this package knows."""
    if isinstance(spec.networks_architecture, OnnxArchitecture):
        raise AdaptationError(
            f'bundle: {name} is an ONNX model, which can be run and evaluated, but not trained'
        )
    if isinstance(spec.networks_architecture, RgbDptArchitecture):
        raise AdaptationError(
            f'bundle: {name} holds an imported depth network for RGB cameras '
            f'({spec.networks_architecture.backbone}), which is not trained here: the training of '
            'RGB bundles needs the shared encoder and the pose network of DepthSegNet. fit-scale '
            'gives it metres; label --depth-teacher makes it teach a bundle that can be adapted, '
            'such as rgb_default'
        )


def _camera(recording: Recording, kind: str, topic: str) -> tuple[CameraStream, bool]:
    """Return the camera, and whether the recording has no other."""
    if topic:
        info = recording.topics.get(topic)
        if kind:
            return named_cameras(recording, [(kind, topic)])[0], False
        found = [s for s in survey(recording).cameras if s.image_topic == topic]
        if not found and info is not None and info.type in _IMAGES:
            raise AdaptationError(f'{topic}: its kind is unknown; give --kind thermal or rgb')
        recording.require([topic])
        if not found:
            raise AdaptationError(f'{topic} is a {recording.topics[topic].type}, not an image')
        return found[0], False
    surveyed = survey(recording)
    cameras = [s for s in surveyed.cameras if not kind or s.kind == kind]
    name = ', '.join(map(str, recording.paths))
    if not cameras:
        unused = ''.join(f'\n  not used: {t}: {reason}' for t, reason in surveyed.unused)
        others = ', '.join(f'{s.image_topic} ({s.kind})' for s in surveyed.cameras)
        there = f'; cameras: {others}' if others else f'; topics:{recording.listing()}'
        raise AdaptationError(f'{name}: no {kind + " " if kind else ""}camera{there}{unused}')
    if len(cameras) > 1:
        listed = ', '.join(f'{s.image_topic} ({s.kind})' for s in cameras)
        raise AdaptationError(
            f'{name}: {len(cameras)} cameras: {listed}; choose one by --image-topic'
            + ('' if kind else ' or --kind')
        )
    return cameras[0], len(surveyed.cameras) == 1


def _poses(recording: Recording, asked: str) -> tuple[str, list[str]]:
    """Return the topic of the poses or NONE, and what it means."""
    if asked == NONE:
        return NONE, [f'without poses, as asked: {UNKNOWN}']
    if asked:
        return asked, [f'poses: {asked}']
    topics = [t for t, info in recording.topics.items() if info.type == ODOMETRY and info.count]
    measured = [t for t in topics if not is_truth(t)]
    better = [t for t in measured if WHEEL not in t.lower()]
    for candidates in (better, measured, topics):
        if len(candidates) == 1:
            return candidates[0], [f'poses: {candidates[0]}']
        if candidates:
            listed = ', '.join(candidates)
            return NONE, [f'poses: none of {listed} is used, --pose-topic names one: {UNKNOWN}']
    tf = [t for t, info in recording.topics.items() if 'TFMessage' in info.type and info.count]
    moving = [t for t in tf if not t.endswith('tf_static')]
    hint = f'; --pose-topic {moving[0]}@odom:base_link takes poses from TF' if moving else ''
    return NONE, [f'no odometry: {UNKNOWN}{hint}']


def _depth(
    recording: Recording, stream: CameraStream, asked: str, alone: bool
) -> tuple[str, str, list[str]]:
    """Return the topics of images and of points of the true depth, or NONE, and what they mean."""
    tree = RecordedTransforms(recording).of(stream.image_topic)
    try:
        found = find_truth(recording, stream, TruthNames(depth=asked), alone, tree).depth
    except EvaluationError as error:
        raise AdaptationError(str(error).replace('--depth', '--depth-topic')) from error
    if asked == NONE:
        return NONE, NONE, ['true depth: not used, as asked']
    if found and recording.topics[found].type == POINT_CLOUD:
        _require_mounting(recording, stream, found, tree)
        return NONE, found, [f'true depth: points of {found}, for the comparison alone']
    frame = recording.frame_of(stream.image_topic)
    if asked and frame and (other := recording.frame_of(asked)) and other != frame:
        raise AdaptationError(
            f'depth_topic: {asked} is the depth of another camera: its frame is {other}, that of '
            f'{stream.image_topic} is {frame}'
        )
    if found:
        return found, NONE, [f'true depth: {found}, for the comparison alone']
    others = [t for t in recording.topics if is_truth(t) and 'depth' in t.lower()]
    text = 'true depth: none; the photometric error decides'
    if others:
        text += f' ({", ".join(others)} belongs to another camera)'
    return NONE, NONE, [text]


def _require_mounting(recording: Recording, stream: CameraStream, lidar: str, tree: Frames) -> None:
    try:
        tree.lookup(recording.frame_of(stream.image_topic), recording.frame_of(lidar))
    except FrameError as error:
        raise AdaptationError(
            f'depth_topic: the points of {lidar} cannot be projected: {error}'
        ) from error
