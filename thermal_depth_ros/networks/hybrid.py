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

from thermal_depth_ros.networks.thermal_input import IMAGENET_DEVIATION, IMAGENET_MEAN
from thermal_depth_ros.networks.timm_features import create_features, scale_channels
from thermal_depth_ros.networks.vit import Tap, VisionBackbone

STRIDE = 16  # pixels of the image per token
_REDUCTIONS = (4, 8, STRIDE)


class HybridBackbone(VisionBackbone):
    """Convolutional stages of a timm network, then the blocks of a timm ViT.

    Taps 0 and 1 are the last maps at 1/4 and 1/8 of the image; the last map at 1/16, projected to
    the width of the ViT, becomes its tokens; taps 2 and 3 are two of its blocks.

    Args:
        name: Timm ViT; its own patch embedding and patch size are not used.
        stem: Timm network with maps at 1/4, 1/8 and 1/16, for example 'resnet18'.
        stem_args: Further arguments of the stem, such as channels.
        stem_mean: Mean per colour of the images in [0, 1] that the weights of the stem were
            trained on; empty for ImageNet's, with which the input is normalised.
        stem_deviation: Their deviation, likewise.
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
        stem_mean: Sequence[float] = (),
        stem_deviation: Sequence[float] = (),
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
        self.stem_name, self.stem_args = stem, dict(stem_args or {})
        features = create_features('stem', stem, self.stem_args, _REDUCTIONS)
        self.stem = features.net
        self._map_channels, token_channels = features.channels[:2], features.channels[2]
        self._restating = _restating(
            stem_mean or IMAGENET_MEAN, stem_deviation or IMAGENET_DEVIATION
        )
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
        if self._restating is not None:
            image = scale_channels(image, *self._restating)
        quarter, eighth, sixteenth = self.stem(image)
        return [Tap(quarter, None), Tap(eighth, None), *self._run_blocks(sixteenth)]

    @staticmethod
    def default_taps(depth: int) -> tuple[int, ...]:
        """Return the block that ends the first half, and the last."""
        return (depth - 1) // 2, depth - 1


def _restating(
    mean: Sequence[float], deviation: Sequence[float]
) -> tuple[list[float], list[float]] | None:
    """Return factors and offsets from ImageNet's normalisation to another; None for the same."""
    if tuple(mean) == IMAGENET_MEAN and tuple(deviation) == IMAGENET_DEVIATION:
        return None
    rows = zip(IMAGENET_MEAN, IMAGENET_DEVIATION, mean, deviation, strict=True)
    numbers = [(d_in / d, (m_in - m) / d) for m_in, d_in, m, d in rows]
    return [factor for factor, _ in numbers], [offset for _, offset in numbers]


def _projection(channels: int, embed_dim: int, grid: tuple[int, int]) -> nn.Module:
    """Return a patch embedding of one map position per token, for a stored grid of positions."""
    from timm.layers.patch_embed import PatchEmbed

    return PatchEmbed(
        grid, 1, channels, embed_dim, output_fmt='NHWC', flatten=False, strict_img_size=False
    )
