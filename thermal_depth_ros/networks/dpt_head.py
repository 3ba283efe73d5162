# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""DPT head: four feature maps of a vision transformer -> one dense map.

Vision Transformers for Dense Prediction (Ranftl et al., ICCV 2021), with the choices of one of two
publications:

| | `dinov2`: depth heads of DINOv2 | `depth_anything`: Depth Anything V2 |
|---|---|---|
| residual units | without bias | with bias |
| fused map | doubled; skips are resized to it | resized to the next skip; the last doubled |
| after fusion | 3x3 convolution and ReLU | nothing |
| size of the result | twice the fused map | that of the image |
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from thermal_depth_ros.networks.architecture import (
    DEPTH_ANYTHING_HEAD,
    DINOV2_HEAD,
    HEADS,
    READOUTS,
)
from thermal_depth_ros.networks.precision import in_full_precision
from thermal_depth_ros.networks.vit import Tap

_TAIL_WIDTH = 32
_SCALES = (4, 2, 1, 0.5)  # of the reassembled maps, relative to the patch grid


class Reassemble(nn.Module):
    """Turn one tap into a map: read the class token out, project, resample.

    `scale` is 4, 2, 1 or 0.5 times the patch grid.
    """

    def __init__(self, embed_dim: int, width: int, scale: float, readout: str) -> None:
        super().__init__()
        self.readout_kind = readout
        self.readout = nn.Linear(2 * embed_dim, embed_dim) if readout == 'project' else None
        self.project = nn.Conv2d(embed_dim, width, 1)
        self.resample: nn.Module = nn.Identity()
        if scale > 1:
            factor = int(scale)
            self.resample = nn.ConvTranspose2d(width, width, factor, stride=factor)
        elif scale < 1:
            self.resample = nn.Conv2d(width, width, 3, stride=2, padding=1)

    def forward(self, tap: Tap, layout: torch.memory_format | None = None) -> torch.Tensor:
        """Return (B, width, scale * gh, scale * gw), in the requested memory layout."""
        x = self._read_out(tap.patches, tap.cls)
        if layout is not None:
            x = x.contiguous(memory_format=layout)
        level: torch.Tensor = self.resample(self.project(x))
        return level

    def _read_out(self, patches: torch.Tensor, cls: torch.Tensor | None) -> torch.Tensor:
        """Mix the class token into every patch; 'project' is GELU(Linear([patch, cls]))."""
        if self.readout_kind == 'ignore':
            return patches
        if cls is None:
            raise ValueError(f'readout {self.readout_kind!r} needs a class token')
        if self.readout is None:
            return patches + cls[:, :, None, None]
        tokens = patches.flatten(2).transpose(1, 2)
        both = torch.cat([tokens, cls[:, None].expand_as(tokens)], dim=-1)
        return F.gelu(self.readout(both)).transpose(1, 2).reshape(patches.shape)


class ResidualConvUnit(nn.Module):
    """x + conv(ReLU(conv(ReLU(x)))), 3x3."""

    def __init__(self, channels: int, bias: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=bias)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a map of the same shape."""
        change: torch.Tensor = self.conv2(F.relu(self.conv1(F.relu(x))))
        return x + change


class Fusion(nn.Module):
    """Add a skip to the running map, refine, enlarge, mix channels."""

    def __init__(self, channels: int, with_skip: bool, bias: bool = False) -> None:
        super().__init__()
        self.skip_unit = ResidualConvUnit(channels, bias) if with_skip else None
        self.unit = ResidualConvUnit(channels, bias)
        self.project = nn.Conv2d(channels, channels, 1)

    def forward(
        self,
        x: torch.Tensor,
        skip: torch.Tensor | None = None,
        size: torch.Size | None = None,
    ) -> torch.Tensor:
        """Return (B, channels, *size) for x (B, channels, h, w); the size is (2h, 2w) if None."""
        if self.skip_unit is not None and skip is not None:
            if skip.shape[-2:] != x.shape[-2:]:
                skip = F.interpolate(skip, x.shape[-2:], mode='bilinear', align_corners=False)
            x = x + self.skip_unit(skip)
        x = self.unit(x)
        fused: torch.Tensor = self.project(double(x) if size is None else enlarged(x, size))
        return fused


def double(x: torch.Tensor) -> torch.Tensor:
    """Double height and width."""
    return enlarged(x, (2 * x.shape[-2], 2 * x.shape[-1]))


def enlarged(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Resize to (height, width), bilinear with aligned corners as in DPT."""
    return F.interpolate(x, tuple(size), mode='bilinear', align_corners=True)


class DPTHead(nn.Module):
    """Reassemble four taps, fuse them coarse to fine, predict one channel.

    Args:
        embed_dim: Channels of the taps.
        channels: Channels of the fused maps.
        post_process_channels: Channels of the reassembled maps, shallow to deep.
        readout: Handling of the class token: 'project', 'add' or 'ignore'.
        map_channels: Channels of leading taps that are convolutional maps. They come at 1/4 and 1/8
            of the image already and carry no class token, so they are only projected.
        style: Whose choices: 'dinov2' or 'depth_anything'.
        patch_size: Pixels per patch side, for the size of the result of 'depth_anything'.

    `layout` is the memory format of the maps, unchanged if None; it affects only speed.
    """

    def __init__(
        self,
        embed_dim: int,
        channels: int = 256,
        post_process_channels: Sequence[int] = (96, 192, 384, 768),
        readout: str = 'project',
        map_channels: Sequence[int] = (),
        style: str = DINOV2_HEAD,
        patch_size: int = 14,
    ) -> None:
        super().__init__()
        if style not in HEADS:
            raise ValueError(f'head {style!r} is not one of {", ".join(HEADS)}')
        anything = style == DEPTH_ANYTHING_HEAD
        self.pixels_per_patch = patch_size if anything else None
        if readout not in READOUTS:
            raise ValueError(f'readout {readout!r} is not one of {", ".join(READOUTS)}')
        self.readout = readout
        self.layout: torch.memory_format | None = None
        maps = len(map_channels)
        self.reassemble = nn.ModuleList(
            Reassemble(map_channels[i], width, 1, 'ignore')
            if i < maps
            else Reassemble(embed_dim, width, _SCALES[i], readout)
            for i, width in enumerate(post_process_channels)
        )
        self.adjust = nn.ModuleList(
            nn.Conv2d(width, channels, 3, padding=1, bias=False) for width in post_process_channels
        )
        self.fusion = nn.ModuleList(Fusion(channels, i > 0, bias=anything) for i in range(4))
        self.project = None if anything else nn.Conv2d(channels, channels, 3, padding=1)
        self.tail1 = nn.Conv2d(channels, channels // 2, 3, padding=1)
        self.tail2 = nn.Conv2d(channels // 2, _TAIL_WIDTH, 3, padding=1)
        self.tail3 = nn.Conv2d(_TAIL_WIDTH, 1, 1)

    def forward(self, taps: Sequence[Tap]) -> torch.Tensor:
        """Return (B, 1, h, w) before any activation.

        19x23 patches of 14 pixels give 320x384, in the style of Depth Anything 266x322.

        Args:
            taps: Four taps, shallow to deep; those of transformer blocks on the same patch grid.
        """
        maps = [
            adjust(reassemble(tap, self.layout))
            for adjust, reassemble, tap in zip(self.adjust, self.reassemble, taps, strict=True)
        ]
        running = self.tail1(self._fused(maps))
        if self.pixels_per_patch is None:
            running = double(running)
        else:
            grid = taps[-1].patches.shape[-2:]
            running = enlarged(running, [side * self.pixels_per_patch for side in grid])
        return in_full_precision(self.tail3, F.relu(self.tail2(running)))

    def _fused(self, maps: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the maps, shallow to deep, fused from the deepest one on."""
        running = maps[3]
        for index, fusion in enumerate(self.fusion):
            skip = maps[3 - index] if index else None
            to_next = self.pixels_per_patch is not None and index < 3
            size = maps[2 - index].shape[-2:] if to_next else None
            running = fusion(running, skip, size)
        return running if self.project is None else F.relu(self.project(running))
