# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a prepared sequence of images like a recording."""

import functools
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.picture_files import camera_pixels, depth_pixels, label_pixels
from thermal_depth_ros.bags.prepared_folder import (
    PreparedCamera,
    read_cameras,
    read_label_names,
    read_stamps_ns,
    read_T_rgb_thermal,
)
from thermal_depth_ros.bags.storage import Channel, Definition, RawRecord, SequentialStorage
from thermal_depth_ros.base import contract
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.frames import T_FORWARD
from thermal_depth_ros.messages.bag_types import bag_types, bag_typestore
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.labels import label_info
from thermal_depth_ros.messages.odometry import pose_message, tf_message, transform_message
from thermal_depth_ros.messages.stamps import header_message

BASE, WORLD = 'base_link', 'world'

Build = Callable[[int], Any]  # index of an image -> message or None


class FolderStorage(SequentialStorage):
    """One prepared sequence.

    Topics are those of a synthetic drive: `/thermal/image_raw`, `/ground_truth/thermal/depth` and
    so on, and `/ground_truth/thermal/odometry` for the poses of the camera.

    Raises:
        BagError: A file that accompanies the images is damaged, or belongs to others.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._builders: dict[int, Build] = {}
        cameras = read_cameras(path, self.notes)
        most = max((camera.images for camera in cameras), key=len)
        self._stamps_ns = read_stamps_ns(path, most, self.notes)
        T_rgb_thermal = read_T_rgb_thermal(path)
        self._add_static([camera.kind for camera in cameras], T_rgb_thermal)
        for camera in cameras:
            self._add_camera(camera)
        if names := read_label_names(path):
            self._add_label_names(names)
        self.start_ns, self.end_ns = int(self._stamps_ns[0]), int(self._stamps_ns[-1])

    def close(self) -> None:
        """Do nothing: files are open only while they are read."""

    def records(self, channels: Collection[int]) -> Iterator[RawRecord]:
        """Yield the records of some channels in order of time, skipping damaged data."""
        wanted = [key for key in self.channels if key in channels]
        store = bag_typestore()
        for number, stamp_ns in enumerate(self._stamps_ns.tolist()):
            for key in wanted:
                channel = self.channels[key]
                try:
                    message = self._builders[key](number)
                except (BagError, MessageError) as error:
                    if str(error) not in self.problems:  # it names the file
                        self.problems.append(str(error))
                    continue
                if message is not None:
                    data = store.serialize_cdr(message, channel.type)
                    yield RawRecord(stamp_ns, channel, data)

    def _add(self, topic: str, type_name: str, count: int, build: Build) -> None:
        key = len(self.channels)
        latched = type_name == contract.LABEL_INFO or topic == contract.TF_STATIC_TOPIC
        self._define(Channel(key, topic, type_name, 'cdr', Definition(), latched), count)
        self._builders[key] = build

    def _add_static(self, kinds: list[str], T_rgb_thermal: np.ndarray | None) -> None:
        """Mount the cameras on a base: the first looks forward, the other is relative to it."""
        types, stamp = bag_types(), int(self._stamps_ns[0])
        mounts = {kinds[0]: T_FORWARD}
        if len(kinds) > 1 and T_rgb_thermal is not None:
            mounts[contract.RGB] = T_FORWARD @ rigid.invert(T_rgb_thermal)
        transforms = [
            transform_message(types, T, stamp, BASE, _frame(kind)) for kind, T in mounts.items()
        ]
        message = tf_message(types, transforms)
        self._add(
            contract.TF_STATIC_TOPIC,
            contract.TF_MESSAGE,
            1,
            lambda number: message if number == 0 else None,
        )

    def _add_label_names(self, names: tuple[str, ...]) -> None:
        output = contract.RGB_OUTPUTS['label_info']
        labels = LabelSet(names, ((0, 0, 0),) * len(names))
        stamp, frame_id = int(self._stamps_ns[0]), _frame(contract.RGB)
        message = label_info(bag_types(), labels, stamp, frame_id)
        self._add(f'/{output.topic}', output.type, 1, lambda n: message if n == 0 else None)

    def _add_camera(self, camera: PreparedCamera) -> None:
        kind, count = camera.kind, len(camera.images)
        if camera.K is not None:
            # One K for the sequence speaks of one size of images.
            size = _size(camera)
            topic = f'/{contract.camera_info_topic(kind)}'
            self._add(topic, contract.CAMERA_INFO, count, lambda n: self._info(camera, size, n))
        pictures = functools.partial(camera_pixels, kind=kind)
        self._add_images(f'/{contract.image_topic(kind)}', kind, camera.images, pictures)
        self._add_images(f'/ground_truth/{kind}/depth', kind, camera.depth, depth_pixels)
        self._add_images(f'/ground_truth/{kind}/labels', kind, camera.labels, label_pixels)
        if camera.T_world_camera is not None:
            topic = f'/ground_truth/{kind}/odometry'
            self._add(topic, contract.ODOMETRY, count, lambda n: self._odometry(camera, n))

    def _add_images(
        self,
        topic: str,
        kind: str,
        files: Sequence[Path | None],
        read: Callable[[Path], tuple[np.ndarray, str]],
    ) -> None:
        def build(number: int) -> Any:
            path = files[number] if number < len(files) else None
            if path is None:
                return None
            array, encoding = read(path)
            stamp = int(self._stamps_ns[number])
            return array_to_image(bag_types(), array, encoding, stamp, _frame(kind))

        if any(files):
            count = sum(file is not None for file in files)
            self._add(topic, contract.IMAGE, count, build)

    def _info(self, camera: PreparedCamera, size: tuple[int, ...], number: int) -> Any:
        if number >= len(camera.images) or camera.K is None:
            return None
        types = bag_types()
        return types.CameraInfo(
            header=header_message(types, int(self._stamps_ns[number]), _frame(camera.kind)),
            height=size[0],
            width=size[1],
            distortion_model='',
            d=types.doubles([]),
            k=camera.K.reshape(-1),
            r=np.eye(3).reshape(-1),
            p=np.concatenate([camera.K, np.zeros((3, 1))], axis=1).reshape(-1),
            binning_x=0,
            binning_y=0,
            roi=types.RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
        )

    def _odometry(self, camera: PreparedCamera, number: int) -> Any:
        if number >= len(camera.images) or camera.T_world_camera is None:
            return None
        types = bag_types()
        nothing = types.Vector3(x=0.0, y=0.0, z=0.0)
        covariance = np.zeros(36)
        return types.Odometry(
            header=header_message(types, int(self._stamps_ns[number]), WORLD),
            child_frame_id=_frame(camera.kind),
            pose=types.PoseWithCovariance(
                pose=pose_message(types, camera.T_world_camera[number]), covariance=covariance
            ),
            twist=types.TwistWithCovariance(
                twist=types.Twist(linear=nothing, angular=nothing), covariance=covariance
            ),
        )


def _size(camera: PreparedCamera) -> tuple[int, ...]:
    """Return height and width of the first readable image.

    Raises:
        BagError: None can be read.
    """
    refused: BagError | None = None
    for path in camera.images:
        try:
            return camera_pixels(path, camera.kind)[0].shape[:2]
        except BagError as error:
            refused = refused or error
    assert refused is not None, 'a camera has images'
    raise refused


def _frame(kind: str) -> str:
    return f'{kind}_optical_frame'
