# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""DPT head: four feature maps of a vision transformer -> one dense map.

Vision Transformers for Dense Prediction (Ranftl et al., ICCV 2021), with the choices of the
depth heads published with DINOv2: 3x3 fusion convolutions without bias, and skips resized to the
running map where the grids are odd.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from thermal_depth_ros.networks.architecture import READOUTS
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
    """x + conv(ReLU(conv(ReLU(x)))), 3x3 without bias."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a map of the same shape."""
        change: torch.Tensor = self.conv2(F.relu(self.conv1(F.relu(x))))
        return x + change


class Fusion(nn.Module):
    """Add a skip to the running map, refine, double the size, mix channels."""

    def __init__(self, channels: int, with_skip: bool) -> None:
        super().__init__()
        self.skip_unit = ResidualConvUnit(channels) if with_skip else None
        self.unit = ResidualConvUnit(channels)
        self.project = nn.Conv2d(channels, channels, 1)

    def forward(self, x: torch.Tensor, skip: torch.Tensor | None = None) -> torch.Tensor:
        """Return (B, channels, 2h, 2w) for x (B, channels, h, w)."""
        if self.skip_unit is not None and skip is not None:
            if skip.shape[-2:] != x.shape[-2:]:
                skip = F.interpolate(skip, x.shape[-2:], mode='bilinear', align_corners=False)
            x = x + self.skip_unit(skip)
        fused: torch.Tensor = self.project(double(self.unit(x)))
        return fused


def double(x: torch.Tensor) -> torch.Tensor:
    """Double height and width, bilinear with aligned corners as in DPT."""
    return F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=True)


class DPTHead(nn.Module):
    """Reassemble four taps, fuse them coarse to fine, predict one channel.

    Args:
        embed_dim: Channels of the taps.
        channels: Channels of the fused maps.
        post_process_channels: Channels of the reassembled maps, shallow to deep.
        readout: Handling of the class token: 'project', 'add' or 'ignore'.
        map_channels: Channels of leading taps that are convolutional maps. They come at 1/4 and 1/8
            of the image already and carry no class token, so they are only projected.

    `layout` is the memory format of the maps, unchanged if None; it affects only speed.
    """

    def __init__(
        self,
        embed_dim: int,
        channels: int = 256,
        post_process_channels: Sequence[int] = (96, 192, 384, 768),
        readout: str = 'project',
        map_channels: Sequence[int] = (),
    ) -> None:
        super().__init__()
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
        self.fusion = nn.ModuleList(Fusion(channels, with_skip=i > 0) for i in range(4))
        self.project = nn.Conv2d(channels, channels, 3, padding=1)
        self.tail1 = nn.Conv2d(channels, channels // 2, 3, padding=1)
        self.tail2 = nn.Conv2d(channels // 2, _TAIL_WIDTH, 3, padding=1)
        self.tail3 = nn.Conv2d(_TAIL_WIDTH, 1, 1)

    def forward(self, taps: Sequence[Tap]) -> torch.Tensor:
        """Return (B, 1, h, w) before any activation; 19x23 patches give 320x384.

        Args:
            taps: Four taps, shallow to deep; those of transformer blocks on the same patch grid.
        """
        maps = [
            adjust(reassemble(tap, self.layout))
            for adjust, reassemble, tap in zip(self.adjust, self.reassemble, taps, strict=True)
        ]
        running = self.fusion[0](maps[3])
        for fusion, skip in zip(self.fusion[1:], reversed(maps[:3]), strict=True):
            running = fusion(running, skip)
        running = F.relu(self.project(running))
        return in_full_precision(self.tail3, F.relu(self.tail2(double(self.tail1(running)))))
