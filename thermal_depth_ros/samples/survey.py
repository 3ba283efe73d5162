# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Topics and camera of a recording, cached."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.poses import HOW_TO_NAME, moving_frame
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base.yaml_text import YamlError
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import CropError, crop_of
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.calibration_files import CalibrationError, calibration_fields
from thermal_depth_ros.samples.config import NONE, DataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.topics import Topics, choose_label_topic, choose_topics

_FILE = 'found.json'
_ASKED = (
    'camera',
    'image_topic',
    'info_topic',
    'pose_topic',
    'twist_topic',
    'true_pose_topic',
    'depth_topic',
)
_HOW = (
    'give the intrinsics by calibration (a file of camera_calibration, OpenCV or Kalibr), or by '
    'info_topic'
)


@dataclasses.dataclass(frozen=True, eq=False)
class Mounting:
    """Mounting of a camera on the child frame of an odometry."""

    T_child_optical: np.ndarray  # (4, 4)
    child_frame: str


def find_topics(root: Path, bag: Bag, config: DataConfig) -> Topics:
    """Return the topics to use.

    Raises:
        BagError: A given topic is missing.
        SamplesError: The topics are ambiguous.
    """
    key = {'files': bag.files, 'asked': {name: getattr(config, name) for name in _ASKED}}
    topics = _cached_json(
        root, 'topics', key, lambda: dataclasses.asdict(choose_topics(bag.recording(), config))
    )
    return Topics(**{**topics, 'notes': tuple(topics['notes'])})


def find_camera(root: Path, bag: Bag, topics: Topics, calibration: str) -> PinholeCamera:
    """Return the camera of the images, with its distortion.

    Args:
        root: Folder of the cache.
        bag: Recording.
        topics: Topics of the recording.
        calibration: Path of a calibration file, or '' to read CameraInfo messages.

    Raises:
        SamplesError: There is neither a usable CameraInfo nor a usable file.
    """
    if calibration:
        return read_calibration(Path(calibration).expanduser(), topics.rectified, topics.image)
    key = {'files': bag.files, 'image': topics.image, 'info': topics.info}
    camera = _cached_json(
        root,
        'camera',
        key,
        lambda: dataclasses.asdict(camera_from_messages(bag.recording(), topics)),
    )
    return PinholeCamera(**{**camera, 'distortion': tuple(camera['distortion'])})


def find_view(root: Path, bag: Bag, topics: Topics, config: DataConfig) -> PinholeCamera:
    """Return the camera of the cropped images, with its distortion.

    Raises:
        SamplesError: See `find_camera`, or nothing is left of the images.
    """
    camera, crop = find_camera(root, bag, topics, config.calibration), crop_of(config)
    if not crop:
        return camera
    size = find_image_size(root, bag, topics.image, config.camera)
    try:
        return crop.camera(camera, crop.size(*size))
    except CropError as error:
        raise SamplesError(f'{bag.path}: {topics.image}: {error}') from error


def find_image_size(root: Path, bag: Bag, topic: str, kind: str) -> tuple[int, int]:
    """Return height and width of the first decodable image of a topic.

    Raises:
        SamplesError: There is none.
    """

    def first_size() -> tuple[int, ...]:
        problem = 'it has no messages'
        for record in bag.recording().read([topic]):
            try:
                return decode_camera_image(record.message, kind).shape[:2]
            except (BagError, MessageError) as error:
                problem = str(error)
        raise SamplesError(f'{bag.path}: no image of {topic} can be decoded: {problem}')

    key = {'files': bag.files, 'image': topic, 'kind': kind}
    height, width = _cached_json(root, 'image_size', key, first_size)
    return height, width


def find_mounting(
    root: Path, bag: Bag, topic: str, frames: RecordedFrames, tf_topics: tuple[str, ...]
) -> Mounting:
    """Return the mounting of a camera on the child frame of an odometry topic.

    Args:
        root: Folder of the cache.
        bag: Recording.
        topic: Topic of the odometry.
        frames: Images of the camera.
        tf_topics: Topics of transforms to use instead of those of the camera's namespace.

    Raises:
        SamplesError: It is unknown.
        BagError: A given topic is missing or holds no transforms.
    """
    optical = frames.store.about.frame_id
    key = {'files': bag.files, 'topic': topic, 'optical': optical}
    key |= {'images': frames.topic, 'tf_topics': list(tf_topics)}

    def find() -> tuple[list[Any], str]:
        mount = mounting(bag.recording(), topic, frames.topic, optical, tf_topics)
        return mount.T_child_optical.tolist(), mount.child_frame

    T_child_optical, child_frame = _cached_json(root, 'mount', key, find)
    return Mounting(np.array(T_child_optical), child_frame)


def find_label_topic(root: Path, bag: Bag, camera: str, asked: str) -> str:
    """Return the topic of the true classes of a camera, or ''.

    Args:
        root: Folder of the cache.
        bag: Recording.
        camera: Type of the camera.
        asked: Topic; '' selects the only one, NONE disables it.

    Raises:
        BagError: A given topic is missing.
        SamplesError: It is not an image topic.
    """
    if asked == NONE:
        return ''
    key = {'files': bag.files, 'camera': camera, 'asked': asked}
    return str(
        _cached_json(
            root,
            'true_label_topic',
            key,
            lambda: choose_label_topic(bag.recording(), camera, asked),
        )
    )


def _cached_json(root: Path, kind: str, key: dict[str, Any], find: Callable[[], Any]) -> Any:
    """Return plain values from the cache; see `cached`."""

    def build(folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps(find()))

    with cached(root, kind, key, build) as folder:
        return json.loads((folder / _FILE).read_text())


def camera_from_messages(recording: Recording, topics: Topics) -> PinholeCamera:
    """Return the camera of the first usable CameraInfo, with its distortion.

    Raises:
        SamplesError: There is none.
    """
    name = ', '.join(str(path) for path in recording.paths)
    if not topics.info:
        raise SamplesError(f'{name}: no CameraInfo belongs to {topics.image}; {_HOW}')
    problem = 'it has no messages'
    for record in recording.read([topics.info]):
        try:
            camera = camera_from_info(record.message, topics.rectified)
        except (BagError, MessageError) as error:
            problem = str(error)
            continue
        if camera.calibrated and camera.width and camera.height:
            return camera
        problem = camera.flaw or f'its images are {camera.width}x{camera.height}'
    raise SamplesError(f'{name}: {topics.info} is unusable ({problem}); {_HOW}')


def read_calibration(path: Path, rectified: bool, image_topic: str = '') -> PinholeCamera:
    """Read a calibration file; see `calibration_fields` for the kinds of files.

    Args:
        path: File.
        rectified: Whether the images are rectified; then projection_matrix applies, if given.
        image_topic: Image topic of the camera, which selects the entry in a file of several
            cameras.

    Raises:
        SamplesError: The file cannot be read, or a field is missing or unusable.
    """
    try:
        camera = camera_from_info(calibration_fields(path, image_topic), rectified)
    except (OSError, UnicodeError, YamlError, MessageError, CalibrationError) as error:
        raise SamplesError(f'{path}: no calibration: {error}') from error
    if camera.flaw:
        raise SamplesError(f'{path}: no calibration: {camera.flaw}')
    return camera


def mounting(
    recording: Recording, topic: str, image_topic: str, optical: str, tf_topics: Sequence[str] = ()
) -> Mounting:
    """Return the mounting from constant transforms; the identity if the frames are the same.

    Args:
        recording: Recording with the transforms.
        topic: Topic of the poses; see bags.poses.
        image_topic: Image topic of the camera, whose namespace has the transforms.
        optical: Frame of the images.
        tf_topics: Topics of transforms to use instead of those of the namespace.

    Raises:
        SamplesError: The frames are not connected, or a name is empty.
    """
    child = moving_frame(recording, topic)
    name = ', '.join(str(path) for path in recording.paths)
    for frame, whose in ((child, f'child_frame_id of {topic}'), (optical, 'frame_id of images')):
        if not frame:
            raise SamplesError(f'{name}: the {whose} is empty, so that {topic} cannot be used')
    if child.lstrip('/') == optical.lstrip('/'):
        return Mounting(np.eye(4), child)
    transforms = RecordedTransforms(recording, tf_topics)
    try:
        return Mounting(transforms.of(image_topic).lookup(child, optical), child)
    except FrameError as error:
        problems = transforms.problems
        more = f' ({"; ".join(problems)})' if problems else ''
        raise SamplesError(
            f'{name}: the mounting of the camera on the robot is unknown, so {topic} cannot be '
            f'used: {error}{more}; {HOW_TO_NAME}'
        ) from error
