# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Exports trained generators as a bundle."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from thermal_depth_ros.bundles import BundleSpec, Scale, SeedWeights, save_bundle
from thermal_depth_ros.bundles.spec import TRANSLATION_PREPROCESSING
from thermal_depth_ros.networks.architecture import DIRECTIONS
from thermal_depth_ros.samples.config import ImagesConfig
from thermal_depth_ros.training.translation.config import TranslationTrainingConfig


def export_translation(
    folder: Path,
    networks: nn.Module,
    method: TranslationTrainingConfig,
    data: ImagesConfig,
    report: Mapping[str, Any],
) -> Path:
    """Write the bundle of both generators, replacing an earlier one.

    Raises:
        BundleError: It cannot be written.
    """
    spec = BundleSpec(
        kind='translation',
        architecture={'n_blocks': method.generator_blocks, 'width': method.generator_width},
        input_size=(data.height, data.width),
        preprocessing=TRANSLATION_PREPROCESSING,
        scale=Scale(False, 1.0, 'none: images have no scale'),
        weights=SeedWeights(untrained=True, seed=0),  # replaced by those of the file
        licence=method.licence,
        training=report,
        description=method.description or 'Images by day to images by night and back.',
    )
    generators = {name: copy.deepcopy(getattr(networks, name)).cpu() for name in DIRECTIONS}
    save_bundle(folder, spec, generators, method.weights_dtype, overwrite=True, untrained_parts=())
    return folder
