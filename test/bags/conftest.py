# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Small recordings in every storage, made by rosbags, which is not what reads them."""

from pathlib import Path

import numpy as np
import pytest
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

STORAGES = (
    'mcap',
    'mcap-zstd',
    'mcap-message',
    'mcap-file',
    'sqlite3',
    'sqlite3-message',
    'sqlite3-file',
    'ros1',
    'ros1-bz2',
    'ros1-lz4',
)
STEP_NS = 100_000_000
START_NS = 1_700_000_000_000_000_000


def image(store, index, shape=(12, 16), encoding='mono16', ros1=False):
    """Return an image whose pixels say which one it is."""
    types = store.types
    time = types['builtin_interfaces/msg/Time']
    stamp_ns = START_NS + index * STEP_NS
    stamp = time(sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    more = {'seq': index} if ros1 else {}
    header = types['std_msgs/msg/Header'](stamp=stamp, frame_id='thermal_optical', **more)
    pixels = np.random.default_rng(index).integers(0, 2**16, shape, dtype=np.uint16)
    return types['sensor_msgs/msg/Image'](
        header=header,
        height=shape[0],
        width=shape[1],
        encoding=encoding,
        is_bigendian=0,
        step=shape[1] * 2,
        data=pixels.view(np.uint8).reshape(-1),
    )


def _write_ros2(path: Path, storage: str, count: int, shape: tuple[int, int]) -> None:
    plugin, _, compression = storage.partition('-')
    store = get_typestore(Stores.ROS2_JAZZY)
    writer = Writer(path, version=9, storage_plugin=StoragePlugin[plugin.upper()])
    if compression:
        mode = 'STORAGE' if compression == 'zstd' else compression.upper()
        writer.set_compression(CompressionMode[mode], CompressionFormat.ZSTD)
    text = store.types['std_msgs/msg/String']
    with writer:
        images = writer.add_connection(
            '/thermal/image_raw', 'sensor_msgs/msg/Image', typestore=store
        )
        notes = writer.add_connection('/notes', 'std_msgs/msg/String', typestore=store)
        for index in range(count):
            time_ns = START_NS + index * STEP_NS
            data = store.serialize_cdr(image(store, index, shape), 'sensor_msgs/msg/Image')
            writer.write(images, time_ns, data)
            note = store.serialize_cdr(text(data=f'note {index}'), 'std_msgs/msg/String')
            writer.write(notes, time_ns + 1, note)


def _write_ros1(path: Path, storage: str, count: int, shape: tuple[int, int]) -> None:
    store = get_typestore(Stores.ROS1_NOETIC)
    writer = Ros1Writer(path)
    compression = storage.partition('-')[2]
    if compression:
        writer.set_compression(Ros1Writer.CompressionFormat[compression.upper()])
    writer.chunk_threshold = 1 << 14
    text = store.types['std_msgs/msg/String']
    with writer:
        images = writer.add_connection(
            '/thermal/image_raw', 'sensor_msgs/msg/Image', typestore=store
        )
        notes = writer.add_connection('/notes', 'std_msgs/msg/String', typestore=store, latching=1)
        for index in range(count):
            time_ns = START_NS + index * STEP_NS
            message = image(store, index, shape, ros1=True)
            writer.write(images, time_ns, store.serialize_ros1(message, 'sensor_msgs/msg/Image'))
            note = store.serialize_ros1(text(data=f'note {index}'), 'std_msgs/msg/String')
            writer.write(notes, time_ns + 1, note)


@pytest.fixture(scope='session')
def make_recording():
    """Write a recording of `count` images and as many notes; return its path."""

    def make(folder: Path, storage: str, count: int = 10, shape=(12, 16)) -> Path:
        if storage.startswith('ros1'):
            path = folder / f'{storage}.bag'
            _write_ros1(path, storage, count, shape)
        else:
            path = folder / storage
            _write_ros2(path, storage, count, shape)
        return path

    return make


@pytest.fixture(scope='session')
def make_image():
    """Make the image message of an index."""
    return image


@pytest.fixture(scope='session')
def data_file():
    """Return the file with the messages of a recording."""

    def find(path: Path) -> Path:
        if path.is_file():
            return path
        return next(entry for entry in path.iterdir() if entry.suffix != '.yaml')

    return find


@pytest.fixture(params=STORAGES)
def storage(request) -> str:
    return request.param
