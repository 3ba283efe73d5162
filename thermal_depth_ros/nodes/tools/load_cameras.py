# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Two synthetic cameras in their own process, as a defined load for the camera nodes.

`python -m thermal_depth_ros.nodes.tools.load_cameras --seconds 10 --log sent.json` publishes
a thermal and an RGB camera and writes the stamps of every frame. Both shutters open at the same
moment, the hardest case for a process that serves both.
"""

import argparse
import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.signals import SignalHandlerOptions

from thermal_depth_ros.base import contract, shared_memory
from thermal_depth_ros.base.allocator import keep_freed_memory
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.ros_types import ros_types
from thermal_depth_ros.messages.stamps import header_message, time_message
from thermal_depth_ros.nodes import transport
from thermal_depth_ros.nodes.qos import output_qos, transform_qos

BASE_FRAME = 'base_link'
_DISCOVERY_S = 10.0


@dataclasses.dataclass(frozen=True)
class LoadCamera:
    """Size and encoding of one synthetic camera."""

    kind: str
    width: int
    height: int
    encoding: str

    @property
    def frame_id(self) -> str:
        """Optical frame."""
        return f'{self.kind}_optical'

    def picture(self) -> np.ndarray:
        """Return random pixels (H, W) uint16 or (H, W, 3) uint8: no codec or cache may gain."""
        random = np.random.default_rng(0)
        if self.encoding == 'mono16':
            return random.integers(21000, 25000, (self.height, self.width)).astype(np.uint16)
        return random.integers(0, 256, (self.height, self.width, 3)).astype(np.uint8)


CAMERAS = (LoadCamera('thermal', 640, 512, 'mono16'), LoadCamera('rgb', 640, 480, 'rgb8'))


class _Source:
    """Publishers and ready-made messages of one camera; only the stamps change."""

    def __init__(self, node: Node, camera: LoadCamera) -> None:
        types = ros_types()
        self._types = types
        self._image = array_to_image(types, camera.picture(), camera.encoding, 0, camera.frame_id)
        self._info = _camera_info(types, camera)
        self.images = node.create_publisher(
            types.Image, contract.image_topic(camera.kind), output_qos()
        )
        self._infos = node.create_publisher(
            types.CameraInfo, contract.camera_info_topic(camera.kind), output_qos()
        )
        self.sent_ns: list[int] = []

    def publish(self, stamp_ns: int) -> None:
        stamp = time_message(self._types, stamp_ns)
        self._info.header.stamp = stamp
        self._image.header.stamp = stamp
        self._infos.publish(self._info)
        self.images.publish(self._image)
        self.sent_ns.append(stamp_ns)


def _camera_info(types: Any, camera: LoadCamera) -> Any:
    focal = 0.8 * camera.width
    cx, cy = (camera.width - 1) / 2, (camera.height - 1) / 2
    return types.CameraInfo(
        header=header_message(types, 0, camera.frame_id),
        width=camera.width,
        height=camera.height,
        distortion_model='plumb_bob',
        d=types.doubles([0.0] * 5),
        k=[focal, 0.0, cx, 0.0, focal, cy, 0.0, 0.0, 1.0],
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[focal, 0.0, cx, 0.0, 0.0, focal, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
    )


def publish_mounts(node: Node, cameras: tuple[LoadCamera, ...]) -> Publisher:
    """Publish the mountings of the cameras: forward-looking, 1 m above the base frame."""
    types = ros_types()
    publisher = node.create_publisher(
        types.TFMessage, contract.TF_STATIC_TOPIC, transform_qos(static=True)
    )
    forward = types.Quaternion(x=-0.5, y=0.5, z=-0.5, w=0.5)
    transforms = [
        types.TransformStamped(
            header=header_message(types, 0, BASE_FRAME),
            child_frame_id=camera.frame_id,
            transform=types.Transform(
                translation=types.Vector3(x=0.0, y=0.0, z=1.0), rotation=forward
            ),
        )
        for camera in cameras
    ]
    publisher.publish(types.TFMessage(transforms=transforms))
    return publisher


def _wait_for_subscribers(sources: list[_Source], stop: StopRequest) -> bool:
    end = time.monotonic() + _DISCOVERY_S
    while time.monotonic() < end and not stop.asked:
        if all(source.images.get_subscription_count() for source in sources):
            return True
        time.sleep(0.05)
    return False


def _publish_all(sources: list[_Source], rate_hz: float, seconds: float, stop: StopRequest) -> None:
    start = time.monotonic()
    for frame in range(round(rate_hz * seconds)):
        time.sleep(max(0.0, start + frame / rate_hz - time.monotonic()))
        if stop.asked:
            return
        stamp_ns = time.time_ns()
        for source in sources:
            source.publish(stamp_ns)


def main(argv: list[str] | None = None) -> int:
    """Publish for a time and write the stamps; return 1 if there were no subscribers."""
    parser = argparse.ArgumentParser(description='Publish two synthetic cameras.')
    kinds = [camera.kind for camera in CAMERAS]
    parser.add_argument('--cameras', nargs='+', choices=kinds, default=kinds)
    parser.add_argument('--seconds', type=float, default=10.0)
    parser.add_argument('--rate', type=float, default=30.0, help='frame rate, Hz')
    parser.add_argument(
        '--log', type=Path, required=True, help='output JSON file of the published stamps'
    )
    arguments = parser.parse_args(argv)
    stop = StopRequest()
    stop.install()
    keep_freed_memory()
    transport.prepare()
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('load_cameras', start_parameter_services=False)
    shared_memory.make_private()
    cameras = tuple(camera for camera in CAMERAS if camera.kind in arguments.cameras)
    mounts = publish_mounts(node, cameras)
    sources = [_Source(node, camera) for camera in cameras]
    heard = _wait_for_subscribers(sources, stop)
    if heard:
        time.sleep(0.5)  # until the readers know the mounts as well
        _publish_all(sources, arguments.rate, arguments.seconds, stop)
    sent = {c.kind: s.sent_ns for c, s in zip(cameras, sources, strict=True)}
    arguments.log.write_text(json.dumps(sent))
    time.sleep(0.5)  # until the last frames have left
    node.destroy_publisher(mounts)
    node.destroy_node()
    rclpy.try_shutdown()
    return 0 if heard else 1


if __name__ == '__main__':
    sys.exit(main())
