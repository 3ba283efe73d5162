# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Vision transformer backbone: the feature maps of four blocks of any timm ViT."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.networks.adapters import ConvAdapter
from thermal_depth_ros.networks.architecture import DEFAULT_BACKBONE
from thermal_depth_ros.networks.position import interpolate_position
from thermal_depth_ros.networks.timm_vit import (
    BackboneError,
    create_vit,
    is_rotary,
    registers_of,
)


@dataclasses.dataclass(frozen=True)
class Tap:
    """Features of one block for the head: `patches` (B, C, gh, gw), `cls` (B, C) or None."""

    patches: torch.Tensor
    cls: torch.Tensor | None


class VisionBackbone(nn.Module):
    """Any plain timm ViT (learned or rotary positions), tapped after four of its blocks.

    The module is timm's own; only
    the interpolation of the position embedding differs, because DINOv2's weights were trained
    with another one than timm's (see `interpolate_position`).

    `adapters` starts empty: a module stored there under the index of a block, as a string, maps
    that block's patch map (B, C, gh, gw) to a new one before the next block and the tap see it
    (see `add_adapters`).

    Args:
        name: Timm model name, for example 'vit_small_patch14_dinov2.lvd142m'.
        taps: Indices of the four tapped blocks, ascending; empty for the last of each quarter.
        mask_token: Keep DINOv2's unused mask token, so that its checkpoints load and save
            completely; by default for names with 'dinov2' and no registers.
        position_offset, position_antialias: See `interpolate_position`; None takes what the
            published weights were made with (0.1 and off, with registers 0 and on).
        timm_args: Further arguments of the timm model, such as depth or embed_dim.
        tap_norm: Apply the final LayerNorm to the output of each tapped block.

    Raises:
        BackboneError: Unknown name, not a plain ViT, or taps outside its blocks.
    """

    def __init__(
        self,
        name: str = DEFAULT_BACKBONE,
        taps: Sequence[int] = (),
        mask_token: bool | None = None,
        position_offset: float | None = None,
        position_antialias: bool | None = None,
        timm_args: Mapping[str, Any] | None = None,
        tap_norm: bool = False,
    ) -> None:
        super().__init__()
        self.name = name
        self.tap_norm = tap_norm
        self.vit: Any = create_vit(name, dict(timm_args or {}))
        self.taps = self._checked_taps(tuple(taps), len(self.vit.blocks))
        self.adapters: Any = nn.ModuleDict()
        registers = registers_of(self.vit)
        published = 'dinov2' in name
        sized = published and registers > 0  # how DINOv2 with registers resizes
        if position_offset is None:
            position_offset = 0.0 if sized else 0.1
        self.position_offset = position_offset
        self.position_antialias = sized if position_antialias is None else position_antialias
        if mask_token is None:
            mask_token = published and not registers
        self.mask_token = (
            nn.Parameter(torch.zeros(1, self.embed_dim), requires_grad=False)
            if mask_token
            else None
        )

    @property
    def embed_dim(self) -> int:
        """Number of channels of the taps of transformer blocks."""
        return int(self.vit.embed_dim)

    @property
    def map_channels(self) -> tuple[int, ...]:
        """Channels of the leading taps that are convolutional maps; a plain ViT has none."""
        return ()

    @property
    def patch_size(self) -> int:
        """Pixels per patch side; the input must be a multiple of it."""
        return int(self.vit.patch_embed.feat_ratio())

    @property
    def has_class_token(self) -> bool:
        """Whether the taps carry a class token."""
        return self.vit.cls_token is not None

    @property
    def used_blocks(self) -> nn.Sequential:
        """The blocks that run: those up to the last tap."""
        blocks: nn.Sequential = self.vit.blocks[: self.taps[-1] + 1]
        return blocks

    def unused(self) -> list[nn.Module | nn.Parameter]:
        """Return the parts no tap depends on: later blocks, unused norms, the mask token."""
        vit = self.vit
        norm = None if self.tap_norm else vit.norm
        parts = [vit.blocks[self.taps[-1] + 1 :], norm, vit.fc_norm, self.mask_token]
        return [part for part in parts if part is not None]

    @property
    def adapter_channels(self) -> int:
        """Inner channels of the convolutional adapters, 0 without them."""
        return max((adapter.down.out_channels for adapter in self.adapters.values()), default=0)

    def add_adapters(self, channels: int) -> None:
        """Put a new convolutional adapter at the end of every block that runs."""
        weight = next(self.vit.blocks.parameters())
        for index in range(len(self.used_blocks)):
            adapter = ConvAdapter(self.embed_dim, channels)
            self.adapters[str(index)] = adapter.to(weight.device, weight.dtype)

    def forward(self, image: torch.Tensor) -> list[Tap]:
        """Return the four taps, shallow to deep, of images (B, 3, H, W).

        Raises:
            ValueError: H or W is not a multiple of the patch size.
        """
        self._check_size(image)
        return self._run_blocks(image)

    @staticmethod
    def default_taps(depth: int) -> tuple[int, ...]:
        """Return the last block of each quarter: (2, 5, 8, 11) for 12 blocks."""
        return tuple(math.ceil(depth * quarter / 4) - 1 for quarter in (1, 2, 3, 4))

    def _checked_taps(self, taps: tuple[int, ...], depth: int) -> tuple[int, ...]:
        """Return the taps, or the default ones, after checking them against the depth."""
        default = self.default_taps(depth)
        taps = taps or default
        ascending = all(a <= b for a, b in zip(taps, taps[1:], strict=False))
        if len(taps) != len(default) or not ascending or taps[0] < 0 or taps[-1] >= depth:
            raise BackboneError(
                f'backbone {self.name!r}: taps {list(taps)} are not {len(default)} ascending '
                f'blocks of {depth}'
            )
        return taps

    def _check_size(self, image: torch.Tensor) -> None:
        height, width = image.shape[-2:]
        if height % self.patch_size or width % self.patch_size:
            raise ValueError(
                f'{self.name}: image size {height}x{width} is not a multiple of the patch size '
                f'{self.patch_size}'
            )

    def _run_blocks(self, x: torch.Tensor) -> list[Tap]:
        """Return the tapped blocks' outputs for what the patch embedding takes."""
        tokens, rotary, grid = self._embed(x)
        taps = []
        for index, block in enumerate(self.used_blocks):
            tokens = self._run_block(index, block, tokens, rotary, grid)
            taps += [self._tap(tokens, grid)] * self.taps.count(index)
        return taps

    def position_embedding(self, grid: tuple[int, int]) -> torch.Tensor:
        """Return the learned position embedding for a patch grid (gh, gw)."""
        prefix = 0 if self.vit.no_embed_class else self.vit.num_prefix_tokens
        return interpolate_position(
            self.vit.pos_embed,
            prefix,
            self.vit.patch_embed.grid_size,
            grid,
            self.position_offset,
            self.position_antialias,
        )

    def _embed(
        self, image: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None, tuple[int, int]]:
        """Return tokens (B, N, C) before the first block, rotary embedding, patch grid."""
        vit = self.vit
        patches = vit.patch_embed(image)
        batch, *grid, channels = patches.shape
        if is_rotary(vit):
            tokens, rotary = vit._pos_embed(patches)
            return vit.norm_pre(tokens), rotary, tuple(grid)
        tokens = patches.reshape(batch, -1, channels)
        position = self.position_embedding(tuple(grid)) if vit.pos_embed is not None else None
        if vit.no_embed_class and position is not None:
            tokens = tokens + position
        prefix = [
            token.expand(batch, -1, -1)
            for token in (vit.cls_token, vit.reg_token)
            if token is not None
        ]
        tokens = torch.cat([*prefix, tokens], dim=1)
        if not vit.no_embed_class and position is not None:
            tokens = tokens + position
        return vit.norm_pre(vit.patch_drop(vit.pos_drop(tokens))), None, tuple(grid)

    def _run_block(
        self,
        index: int,
        block: nn.Module,
        tokens: torch.Tensor,
        rotary: torch.Tensor | None,
        grid: tuple[int, int],
    ) -> torch.Tensor:
        """Run one block and, if present, its adapter."""
        if rotary is None:
            tokens = block(tokens)
        else:
            mixed = getattr(self.vit, 'rope_mixed', False)
            tokens = block(tokens, rope=rotary[index] if mixed else rotary)
        if str(index) not in self.adapters:
            return tokens
        patches = self.adapters[str(index)](self._patch_map(tokens, grid))
        prefix = tokens[:, : self.vit.num_prefix_tokens]
        return torch.cat([prefix, patches.flatten(2).transpose(1, 2)], dim=1)

    def _patch_map(self, tokens: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
        """Return the patch tokens as a map (B, C, gh, gw)."""
        patches = tokens[:, self.vit.num_prefix_tokens :].transpose(1, 2)
        return patches.reshape(*patches.shape[:2], *grid)

    def _tap(self, tokens: torch.Tensor, grid: tuple[int, int]) -> Tap:
        if self.tap_norm:
            tokens = self.vit.norm(tokens)
        return Tap(self._patch_map(tokens, grid), tokens[:, 0] if self.has_class_token else None)
