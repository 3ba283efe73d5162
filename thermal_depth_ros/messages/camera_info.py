# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/CameraInfo <-> PinholeCamera; the camera of the latest one."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import Crop
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.stamps import header_message
from thermal_depth_ros.messages.types import MessageTypes

# Names in use for each model, and the numbers of coefficients OpenCV accepts for it.
_MODELS = {
    'plumb_bob': ('plumb_bob', (4, 5)),
    'rational_polynomial': ('rational_polynomial', (8, 12, 14)),
    'equidistant': ('equidistant', (4,)),
    'fisheye': ('equidistant', (4,)),
}
_UNDISTORTED = ('', 'none', 'pinhole', 'perspective')
# Models implied by the number of coefficients. Four are plumb_bob or equidistant, and the wrong
# choice bends the rays at the edge of a wide lens by tens of per cent.
_UNNAMED = {5: 'plumb_bob'} | dict.fromkeys((8, 12, 14), 'rational_polynomial')


def camera_from_info(msg: Any, rectified: bool = False) -> PinholeCamera:
    """Return the camera of a CameraInfo of ROS 2 or ROS 1.

    K refers to the full resolution. The region of interest is applied first, then the binning, as
    in image_geometry. An uncalibrated camera (K[0] is 0 or NaN) is returned as it is; see its
    `flaw`.

    Args:
        msg: The message.
        rectified: Whether the images are rectified (image_rect), so that P applies instead of K
            and D.

    Raises:
        MessageError: Matrix transposed; distortion model unknown, missing where the number of
            coefficients does not tell it, or with a wrong number of coefficients; region of
            interest outside the image; binning coarser than the image.
    """
    name = 'p' if rectified else 'k'
    matrix = info_array(msg, name).reshape(3, -1)
    if (np.abs(matrix[2, :2]) > 0).any():  # MATLAB writes columns first
        row = matrix[2].tolist()
        raise MessageError(name, row, 'the last row is not 0 0 1; is the matrix transposed?')
    model, distortion = ('', ()) if rectified else _distortion(msg)
    left, top, width, height = _region(msg)
    bin_x, bin_y = max(int(msg.binning_x), 1), max(int(msg.binning_y), 1)
    for field, factor, size in (('binning_x', bin_x, width), ('binning_y', bin_y, height)):
        if size and factor > size:
            raise MessageError(field, factor, f'coarser than the image of {size} pixels')
    return PinholeCamera(
        width=width // bin_x,
        height=height // bin_y,
        fx=float(matrix[0, 0]) / bin_x,
        fy=float(matrix[1, 1]) / bin_y,
        cx=(float(matrix[0, 2]) - left) / bin_x,
        cy=(float(matrix[1, 2]) - top) / bin_y,
        distortion_model=model,
        distortion=distortion,
    )


def pinhole_camera_info(
    types: MessageTypes, camera: PinholeCamera, stamp_ns: int, frame_id: str
) -> Any:
    """Build the CameraInfo of a camera whose images are not rectified."""
    K = camera.K
    return types.CameraInfo(
        header=header_message(types, stamp_ns, frame_id),
        height=camera.height,
        width=camera.width,
        distortion_model=camera.distortion_model or 'plumb_bob',
        d=types.doubles(camera.distortion or (0.0,) * 5),
        k=K.reshape(-1),
        r=np.eye(3).reshape(-1),
        p=np.concatenate([K, np.zeros((3, 1))], axis=1).reshape(-1),
        binning_x=0,
        binning_y=0,
        roi=types.RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    )


def depth_camera_info(types: MessageTypes, msg: Any, stamp_ns: int, frame_id: str) -> Any:
    """Build the CameraInfo of a depth image: that of the source, with the stamp of the depth.

    Depth has the size and the lens of its source, so that nothing else changes. The source
    message, of either library, is not modified and shares no memory with the result.
    """
    roi = msg.roi
    return types.CameraInfo(
        header=header_message(types, stamp_ns, frame_id),
        height=int(msg.height),
        width=int(msg.width),
        distortion_model=str(msg.distortion_model),
        d=types.doubles(info_array(msg, 'd').tolist()),
        k=info_array(msg, 'k'),
        r=info_array(msg, 'r'),
        p=info_array(msg, 'p'),
        binning_x=int(msg.binning_x),
        binning_y=int(msg.binning_y),
        roi=types.RegionOfInterest(
            x_offset=int(roi.x_offset),
            y_offset=int(roi.y_offset),
            height=int(roi.height),
            width=int(roi.width),
            do_rectify=bool(roi.do_rectify),
        ),
    )


def cropped_camera_info(msg: Any, crop: Crop) -> Any:
    """Return a CameraInfo for cropped images.

    The principal point moves and width and height are those of what is left, so that consumers
    that do not know regions of interest are right as well. Where the message has a region of
    interest, K and P speak of the full resolution and the region shrinks instead.

    Returns:
        An object with the fields of the message that this module reads; it is not a message.
    """
    bin_x, bin_y = max(int(msg.binning_x), 1), max(int(msg.binning_y), 1)
    left, top = crop.left * bin_x, crop.top * bin_y
    across, down = (crop.left + crop.right) * bin_x, (crop.top + crop.bottom) * bin_y
    k, p, roi = info_array(msg, 'k'), info_array(msg, 'p'), _plain_region(msg.roi)
    width, height = int(msg.width), int(msg.height)
    if roi.width and roi.height:
        roi.x_offset, roi.y_offset = roi.x_offset + left, roi.y_offset + top
        roi.width, roi.height = roi.width - across, roi.height - down
    else:
        width, height = width - across, height - down
        k[[2, 5]] -= left, top
        p[[2, 6]] -= left, top
    return SimpleNamespace(
        header=msg.header,
        width=width,
        height=height,
        distortion_model=msg.distortion_model,
        d=info_array(msg, 'd'),
        k=k,
        r=info_array(msg, 'r'),
        p=p,
        binning_x=msg.binning_x,
        binning_y=msg.binning_y,
        roi=roi,
    )


def _plain_region(roi: Any) -> SimpleNamespace:
    return SimpleNamespace(
        x_offset=int(roi.x_offset),
        y_offset=int(roi.y_offset),
        height=int(roi.height),
        width=int(roi.width),
        do_rectify=bool(roi.do_rectify),
    )


def info_array(msg: Any, name: str) -> np.ndarray:
    """Copy a matrix of a CameraInfo (d, k, r or p) as float64; ROS 1 has its name in capitals."""
    value = getattr(msg, name) if hasattr(msg, name) else getattr(msg, name.upper())
    return np.array(value, np.float64)


def _distortion(msg: Any) -> tuple[str, tuple[float, ...]]:
    coefficients = tuple(info_array(msg, 'd').reshape(-1).tolist())
    if not any(coefficients):
        return '', ()
    name = str(msg.distortion_model)
    given = name.strip().lower()
    if given in _UNDISTORTED:
        given = _UNNAMED.get(len(coefficients), '')
    if given not in _MODELS:
        raise MessageError('distortion_model', name, _unknown_model(name, len(coefficients)))
    model, lengths = _MODELS[given]
    if len(coefficients) in lengths:
        return model, coefficients
    for length in lengths:  # some drivers fill up D with zeros
        if len(coefficients) > length and not any(coefficients[length:]):
            return model, coefficients[:length]
    wanted = ' or '.join(map(str, lengths))
    raise MessageError('len(D)', len(coefficients), f'{name} has {wanted} coefficients')


def _unknown_model(name: str, count: int) -> str:
    """Return why coefficients with an unknown model name are unusable."""
    if name.strip().lower() not in _UNDISTORTED:
        return f'unknown; known are {", ".join(_MODELS)}'
    which = 'plumb_bob or equidistant (fisheye)' if count == 4 else ' or '.join(_MODELS)
    return f'{count} distortion coefficients without a model, which may be {which}; name the model'


def _region(msg: Any) -> tuple[int, int, int, int]:
    """Return left, top, width, height of the image within the full resolution."""
    width, height, roi = int(msg.width), int(msg.height), msg.roi
    left, top = int(roi.x_offset), int(roi.y_offset)
    # Zero means the full resolution: drivers without regions leave all fields zero.
    across, down = int(roi.width) or width - left, int(roi.height) or height - top
    if across < 0 or down < 0 or left + across > width or top + down > height:
        region = f'{across}x{down} at ({left}, {top})'
        raise MessageError('roi', region, f'not within the full resolution {width}x{height}')
    return left, top, across, down


class LatestCalibration:
    """The camera of a camera_info, recomputed only when its content changes."""

    def __init__(self, rectified: bool = False) -> None:
        """Set whether the images are raw or rectified."""
        self._rectified = rectified
        self._fields: tuple[Any, ...] = ()
        self._camera: PinholeCamera | None = None
        self.problem = ''  # problem of the latest camera_info

    def camera(self, info: Any) -> PinholeCamera | None:
        """Return the camera of a CameraInfo, or None with the reason in `problem`.

        Args:
            info: CameraInfo of ROS 2 or ROS 1, or None if none was received.
        """
        fields = () if info is None else _fields(info)
        if fields != self._fields:
            self._camera, self._fields, self.problem = None, fields, ''
            try:
                self._camera = None if info is None else camera_from_info(info, self._rectified)
            except MessageError as error:
                self.problem = str(error)
        return self._camera


def _fields(info: Any) -> tuple[Any, ...]:
    roi = info.roi
    return (
        info.width,
        info.height,
        info.distortion_model,
        info_array(info, 'd').tobytes(),
        info_array(info, 'k').tobytes(),
        info_array(info, 'p').tobytes(),
        (info.binning_x, info.binning_y),
        (roi.x_offset, roi.y_offset, roi.width, roi.height),
    )
