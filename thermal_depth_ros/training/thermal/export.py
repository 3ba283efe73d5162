# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Exports a trained thermal model as a bundle, with merged adapters and its training record."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.bundles import BundleSpec, Intrinsics, Scale, SeedWeights, save_bundle
from thermal_depth_ros.networks.stage_two import merged_copy
from thermal_depth_ros.samples.sample_set import Samples, SampleSet
from thermal_depth_ros.training.thermal.config import NETWORK, ThermalTrainingConfig
from thermal_depth_ros.training.thermal.start import ThermalStart


def export_bundle(
    folder: Path,
    start: ThermalStart,
    method: ThermalTrainingConfig,
    samples: Samples,
    report: Mapping[str, Any],
) -> Path:
    """Write the bundle, replacing an earlier one.

    Raises:
        BundleError: It cannot be written.
    """
    camera = samples.camera
    spec = BundleSpec(
        kind='thermal',
        architecture=start.architecture,
        input_size=(camera.height, camera.width),
        preprocessing=start.mapping.to_dict(),
        scale=scale_of(method, samples.train),
        weights=SeedWeights(untrained=True, seed=0),  # replaced by those of the file
        licence=method.licence,
        intrinsics=Intrinsics(
            camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy
        ),
        training={**report, 'started_from': start.source, 'variant': method.variant},
        description=method.description or 'Thermal depth and motion, learned without labels.',
    )
    networks = {'depth': merged_copy(start.depth).cpu(), 'pose': copy.deepcopy(start.pose).cpu()}
    save_bundle(
        folder,
        spec,
        networks,
        method.weights_dtype,
        overwrite=True,
        untrained_parts=sorted(start.untrained),
    )
    return folder


def scale_of(method: ThermalTrainingConfig, trained_on: SampleSet) -> Scale:
    """Return the metric scale of depth and translation, and its source."""
    if method.pose_source != NETWORK:
        topics = ', '.join(trained_on.pose_topics)
        return Scale(True, 1.0, f'poses on {topics} in training')
    if method.velocity_weight > 0:
        topics = ', '.join(trained_on.twist_topics)
        return Scale(True, 1.0, f'speed on {topics} in training')
    return Scale(False, 1.0, 'none: learned from images alone; use scale_source fixed or wheel')
