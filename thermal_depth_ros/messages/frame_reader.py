# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Converts the messages of a camera to frames: decoded, cropped, with calibration."""

from typing import Any

import numpy as np

from thermal_depth_ros.base.contract import THERMAL, is_rectified
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import Crop, CropError, crop_hint
from thermal_depth_ros.messages.camera_info import LatestCalibration, cropped_camera_info
from thermal_depth_ros.messages.decode import decode_camera_image, is_compressed
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import camera_limit
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.messages.temperature_pixels import temperature_remark
from thermal_depth_ros.thermal.outlying_border import outlying_border

# Default camera name of spinnaker_camera_driver and flir_camera_driver.
DRIVER_OF_VISIBLE = 'flir_camera'
_MOST_THERMAL_PIXELS = 1280 * 1024  # larger than the sensor of any uncooled thermal camera
_BLACK, _WHITE = 2, 253
_CLIPPED_SHARE, _EACH_SHARE = 0.03, 0.005  # of the pixels, at both ends together, and at each end


def visible_remark(image: np.ndarray, topic: str) -> str:
    """Return why a thermal image (H, W) looks visible and what to do, or ''.

    Grey values alone do not distinguish the kinds; the evidence is the size, pixels clipped to
    both black and white, and the name of the topic. 16-bit counts are thermal.
    """
    if image.dtype != np.uint8:
        return ''
    facts = []
    if DRIVER_OF_VISIBLE in topic.lower():
        facts.append(f'{DRIVER_OF_VISIBLE} is the default name of a driver of visible cameras')
    if image.size > _MOST_THERMAL_PIXELS:
        facts.append(f'{image.shape[1]}x{image.shape[0]} is larger than thermal sensors are')
    black, white = float((image <= _BLACK).mean()), float((image >= _WHITE).mean())
    if black + white >= _CLIPPED_SHARE and min(black, white) >= _EACH_SHARE:
        facts.append(f'{black + white:.0%} of the pixels are clipped black or white')
    if not facts:
        return ''
    return (
        f'8-bit grey is read as thermal, but it looks like a visible camera: {"; ".join(facts)}. '
        'If it is one, give it to the rgb camera'
    )


# Kinds of remarks.
BORDER = 'border'  # lines without image content
VISIBLE = 'visible'  # a thermal image that looks like a visible one
TEMPERATURE = 'temperature'  # pixels that are read as temperatures
_LOOKED_AT = 10  # number of images checked for remarks


class FrameReader:
    """Makes the frames of one camera, for nodes and offline processing."""

    def __init__(self, kind: str, topic: str, crop: Crop) -> None:
        """Set the properties of all images.

        Args:
            kind: Camera kind.
            topic: Topic of the images; its name tells whether they are rectified.
            crop: Crop of each image.
        """
        self._kind, self._topic, self._crop = kind, topic, crop
        self._calibration = LatestCalibration(is_rectified(topic))
        self._looked_at = 0
        # Remarks on the latest image, with remedies, by kind.
        self.remarks: dict[str, str] = {}

    def read(
        self, message: Any, info: Any, max_image_pixels: int, taken_ns: int | None = None
    ) -> tuple[CameraFrame, Any]:
        """Return the frame of an image and the camera_info of its view.

        Args:
            message: Image or CompressedImage.
            info: Latest CameraInfo of the camera, or None.
            max_image_pixels: Largest image that is decoded; see `camera_limit`.
            taken_ns: Time of acquisition, if it is not the stamp of the message.

        Raises:
            MessageError: The image is damaged, of the wrong kind, or empty after cropping.
        """
        whole = decode_camera_image(message, self._kind, camera_limit(max_image_pixels, info))
        try:
            image = self._crop.image(whole)
        except CropError as error:
            given = f'{whole.shape[1]}x{whole.shape[0]}'
            raise MessageError('size', given, str(error)) from error
        camera = self._calibration.camera(info)
        self._look(image, camera, '' if is_compressed(message) else str(message.encoding))
        size = image.shape[0], image.shape[1]
        if camera is not None:
            needed = self._crop.remaining((camera.height, camera.width), size)
            if needed:
                camera, info = needed.camera(camera, size), cropped_camera_info(info, needed)
        stamp = stamp_ns(message.header) if taken_ns is None else taken_ns
        problem = self._calibration.problem
        return CameraFrame(stamp, message.header.frame_id, image, camera, problem), info

    def _look(self, image: np.ndarray, camera: PinholeCamera | None, encoding: str) -> None:
        """Check the first images for probable configuration mistakes."""
        self.remarks = {}
        if self._looked_at >= _LOOKED_AT:
            return
        self._looked_at += 1
        seen = outlying_border(image) if self._kind == THERMAL else Crop()
        remark = ''
        if camera is not None:
            remark = crop_hint(image.shape[:2], (camera.height, camera.width), seen)
        if seen and not remark:
            remark = border_remark(seen, self._crop)
        remarks = {BORDER: remark}
        if self._kind == THERMAL:
            remarks[VISIBLE] = visible_remark(image, self._topic)
            remarks[TEMPERATURE] = temperature_remark(encoding)
        self.remarks = {kind: text for kind, text in remarks.items() if text}


def border_remark(seen: Crop, crop: Crop) -> str:
    """Suggest crop settings for lines without image content.

    Args:
        seen: Border that looks like telemetry, in the image after cropping.
        crop: Crop that is already applied.
    """
    ways = [
        f'crop_{side}: {getattr(seen, side) + getattr(crop, side)}'
        for side in ('top', 'bottom', 'left', 'right')
        if getattr(seen, side)
    ]
    return (
        'lines at the border of the image lie far outside of the rest, as telemetry does; if they '
        f'are no picture, set {", ".join(ways)}'
    )
