# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Import Depth Anything V2 as the depth network of an RGB or a thermal camera."""

import dataclasses
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.sections import Scale, SeedWeights
from thermal_depth_ros.bundles.spec import RGB_PREPROCESSING, BundleSpec
from thermal_depth_ros.bundles.store import save_bundle
from thermal_depth_ros.networks import depth_anything
from thermal_depth_ros.networks.build import blueprint_networks
from thermal_depth_ros.networks.depth_anything import DepthAnything, NotDepthAnythingError
from thermal_depth_ros.networks.initialisation import reset_buffers
from thermal_depth_ros.networks.weight_files import WeightsError, read_config, read_state
from thermal_depth_ros.networks.weights import load_state

INPUT_SIDE = 518  # pixels, of the shorter side in training and in the published code
KINDS = ('rgb', 'thermal')
# The tests of transformers have 8.8 from a relative network where a metric one says 1.3 m: with 0.1
# that is 1.1 m. An order of magnitude, nothing more.
GUESSED_SCALE = 0.1
MODEL_TYPE = 'depth_anything'
_TRAINED_ON = (
    'As published: colour images of many cameras, synthetic ones with depth and real ones with the '
    'depth of a teacher.'
)
_MAX_DEPTHS_M = (0.1, 1e5)
_INPUT_SIDES = (28, 2044)
_METRIC_NAME = re.compile(r'depth_anything_v2_metric_(vkitti|hypersim)')
_PUBLISHED_LICENCES = {
    'small': 'Apache-2.0',
    **dict.fromkeys(('base', 'large', 'giant'), 'CC-BY-NC-4.0 (non-commercial)'),
}
_ABSENT: dict[str, dict[str, Any]] = {'thermal': {'pose_channels': 0}, 'rgb': {}}


@dataclasses.dataclass(frozen=True)
class DepthAnythingImport:
    """What a user says about a checkpoint of Depth Anything V2.

    Attributes:
        path: Original `.pth`, or a folder of `transformers`.
        kind: 'rgb' or 'thermal'.
        licence: Licence of the weights, as the user states it.
        metric_max_depth_m: Greatest depth of a metric network; None for a relative one, or for what
            the configuration in the folder says.
        backbone: timm name of the vision transformer that the user expects; '' for any.
        input_side: Pixels of the shorter side of what the network is fed.
    """

    path: Path
    kind: str
    licence: str
    metric_max_depth_m: float | None = None
    backbone: str = ''
    input_side: int = INPUT_SIDE


def import_depth_anything(
    output: Path, said: DepthAnythingImport, dtype: str = 'fp32', overwrite: bool = False
) -> tuple[BundleSpec, str]:
    """Write a bundle for depth alone.

    Args:
        output: Folder to make.
        said: The checkpoint and what the user says about it.
        dtype: Storage type of the weights.
        overwrite: Replace an existing bundle.

    Returns:
        The spec as written, and a note on size and licence.

    Raises:
        BundleError: A bad value, or the folder is in the way.
        WeightsError: The checkpoint cannot be read, or is of another family, size or output than
            said.
    """
    _check_values(said)
    config = read_config(said.path) if Path(said.path).is_dir() else {}
    max_depth_m = _max_depth(said, config)
    found = _recognised(said, config, max_depth_m)
    architecture = {**found.architecture, **_ABSENT[said.kind]}
    if max_depth_m is None:
        architecture['output_scale'] = GUESSED_SCALE
    spec = _spec(said, architecture, found.size, max_depth_m)
    network = _filled(spec, found, said)
    spec = save_bundle(output, spec, {'depth': network}, dtype, overwrite, ())
    return spec, _note(found.size)


def _check_values(said: DepthAnythingImport) -> None:
    problems = []
    if said.kind not in KINDS:
        problems.append(f'--kind: {said.kind!r} is not one of {", ".join(KINDS)}')
    deepest = said.metric_max_depth_m
    if deepest is not None and not _possible(deepest):
        least, most = _MAX_DEPTHS_M
        problems.append(f'--metric-max-depth: {deepest:g} is not between {least:g} and {most:g} m')
    low, high = _INPUT_SIDES
    if not low <= said.input_side <= high:
        problems.append(f'--input-side: {said.input_side} is not between {low} and {high} pixels')
    if problems:
        raise BundleError(said.path, problems)


def _possible(depth_m: float) -> bool:
    least, most = _MAX_DEPTHS_M
    return least <= depth_m <= most  # not of NaN


def _max_depth(said: DepthAnythingImport, config: Mapping[str, Any]) -> float | None:
    """Return the greatest depth of a metric checkpoint, after comparing what is known about it.

    Raises:
        WeightsError: The user and the checkpoint contradict each other.
    """
    stated = said.metric_max_depth_m
    if not config:
        name = _METRIC_NAME.search(Path(said.path).name)
        if name and stated is None:
            depth = 80 if name[1] == 'vkitti' else 20
            raise WeightsError(
                f'{said.path}: metric by its name, but no greatest depth is given; '
                f'--metric-max-depth {depth} is that of the published weights of this name'
            )
        return stated
    where = f'{said.path}/config.json'
    if config.get('model_type') != MODEL_TYPE:
        raise WeightsError(
            f'{where}: model_type is {config.get("model_type")!r}, not {MODEL_TYPE!r}'
        )
    if config.get('depth_estimation_type', 'relative') != 'metric':
        if stated is not None:
            raise WeightsError(f'{where}: the network is relative, --metric-max-depth does not fit')
        return None
    known = config.get('max_depth')
    if not isinstance(known, (int, float)) or not _possible(known):
        raise WeightsError(f'{where}: max_depth: {known!r} is no depth of a metric network')
    if stated is not None and not math.isclose(stated, known):
        raise WeightsError(f'{where}: max_depth is {known:g} m, --metric-max-depth {stated:g} m')
    return float(known)


def _recognised(
    said: DepthAnythingImport, config: Mapping[str, Any], max_depth_m: float | None
) -> DepthAnything:
    try:
        found = depth_anything.recognise(read_state(said.path), config, max_depth_m)
    except NotDepthAnythingError as error:
        raise WeightsError(f'{said.path}: {error}') from error
    own, tiny = found.architecture['backbone'], found.architecture['backbone_args']
    if said.backbone and (said.backbone.split('.')[0] != own.split('.')[0] or tiny):
        fields = {'backbone': said.backbone, 'backbone_args': {}, 'taps': []}
        return dataclasses.replace(found, architecture={**found.architecture, **fields})
    return found


def _spec(
    said: DepthAnythingImport,
    architecture: Mapping[str, Any],
    size: str,
    max_depth_m: float | None,
) -> BundleSpec:
    scale = Scale(False, 1.0, 'none: the network gives inverse depth up to scale and shift')
    if max_depth_m is not None:
        scale = Scale(True, 1.0, f'metric Depth Anything V2, colour images up to {max_depth_m:g} m')
    name = Path(said.path).name
    return BundleSpec(
        kind=said.kind,
        architecture=architecture,
        input_size=(said.input_side, said.input_side),
        preprocessing=RGB_PREPROCESSING if said.kind == 'rgb' else {'mode': 'percentile'},
        scale=scale,
        weights=SeedWeights(True, 0),  # replaced by those of the file
        licence=said.licence,
        training={'imported': {'depth': name}},
        description=f'Depth Anything V2 ({size}), imported from {name}.',
        trained_on=_TRAINED_ON if said.kind == 'rgb' else f'{_TRAINED_ON} No thermal image.',
    )


def _filled(spec: BundleSpec, found: DepthAnything, said: DepthAnythingImport) -> torch.nn.Module:
    """Return the depth network with the weights of the checkpoint; nothing is random."""
    try:
        network = blueprint_networks(spec.kind, spec.architecture)['depth']
    except ValueError as error:
        raise BundleError(said.path, [str(error)]) from error
    network.to_empty(device='cpu')
    reset_buffers(network)
    with torch.no_grad():
        network.get_parameter('backbone.mask_token').zero_()
    load_state(network, found.state, f'{said.path} ({found.size})', depth_anything.OPTIONAL)
    return network.eval()


def _note(size: str) -> str:
    published = _PUBLISHED_LICENCES.get(size)
    if published is None:
        return f'Depth Anything V2 of no published size ({size})'
    return f'Depth Anything V2 {size}; the published weights of this size are {published}'
