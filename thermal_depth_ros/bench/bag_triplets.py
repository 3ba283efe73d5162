# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Triplets decoded from the recording every time they are wanted, as a plain loop does it."""

from pathlib import Path

import numpy as np
from rosbags.highlevel import AnyReader, AnyReaderError

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.geometry.crop import crop_of
from thermal_depth_ros.messages.bag_types import bag_typestore
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.config import DataConfig, cache_root
from thermal_depth_ros.samples.resampling import Resampler
from thermal_depth_ros.samples.sample_set import SampleSet, Triplet
from thermal_depth_ros.samples.survey import find_topics, find_view


class BagTriplets:
    """The triplets of a sample set of one recording, by its index of messages.

    Raises:
        BagError: the recording cannot be read this way.
    """

    def __init__(self, samples: SampleSet, config: DataConfig) -> None:
        (part,) = samples.parts
        self._frames, self._triplets, self._kind = part.frames, part.triplets, config.camera
        path = Path(part.frames.path)
        with Bag(path) as bag:
            root = cache_root(config)
            topics = find_topics(root, bag, config)
            camera = find_view(root, bag, topics, config)
        self._crop = crop_of(config)
        self._resampler = Resampler(camera, config.height, config.width, config.undistort)
        try:
            self._reader = AnyReader([path], default_typestore=bag_typestore())
            self._reader.open()
        except AnyReaderError as error:
            raise BagError(f'{path}: {error}') from error
        self._topic = [c for c in self._reader.connections if c.topic == topics.image]
        self._times_ns = [time_ns for _, time_ns, _ in self._reader.messages(self._topic)]

    def __len__(self) -> int:
        return len(self._triplets)

    def close(self) -> None:
        """Release the recording."""
        self._reader.close()

    def triplet(self, index: int) -> Triplet:
        """Decode a triplet; without poses, which a plain loop learns without."""
        frames, trio = self._frames, self._triplets[index]
        target, before, behind = frames.stamps_ns[trio].tolist()
        return Triplet(
            images=np.stack([self._image(int(frames.numbers[one])) for one in trio]),
            K=frames.camera.K,
            stamps_ns=(target, before, behind),
            T_target_source=None,
            travelled_m=None,
            where=frames.name(*trio),
        )

    def _image(self, number: int) -> np.ndarray:
        """Find a message by its time, decode its image and bring it to the size of samples."""
        time_ns = self._times_ns[number]
        found = self._reader.messages(self._topic, start=time_ns, stop=time_ns + 1)
        connection, _, data = next(iter(found))
        message = self._reader.deserialize(data, connection.msgtype)
        image = self._crop.image(decode_camera_image(message, self._kind))
        return self._resampler.image(image)
