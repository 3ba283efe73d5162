# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Convolutional networks of timm as sources of feature maps, for encoders and hybrid stems."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from thermal_depth_ros.base.unexpected import named
from thermal_depth_ros.networks.timm_arguments import STEM_ARGUMENTS
from thermal_depth_ros.networks.timm_vit import BackboneError

_PROBE_SIZE = (64, 96)  # of an image whose maps tell the reductions apart from channel counts
_TF_MEAN, _TF_DEVIATION = 127 / 255, 128 / 255  # of EfficientNet-Lite: (x - 127) / 128


@dataclasses.dataclass(frozen=True)
class FeatureNetwork:
    """A network of timm that returns feature maps, fine to coarse.

    Attributes:
        net: Module that maps (B, in_channels, H, W) to a list of maps (B, C, h, w).
        channels: Channels of each map.
        reductions: Pixels of the image per position of each map.
    """

    net: Any
    channels: tuple[int, ...]
    reductions: tuple[int, ...]


def create_features(
    what: str,
    name: str,
    arguments: Mapping[str, Any],
    reductions: Sequence[int],
    in_channels: int = 3,
    optional: Sequence[int] = (),
) -> FeatureNetwork:
    """Build a network of timm without weights and without touching the network.

    Args:
        what: Role of the network, for messages: 'stem' or 'encoder'.
        name: Name of the timm model.
        arguments: Further arguments of its constructor; see `STEM_ARGUMENTS`.
        reductions: Wanted maps, ascending; the last map of each reduction is taken.
        in_channels: Channels of the image.
        optional: Reductions that the network may lack.

    Raises:
        BackboneError: Unknown name, bad arguments, or no map at one of the reductions.
    """
    import timm  # a second of import time

    if not timm.is_model(name):
        raise BackboneError(f'{what} {name!r} is not a timm model')
    if problems := STEM_ARGUMENTS.problem(f'arguments of {what} {name!r}', dict(arguments)):
        raise BackboneError('; '.join(problems))
    fixed: dict[str, Any] = {'pretrained': False, 'features_only': True}
    if in_channels != 3:
        fixed['in_chans'] = in_channels
    try:
        with torch.device('meta'):
            probe = timm.create_model(name, **{**arguments, **fixed}).eval()
            image = torch.zeros(1, in_channels, *_PROBE_SIZE)
            shapes = [tuple(x.shape[1:]) for x in probe(image)]
        found = {r: _last_map(what, name, shapes, r, r in optional) for r in reductions}
        indices = {r: index for r, index in found.items() if index is not None}
        net = timm.create_model(
            name, **{**arguments, **fixed, 'out_indices': list(indices.values())}
        )
    except BackboneError:
        raise
    except Exception as error:  # constructors of timm raise various types on bad arguments
        raise BackboneError(
            f'{what} {name!r} cannot be built for its maps with {dict(arguments)}: {named(error)}'
        ) from error
    channels = tuple(shapes[index][0] for index in indices.values())
    return FeatureNetwork(net, channels, tuple(indices))


def _last_map(
    what: str, name: str, shapes: Sequence[tuple[int, ...]], reduction: int, optional: bool
) -> int | None:
    """Return the index of the last map (C, h, w) at a fraction of the probe's size."""
    wanted = tuple(side // reduction for side in _PROBE_SIZE)
    indices = [index for index, shape in enumerate(shapes) if shape[1:] == wanted]
    if not indices and not optional:
        raise BackboneError(
            f'{what} {name!r} has no map at 1/{reduction} of the image; '
            f'a {_PROBE_SIZE[0]}x{_PROBE_SIZE[1]} image gives {shapes}'
        )
    return indices[-1] if indices else None


def image_statistics(name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation per channel of the images in [0, 1] a timm network is trained on.

    Those of timm's configuration of its weights, except for EfficientNet-Lite, whose original
    (x - 127) / 128 timm rounds to 0.5 and 0.5.

    Raises:
        BackboneError: timm does not know the network.
    """
    if name.startswith('tf_efficientnet_lite'):
        return (_TF_MEAN,) * 3, (_TF_DEVIATION,) * 3
    from timm.models import get_pretrained_cfg

    config = get_pretrained_cfg(name)
    if config is None:
        raise BackboneError(f'timm does not know the input of {name!r}; give mean and deviation')
    return tuple(map(float, config.mean)), tuple(map(float, config.std))


def scale_channels(
    image: torch.Tensor, factors: Sequence[float], offsets: Sequence[float]
) -> torch.Tensor:
    """Return image * factor + offset per channel (B, C, H, W); the numbers repeat from the first.

    Scalars avoid a host-to-device copy, for which the host would wait.
    """
    if len(set(factors)) == 1 and len(set(offsets)) == 1:
        return image * factors[0] + offsets[0]
    return torch.cat(
        [
            image[:, index : index + 1] * factors[index % len(factors)]
            + offsets[index % len(offsets)]
            for index in range(image.shape[1])
        ],
        1,
    )
