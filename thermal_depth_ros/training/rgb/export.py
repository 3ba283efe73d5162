# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Exports a trained RGB model as a bundle, with its classes and training record."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.bundles import BundleSpec, Intrinsics, Scale, SeedWeights, save_bundle
from thermal_depth_ros.bundles.labels import coloured_labels
from thermal_depth_ros.bundles.spec import RGB_PREPROCESSING
from thermal_depth_ros.samples.sample_set import SampleSet
from thermal_depth_ros.training.rgb.data import RgbData
from thermal_depth_ros.training.rgb.monocular_config import NETWORK, MonocularConfig
from thermal_depth_ros.training.rgb.start import RgbStart

_WITH_CLASSES = 'Depth and classes by day and by night, learned without labels.'
_DEPTH_ALONE = 'Depth by day, learned without labels.'


def export_bundle(
    folder: Path,
    start: RgbStart,
    method: MonocularConfig,
    data: RgbData,
    report: Mapping[str, Any],
) -> Path:
    """Write the bundle, replacing an earlier one.

    Raises:
        BundleError: It cannot be written.
    """
    camera = data.opened.camera
    spec = BundleSpec(
        kind='rgb',
        architecture=start.architecture,
        input_size=(camera.height, camera.width),
        preprocessing=RGB_PREPROCESSING,
        scale=scale_of(method, data.opened.train),
        weights=SeedWeights(untrained=True, seed=0),  # replaced by those of the file
        licence=method.licence,
        labels=coloured_labels(data.classes) if data.classes else None,
        intrinsics=Intrinsics(
            camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy
        ),
        training={**report, 'started_from': start.source},
        description=method.description or (_WITH_CLASSES if data.classes else _DEPTH_ALONE),
    )
    networks = {
        'depthseg': copy.deepcopy(start.network).cpu(),
        'pose': copy.deepcopy(start.pose).cpu(),
    }
    save_bundle(
        folder,
        spec,
        networks,
        method.weights_dtype,
        overwrite=True,
        untrained_parts=sorted(start.untrained),
    )
    return folder


def scale_of(method: MonocularConfig, trained_on: SampleSet) -> Scale:
    """Return the metric scale of depth and translation, and its source."""
    if method.pose_source != NETWORK:
        topics = ', '.join(trained_on.pose_topics)
        return Scale(True, 1.0, f'poses on {topics} in training')
    return Scale(False, 1.0, 'none: learned from images alone; use scale_source fixed or wheel')
