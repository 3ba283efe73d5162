# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The mean of the weights of bundles that one training has led to from another.

Between a network before and after further training, the mean of the weights often does better on
images unlike those of the training than either (WiSE-FT, Wortsman et al., CVPR 2022), at no cost
when it runs. Networks from separate random starts have no useful mean.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from thermal_depth_ros.base import settings
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.sections import StoredWeights
from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.bundles.store import Bundle, load_bundle, save_bundle

_ALIKE = ('kind', 'input_size', 'licence', 'relative')


def average_bundles(
    bundles: Sequence[str | Path],
    output: Path,
    parts: Sequence[str] = (),
    overwrite: bool = False,
) -> BundleSpec:
    """Write a bundle with the mean of the weights; all else is that of the last one.

    Args:
        bundles: Names or folders of two or more.
        output: Folder of the new bundle.
        parts: Parts that are averaged, such as depthseg.depth_decoder; everything if empty.
        overwrite: Replace an existing bundle.

    Raises:
        BundleError: A bundle cannot be read, is of another kind, architecture, input or licence
            than the last one, or lacks a part; or the folder is in the way.
    """
    loaded = [load_bundle(bundle) for bundle in bundles]
    last = loaded[-1]
    for one in loaded[:-1]:
        _require_alike(one, last)
    _require_parts(last, parts)
    for network, module in last.networks.items():
        states = [one.networks[network].state_dict() for one in loaded]
        names = [name for name in states[-1] if _is_chosen(f'{network}.{name}', parts)]
        module.load_state_dict({**states[-1], **_means(states, names)})
    spec = dataclasses.replace(last.spec, training=_record(loaded, parts))
    weights = last.spec.weights
    dtype = weights.dtype if isinstance(weights, StoredWeights) else 'fp32'
    untrained = {part for one in loaded for part in one.spec.untrained_parts}
    return save_bundle(output, spec, last.networks, dtype, overwrite, sorted(untrained))


def _require_parts(bundle: Bundle, parts: Sequence[str]) -> None:
    """Refuse parts that the networks of a bundle do not have."""
    networks = bundle.networks.items()
    tensors = [f'{network}.{name}' for network, module in networks for name in module.state_dict()]
    empty = [part for part in parts if not any(_is_chosen(name, [part]) for name in tensors)]
    if empty:
        known = ', '.join(
            f'{network}.{child}'
            for network, module in networks
            for child, _ in module.named_children()
        )
        raise BundleError(bundle.path, [f'has no part {part}, but {known}' for part in empty])


def _is_chosen(name: str, parts: Sequence[str]) -> bool:
    """Whether a tensor belongs to one of the parts, or there are none."""
    return not parts or any(f'{name}.'.startswith(f'{part}.') for part in parts)


def _means(states: Sequence[dict[str, torch.Tensor]], names: Sequence[str]) -> dict[str, Any]:
    """Return the mean of each tensor; of those that are no weights, such as counts, the last."""
    return {
        name: torch.stack([state[name] for state in states]).mean(0)
        for name in names
        if states[-1][name].is_floating_point()
    }


def _require_alike(one: Bundle, last: Bundle) -> None:
    """Refuse bundles that do not belong together."""
    both = one.spec, last.spec
    problems = [
        f'{name} is {values[0]!r}, but {values[1]!r} in {last.path}'
        for name in _ALIKE
        if (values := [getattr(spec, name) for spec in both])[0] != values[1]
    ]
    if not problems and both[0].networks_architecture != both[1].networks_architecture:
        problems.append(f'its architecture is not that of {last.path}')
    if not problems and settings.as_plain(both[0].preprocessing) != settings.as_plain(
        both[1].preprocessing
    ):
        problems.append(f'its preprocessing is not that of {last.path}')
    if problems:
        raise BundleError(one.path, problems)


def _record(loaded: Sequence[Bundle], parts: Sequence[str]) -> dict[str, Any]:
    """Return the training record of the last bundle, with what was averaged."""
    digests = [one.spec.weights_digest for one in loaded]
    averaged = {'parts': list(parts) or ['all'], 'weights': digests}
    return {**loaded[-1].spec.training, 'averaged': averaged}
