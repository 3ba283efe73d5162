# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Topics and camera of a recording, cached."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import CropError, crop_of
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.camera_track import Mounting, mounting
from thermal_depth_ros.samples.config import NONE, DataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.intrinsics import camera_from_messages, read_calibration
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.topics import Topics, choose_label_topic, choose_topics

_FILE = 'found.json'
_ASKED = ('camera', 'image_topic', 'info_topic', 'pose_topic', 'twist_topic', 'true_pose_topic')


def find_topics(root: Path, bag: Bag, config: DataConfig) -> Topics:
    """Return the topics to use.

    Raises:
        BagError: A given topic is missing.
        SamplesError: The topics are ambiguous.
    """
    asked = {name: getattr(config, name) for name in (*_ASKED, 'depth_topic')}

    def build(folder: Path) -> None:
        _write(folder, dataclasses.asdict(choose_topics(bag.recording(), config)))

    found = _read(cached(root, 'topics', {'files': bag.files, 'asked': asked}, build))
    return Topics(**{**found, 'notes': tuple(found['notes'])})


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

    def build(folder: Path) -> None:
        camera = camera_from_messages(bag.recording(), topics)
        _write(folder, dataclasses.asdict(camera))

    found = _read(cached(root, 'camera', key, build))
    return PinholeCamera(**{**found, 'distortion': tuple(found['distortion'])})


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

    def build(folder: Path) -> None:
        problem = 'it has no messages'
        for record in bag.recording().read([topic]):
            try:
                size = decode_camera_image(record.message, kind).shape[:2]
            except (BagError, MessageError) as error:
                problem = str(error)
                continue
            _write(folder, size)
            return
        raise SamplesError(f'{bag.path}: no image of {topic} can be decoded: {problem}')

    key = {'files': bag.files, 'image': topic, 'kind': kind}
    height, width = _read(cached(root, 'image_size', key, build))
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

    def build(folder: Path) -> None:
        found = mounting(bag.recording(), topic, frames.topic, optical, tf_topics)
        _write(folder, [found.T_child_optical.tolist(), found.child_frame])

    T_child_optical, child_frame = _read(cached(root, 'mount', key, build))
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

    def build(folder: Path) -> None:
        _write(folder, choose_label_topic(bag.recording(), camera, asked))

    key = {'files': bag.files, 'camera': camera, 'asked': asked}
    return str(_read(cached(root, 'true_label_topic', key, build)))


def _write(folder: Path, values: Any) -> None:
    (folder / _FILE).write_text(json.dumps(values))


def _read(folder: Path) -> Any:
    return json.loads((folder / _FILE).read_text())
