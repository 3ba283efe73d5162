# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Small recordings with everything that samples are made of, written by rosbags alone."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

START_NS = 1_700_000_000_000_000_000
HEIGHT, WIDTH = 48, 64
IMAGES, INFO, ODOMETRY = '/thermal/image_raw', '/thermal/camera_info', '/odom'
DEPTH = '/ground_truth/thermal/depth'
CAMERA_FRAME, BASE_FRAME = 'thermal_optical', 'base_link'
CAMERA_K = (50.0, 0.0, 31.5, 0.0, 52.0, 23.5, 0.0, 0.0, 1.0)


def ns(seconds: float) -> int:
    """Return a stamp."""
    return START_NS + round(seconds * 1e9)


def view(shift: float, height: int = HEIGHT, width: int = WIDTH, seed: int = 1) -> np.ndarray:
    """Return counts (H, W) uint16 of a wall that the camera has passed along by some pixels."""
    rng = np.random.default_rng(seed)
    wall = cv2.GaussianBlur(rng.normal(0, 1, (height, 2048)), (0, 0), 3.0)
    wall = wall / wall.std() * 200 + 3000
    columns = np.arange(width, dtype=np.float32) + 100 + shift
    rows = np.arange(height, dtype=np.float32)
    x, y = np.meshgrid(columns, rows)
    seen = cv2.remap(wall.astype(np.float32), x, y, cv2.INTER_LINEAR)
    noise = np.random.default_rng(int(shift * 1000) + 7).normal(0, 2, seen.shape)
    return np.rint(seen + noise).astype(np.uint16)


@dataclasses.dataclass
class Contents:
    """What goes into a recording; times in seconds from its start."""

    images: list = dataclasses.field(default_factory=list)  # (time, array or message, encoding)
    odometry: list = dataclasses.field(default_factory=list)  # (time, T (4, 4), speed)
    depth: list = dataclasses.field(default_factory=list)  # (time, array)
    mounts: list = dataclasses.field(default_factory=list)  # (parent, child, T (4, 4))
    k: tuple | None = CAMERA_K
    d: tuple = (0.0,) * 5
    model: str = 'plumb_bob'
    size: tuple = (HEIGHT, WIDTH)
    image_topic: str = IMAGES
    odometry_topic: str = ODOMETRY
    child: str = CAMERA_FRAME
    extra: list = dataclasses.field(default_factory=list)  # (time, topic, type, message)


def passing(count: int, step: float = 3.0, period_s: float = 0.1) -> Contents:
    """Return images of a camera that passes along a wall, without odometry."""
    shots = [(i * period_s, view(i * step), 'mono16') for i in range(count)]
    return Contents(images=shots)


class Messages:
    """Builds the messages of one of the two ROS generations."""

    def __init__(self, ros1: bool) -> None:
        self.ros1 = ros1
        self.store = get_typestore(Stores.ROS1_NOETIC if ros1 else Stores.ROS2_JAZZY)
        if ros1:
            text = 'geometry_msgs/TransformStamped[] transforms\n'
            self.store.register(get_types_from_msg(text, 'tf2_msgs/msg/TFMessage'))

    def type(self, name: str):
        return self.store.types[name]

    def header(self, time_s: float, frame: str):
        stamp = ns(time_s)
        time = self.type('builtin_interfaces/msg/Time')(sec=stamp // 10**9, nanosec=stamp % 10**9)
        more = {'seq': 0} if self.ros1 else {}
        return self.type('std_msgs/msg/Header')(stamp=time, frame_id=frame, **more)

    def image(self, time_s: float, array: np.ndarray, encoding: str, frame: str = CAMERA_FRAME):
        return self.type('sensor_msgs/msg/Image')(
            header=self.header(time_s, frame),
            height=array.shape[0],
            width=array.shape[1],
            encoding=encoding,
            is_bigendian=0,
            step=array.strides[0],
            data=np.ascontiguousarray(array).view(np.uint8).reshape(-1),
        )

    def info_alone(self) -> list:
        """Return a CameraInfo to be recorded apart from the images."""
        return [(0.0, INFO, 'sensor_msgs/msg/CameraInfo', self.info(0.0, Contents()))]

    def compressed(self, time_s: float, array: np.ndarray, form: str, suffix: str = '.png'):
        _, data = cv2.imencode(suffix, array)
        return self.type('sensor_msgs/msg/CompressedImage')(
            header=self.header(time_s, CAMERA_FRAME), format=form, data=data.reshape(-1)
        )

    def info(self, time_s: float, contents: Contents):
        k = np.array(contents.k)
        p = np.concatenate([k.reshape(3, 3), np.zeros((3, 1))], 1).reshape(-1)
        names = 'DKRP' if self.ros1 else 'dkrp'
        values = (np.array(contents.d), k, np.eye(3).reshape(-1), p)
        roi = self.type('sensor_msgs/msg/RegionOfInterest')(
            x_offset=0, y_offset=0, height=0, width=0, do_rectify=False
        )
        return self.type('sensor_msgs/msg/CameraInfo')(
            header=self.header(time_s, CAMERA_FRAME),
            height=contents.size[0],
            width=contents.size[1],
            distortion_model=contents.model,
            binning_x=0,
            binning_y=0,
            roi=roi,
            **dict(zip(names, values, strict=True)),
        )

    def points(self, time_s: float, xyz: np.ndarray, frame: str):
        """Return a PointCloud2 of points (N, 3) float32."""
        field = self.type('sensor_msgs/msg/PointField')
        return self.type('sensor_msgs/msg/PointCloud2')(
            header=self.header(time_s, frame),
            height=1,
            width=len(xyz),
            fields=[
                field(name=name, offset=4 * place, datatype=7, count=1)
                for place, name in enumerate('xyz')
            ],
            is_bigendian=False,
            point_step=12,
            row_step=12 * len(xyz),
            data=np.ascontiguousarray(xyz).view(np.uint8).reshape(-1),
            is_dense=True,
        )

    def quaternion(self, R: np.ndarray):
        w = np.sqrt(max(1 + np.trace(R), 1e-12)) / 2  # turns well below half a circle
        xyz = np.array([R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]]) / (4 * w)
        x, y, z = map(float, xyz)
        return self.type('geometry_msgs/msg/Quaternion')(x=x, y=y, z=z, w=float(w))

    def vector(self, xyz, name: str = 'Vector3'):
        x, y, z = map(float, xyz)
        return self.type(f'geometry_msgs/msg/{name}')(x=x, y=y, z=z)

    def odometry(self, time_s: float, T: np.ndarray, speed: float, child: str):
        pose = self.type('geometry_msgs/msg/Pose')(
            position=self.vector(T[:3, 3], 'Point'), orientation=self.quaternion(T[:3, :3])
        )
        twist = self.type('geometry_msgs/msg/Twist')(
            linear=self.vector((speed, 0, 0)), angular=self.vector((0, 0, 0))
        )
        covariance = np.zeros(36)
        return self.type('nav_msgs/msg/Odometry')(
            header=self.header(time_s, 'odom'),
            child_frame_id=child,
            pose=self.type('geometry_msgs/msg/PoseWithCovariance')(
                pose=pose, covariance=covariance
            ),
            twist=self.type('geometry_msgs/msg/TwistWithCovariance')(
                twist=twist, covariance=covariance
            ),
        )

    def mounts(self, contents: Contents):
        stamped = [
            self.type('geometry_msgs/msg/TransformStamped')(
                header=self.header(0.0, parent),
                child_frame_id=child,
                transform=self.type('geometry_msgs/msg/Transform')(
                    translation=self.vector(T[:3, 3]), rotation=self.quaternion(T[:3, :3])
                ),
            )
            for parent, child, T in contents.mounts
        ]
        return self.type('tf2_msgs/msg/TFMessage')(transforms=stamped)

    def entries(self, contents: Contents) -> list:
        """Return (time, topic, type, message) in order of time."""
        image, info = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CameraInfo'
        found = list(contents.extra)
        for time_s, shot, encoding in contents.images:
            message, name = shot, 'sensor_msgs/msg/CompressedImage'
            if isinstance(shot, np.ndarray):
                message, name = self.image(time_s, shot, encoding), image
            found.append((time_s, contents.image_topic, name, message))
            if contents.k is not None:
                topic = f'{contents.image_topic.rpartition("/")[0]}/camera_info'
                found.append((time_s, topic, info, self.info(time_s, contents)))
        for time_s, T, speed in contents.odometry:
            message = self.odometry(time_s, T, speed, contents.child)
            found.append((time_s, contents.odometry_topic, 'nav_msgs/msg/Odometry', message))
        for time_s, array in contents.depth:
            encoding = {'f': '32FC1', 'u': '16UC1'}[array.dtype.kind] if array.ndim == 2 else 'rgb8'
            found.append((time_s, DEPTH, image, self.image(time_s, array, encoding)))
        if contents.mounts:
            found.append((0.0, '/tf_static', 'tf2_msgs/msg/TFMessage', self.mounts(contents)))
        return sorted(found, key=lambda entry: entry[0])


def write(path: Path, contents: Contents, storage: str = 'mcap') -> Path:
    """Write a recording: 'mcap', 'sqlite3', either with '-zstd', or 'ros1', 'ros1-bz2'."""
    plugin, _, compression = storage.partition('-')
    messages = Messages(plugin == 'ros1')
    if plugin == 'ros1':
        writer = Ros1Writer(path)
        writer.chunk_threshold = 1 << 15
        if compression:
            writer.set_compression(Ros1Writer.CompressionFormat[compression.upper()])
        serialise = messages.store.serialize_ros1
    else:
        writer = Writer(path, version=9, storage_plugin=StoragePlugin[plugin.upper()])
        if compression:
            mode = CompressionMode.STORAGE if plugin == 'mcap' else CompressionMode.FILE
            writer.set_compression(mode, CompressionFormat.ZSTD)
        serialise = messages.store.serialize_cdr
    with writer:
        connections = {}
        for time_s, topic, name, message in messages.entries(contents):
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, name, typestore=messages.store)
            writer.write(connections[topic], ns(time_s), serialise(message, name))
    return path
