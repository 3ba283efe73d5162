# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Export of networks trained on video as a bundle, with their training record."""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from thermal_depth_ros.bundles import BundleSpec, Intrinsics, Scale, SeedWeights, save_bundle
from thermal_depth_ros.bundles.sections import Calibration
from thermal_depth_ros.bundles.spec import MAX_LICENCE
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.samples.sample_set import Samples, SampleSet
from thermal_depth_ros.training.video.config import VideoConfig
from thermal_depth_ros.training.video.task import VideoStart

FROM_IMAGES = Scale(False, 1.0, 'none: learned from images alone; use scale_source fixed or wheel')


def save_networks(
    folder: Path,
    networks: Mapping[str, nn.Module],
    start: VideoStart,
    method: VideoConfig,
    samples: Samples,
    *,
    kind: str,
    preprocessing: Mapping[str, Any],
    scale: Scale,
    training: Mapping[str, Any],
    description: str,
    labels: LabelSet | None = None,
    calibration: Calibration | None = None,
) -> Path:
    """Write a bundle of copies of networks, replacing an earlier one.

    Args:
        folder: Folder of the bundle.
        networks: Networks by their name in the bundle.
        start: Their architecture, source, and untrained parts.
        method: Data type, licence and description.
        samples: What they were trained on, with the camera.
        kind: Kind of the bundle.
        preprocessing: Mapping from images to network input.
        scale: Metric scale.
        training: Training record.
        description: Description of the bundle if the method has none.
        labels: Classes of the network.
        calibration: Corrections of probabilities or covariances.

    Raises:
        BundleError: It cannot be written.
    """
    camera = samples.camera
    spec = BundleSpec(
        kind=kind,
        architecture=start.architecture,
        input_size=(camera.height, camera.width),
        preprocessing=preprocessing,
        scale=scale,
        weights=SeedWeights(untrained=True, seed=0),  # replaced by those of the file
        licence=licence_text(method.licence, start.attributions),
        labels=labels,
        calibration=calibration,
        intrinsics=Intrinsics(
            camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy
        ),
        canonical_focal_px=start.canonical_px(camera),
        training={
            **training,
            'started_from': start.source,
            **({'attributions': list(start.attributions)} if start.attributions else {}),
        },
        description=method.description or description,
        trained_on=method.trained_on,
    )
    copies = {name: copy.deepcopy(network).cpu() for name, network in networks.items()}
    untrained = sorted(start.untrained)
    save_bundle(
        folder, spec, copies, method.weights_dtype, overwrite=True, untrained_parts=untrained
    )
    return folder


def licence_text(own: str, attributions: Sequence[str]) -> str:
    """Return the licence of a bundle with the origins of weights it was trained from.

    Where they do not fit, the field refers to the training record, which lists them.
    """
    text = '; '.join((own, *attributions))
    if len(text) <= MAX_LICENCE:
        return text
    return f'{own}; started from weights of others: see training.attributions'[:MAX_LICENCE]


def attributions_of(spec: BundleSpec) -> tuple[str, ...]:
    """Return the attributions that a bundle passes on to what is trained from it."""
    return tuple(map(str, spec.training.get('attributions', ())))


def scale_of(method: VideoConfig, trained_on: SampleSet) -> Scale:
    """Return the metric scale of depth and translation, and its source."""
    sources = []
    if method.uses_poses:
        sources.append(f'poses on {", ".join(trained_on.pose_topics)}')
    if method.depth_weight > 0:
        sources.append('depth of the recordings')
    return Scale(True, 1.0, f'{" and ".join(sources)} in training') if sources else FROM_IMAGES
