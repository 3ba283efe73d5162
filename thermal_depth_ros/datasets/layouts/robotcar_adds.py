# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A folder of RobotCar images as ADDS-DepthNet has prepared them, with true depth in `<folder>_gt`.

Images are named by numbers of ten digits. They are undistorted, and show rows 160 to 799 of 960 or
all of them; the maps always have 960 rows.
"""

from collections.abc import Collection
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.picture_files import depth_pixels
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.datasets.cameras import (
    PICTURES,
    CameraFiles,
    by_stem,
    camera_streams,
    image_size,
    only,
)
from thermal_depth_ros.datasets.clocks import stamps_of_numbers
from thermal_depth_ros.datasets.config import RobotcarConfig
from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.sequence import BASE, Mount, SequenceData
from thermal_depth_ros.datasets.streams import camera_name, map_stream
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import T_FORWARD

# Of stereo_wide_left in the SDK.
_WHOLE = PinholeCamera(1280, 960, 983.044006, 983.044006, 643.646973, 493.378998)
_TOP_ROWS, _SHOWN_ROWS = 160, 640  # of the view that ADDS-DepthNet trains and evaluates on


def read_folder(
    folder: Path, frames: Collection[int] | None, settings: RobotcarConfig
) -> SequenceData:
    """Open a folder.

    Args:
        folder: Folder of the images.
        frames: Numbers of the images that have true depth, None for all.
        settings: Settings of the conversion.

    Raises:
        DatasetError: The names are no numbers.
    """
    images = list_files(folder, PICTURES)
    wrong = [path for path in images if not path.stem.isdecimal()]
    if wrong:
        raise DatasetError(f'{wrong[0]}: images of ADDS-DepthNet are named by numbers')
    numbers = [int(path.stem) for path in images]
    size = image_size(images)
    whole = size[0] * _WHOLE.height == size[1] * _WHOLE.width
    view = _WHOLE if whole else _WHOLE.cropped(0, _TOP_ROWS, _WHOLE.width, _SHOWN_ROWS)
    name = camera_name(contract.RGB, 'stereo', True)
    stamps = stamps_of_numbers(numbers, settings.frame_period_s, folder)
    camera = CameraFiles(name, images, stamps, view.resized(*size))
    data = SequenceData(camera_streams(camera, settings.images))
    data.mounts.append(Mount(BASE, name.frame_id, T_FORWARD))
    data.notes.append(
        f'images have no times: {settings.frame_period_s:g} s for each number in their names'
    )
    if size not in ((_WHOLE.width, _WHOLE.height), (_WHOLE.width, _SHOWN_ROWS)):
        rows = 'all rows' if whole else f'rows {_TOP_ROWS} to {_TOP_ROWS + _SHOWN_ROWS - 1}'
        data.notes.append(f'images of {size[0]}x{size[1]} are taken to show {rows}, resampled')
    maps = by_stem(images, list_files(folder.with_name(f'{folder.name}_gt'), ('.png',)))
    maps = only(maps, [frames is None or number in frames for number in numbers])
    if any(maps):

        def read(path: Path) -> tuple[np.ndarray, str]:
            return _shown_depth(path, whole)

        data.streams.append(
            map_stream(name.truth_topic('depth'), name.frame_id, maps, stamps, read)
        )
    return data


def _shown_depth(path: Path, whole: bool) -> tuple[np.ndarray, str]:
    """Return the rows of a map that the images show, at its own resolution."""
    depth, encoding = depth_pixels(path)
    if depth.shape[0] * _WHOLE.width != depth.shape[1] * _WHOLE.height:
        raise DatasetError(
            f'{path}: {depth.shape[1]}x{depth.shape[0]} pixels; true depth has the shape of '
            f'{_WHOLE.width}x{_WHOLE.height}'
        )
    if whole:
        return depth, encoding
    row = depth.shape[0] / _WHOLE.height
    top, end = round(_TOP_ROWS * row), round((_TOP_ROWS + _SHOWN_ROWS) * row)
    return np.ascontiguousarray(depth[top:end]), encoding
