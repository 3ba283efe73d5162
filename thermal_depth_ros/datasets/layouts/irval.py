# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""IRVAL: thermal videos of 512x512 pixels and 8 bits, without calibration or truth.

IRVAL/videos/irval_seq<number>.avi
"""

import functools
from pathlib import Path

from thermal_depth_ros.base.contract import THERMAL
from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.datasets.config import FramesConfig, IrvalConfig
from thermal_depth_ros.datasets.errors import nothing_found
from thermal_depth_ros.datasets.layouts.frames import read_video
from thermal_depth_ros.datasets.sequence import Plan
from thermal_depth_ros.datasets.videos import VIDEOS


def plans(source: Path, settings: IrvalConfig) -> list[Plan]:
    """Return the videos.

    Raises:
        DatasetError: There are none.
    """
    places = (source / 'IRVAL' / 'videos', source / 'videos', source)
    videos = next((found for place in places if (found := list_files(place, VIDEOS))), [])
    if not videos:
        raise nothing_found(source, 'IRVAL', ['IRVAL/videos/*.avi'])
    as_frames = FramesConfig(
        images=settings.images,
        camera=THERMAL,
        calibration=settings.calibration,
        rate_hz=settings.rate_hz,
    )
    return [Plan(path.stem, functools.partial(read_video, path, as_frames)) for path in videos]
