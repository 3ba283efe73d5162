# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Exports a trained thermal model as a bundle, with merged adapters and its training record."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.bundles import Scale
from thermal_depth_ros.bundles.sections import Calibration
from thermal_depth_ros.networks.stage_two import merged_copy
from thermal_depth_ros.samples.sample_set import Samples, SampleSet
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.start import ThermalStart
from thermal_depth_ros.training.video import export
from thermal_depth_ros.training.video.config import NETWORK


def export_bundle(
    folder: Path,
    start: ThermalStart,
    method: ThermalTrainingConfig,
    samples: Samples,
    report: Mapping[str, Any],
    calibration: Calibration | None = None,
) -> Path:
    """Write the bundle with its calibration, replacing an earlier one.

    Raises:
        BundleError: It cannot be written.
    """
    return export.save_networks(
        folder,
        {'depth': merged_copy(start.depth), 'pose': start.pose},
        start,
        method,
        samples,
        kind='thermal',
        preprocessing=start.mapping.to_dict(),
        scale=scale_of(method, samples.train),
        training={**report, 'variant': method.variant},
        description='Thermal depth and motion, learned without labels.',
        calibration=calibration,
    )


def scale_of(method: ThermalTrainingConfig, trained_on: SampleSet) -> Scale:
    """Return the metric scale of depth and translation, and its source."""
    if method.pose_source == NETWORK and method.velocity_weight > 0:
        return Scale(True, 1.0, f'speed on {", ".join(trained_on.twist_topics)} in training')
    return export.scale_of(method, trained_on)
