# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Exports a trained RGB model as a bundle, with its classes and training record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.bundles.labels import coloured_labels
from thermal_depth_ros.bundles.sections import Calibration
from thermal_depth_ros.bundles.spec import RGB_PREPROCESSING
from thermal_depth_ros.training.rgb.data import RgbData
from thermal_depth_ros.training.rgb.monocular_config import MonocularConfig
from thermal_depth_ros.training.rgb.start import RgbStart
from thermal_depth_ros.training.video.export import save_networks, scale_of

_WITH_CLASSES = 'Depth and classes by day and by night, learned without labels.'
_DEPTH_ALONE = 'Depth by day, learned without labels.'


def export_bundle(
    folder: Path,
    start: RgbStart,
    method: MonocularConfig,
    data: RgbData,
    report: Mapping[str, Any],
    calibration: Calibration | None = None,
) -> Path:
    """Write the bundle with its calibration, replacing an earlier one.

    Raises:
        BundleError: It cannot be written.
    """
    labels = coloured_labels(data.classes) if data.classes else start.labels
    return save_networks(
        folder,
        {'depthseg': start.network, 'pose': start.pose},
        start,
        method,
        data.opened,
        kind='rgb',
        preprocessing=RGB_PREPROCESSING,
        scale=scale_of(method, data.opened.train),
        training=report,
        description=_WITH_CLASSES if labels else _DEPTH_ALONE,
        labels=labels,
        calibration=calibration,
    )
