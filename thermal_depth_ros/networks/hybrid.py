# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Hybrid backbone: convolutions down to a sixteenth of the image, transformer blocks after them.

The DPT-Hybrid of Vision Transformers for Dense Prediction (Ranftl et al., ICCV 2021): two of the
four taps are convolutional maps. Convolutions know from the start that neighbours belong
together, so a small hybrid learns from random weights what a plain ViT needs pre-training for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.base.unexpected import named
from thermal_depth_ros.networks.timm_arguments import STEM_ARGUMENTS
from thermal_depth_ros.networks.timm_vit import BackboneError
from thermal_depth_ros.networks.vit import Tap, VisionBackbone

STRIDE = 16  # pixels of the image per token
_REDUCTIONS = (4, 8, STRIDE)
_PROBE_SIZE = (64, 96)  # of an image whose maps tell the reductions apart from channel counts


class HybridBackbone(VisionBackbone):
    """Convolutional stages of a timm network, then the blocks of a timm ViT.

    Taps 0 and 1 are the last maps at 1/4 and 1/8 of the image; the last map at 1/16, projected to
    the width of the ViT, becomes its tokens; taps 2 and 3 are two of its blocks.

    Args:
        name: Timm ViT; its own patch embedding and patch size are not used.
        stem: Timm network with maps at 1/4, 1/8 and 1/16, for example 'resnet18'.
        stem_args: Further arguments of the stem, such as channels.
        blocks: Indices of the two tapped blocks, ascending; empty for the middle and the last.
        position_offset, position_antialias: See `VisionBackbone`.
        timm_args: Further arguments of the ViT; `img_size` in pixels of the image.
        tap_norm: Apply the final LayerNorm to the two tapped blocks.

    Raises:
        BackboneError: Unknown name, no such maps, or blocks outside the ViT.
    """

    def __init__(
        self,
        name: str,
        stem: str,
        stem_args: Mapping[str, Any] | None = None,
        blocks: Sequence[int] = (),
        position_offset: float | None = None,
        position_antialias: bool | None = None,
        timm_args: Mapping[str, Any] | None = None,
        tap_norm: bool = False,
    ) -> None:
        super().__init__(
            name,
            blocks,
            False,
            position_offset,
            position_antialias,
            {**(timm_args or {}), 'patch_size': STRIDE},
            tap_norm,
        )
        self.stem, channels = _stem(stem, dict(stem_args or {}))
        self._map_channels, token_channels = channels[:2], channels[2]
        self.vit.patch_embed = _projection(
            token_channels, self.embed_dim, self.vit.patch_embed.grid_size
        )

    @property
    def patch_size(self) -> int:
        """Pixels per token side; the input must be a multiple of it."""
        return STRIDE

    @property
    def map_channels(self) -> tuple[int, ...]:
        """Channels of the two taps of the stem."""
        return self._map_channels

    def forward(self, image: torch.Tensor) -> list[Tap]:
        """Return two taps of the stem and two of the blocks, shallow to deep, of (B, 3, H, W).

        Raises:
            ValueError: H or W is not a multiple of 16.
        """
        self._check_size(image)
        quarter, eighth, sixteenth = self.stem(image)
        return [Tap(quarter, None), Tap(eighth, None), *self._run_blocks(sixteenth)]

    @staticmethod
    def default_taps(depth: int) -> tuple[int, ...]:
        """Return the block that ends the first half, and the last."""
        return (depth - 1) // 2, depth - 1


def _projection(channels: int, embed_dim: int, grid: tuple[int, int]) -> nn.Module:
    """Return a patch embedding of one map position per token, for a stored grid of positions."""
    from timm.layers.patch_embed import PatchEmbed

    return PatchEmbed(
        grid, 1, channels, embed_dim, output_fmt='NHWC', flatten=False, strict_img_size=False
    )


def _stem(name: str, stem_args: dict[str, Any]) -> tuple[Any, tuple[int, ...]]:
    """Return the network that gives the maps at 1/4, 1/8 and 1/16, and their channels."""
    import timm

    if not timm.is_model(name):
        raise BackboneError(f'stem {name!r} is not a timm model')
    if problems := STEM_ARGUMENTS.problem(f'arguments of stem {name!r}', stem_args):
        raise BackboneError('; '.join(problems))
    fixed = {'pretrained': False, 'features_only': True}
    try:
        with torch.device('meta'):
            probe = timm.create_model(name, **{**stem_args, **fixed}).eval()
            shapes = [tuple(x.shape[1:]) for x in probe(torch.zeros(1, 3, *_PROBE_SIZE))]
        indices = [_last_map(name, shapes, reduction) for reduction in _REDUCTIONS]
        stem = timm.create_model(name, **{**stem_args, **fixed, 'out_indices': indices})
    except BackboneError:
        raise
    except Exception as error:  # constructors of timm raise various types on bad arguments
        raise BackboneError(
            f'stem {name!r} cannot be built for its maps with {stem_args}: {named(error)}'
        ) from error
    return stem, tuple(shapes[index][0] for index in indices)


def _last_map(name: str, shapes: Sequence[tuple[int, ...]], reduction: int) -> int:
    """Return the index of the last map (C, h, w) at a fraction of the probe's size."""
    wanted = tuple(side // reduction for side in _PROBE_SIZE)
    indices = [index for index, shape in enumerate(shapes) if shape[1:] == wanted]
    if not indices:
        raise BackboneError(
            f'stem {name!r} has no map at 1/{reduction} of the image; '
            f'a {_PROBE_SIZE[0]}x{_PROBE_SIZE[1]} image gives {shapes}'
        )
    return indices[-1]
