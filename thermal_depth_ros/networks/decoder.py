# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Multi-scale decoder of Monodepth2, used for depth (1 channel) and semantics (19 channels)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from thermal_depth_ros.networks.elu import elu
from thermal_depth_ros.networks.precision import in_full_precision
from thermal_depth_ros.networks.resnet import WIDTH, feature_channels

SCALES = (0, 1, 2, 3)


class MirroredConv(nn.Conv2d):
    """A 3x3 convolution that mirrors the map at its border."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1, padding_mode='reflect')

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return (B, outputs, h, w) for x (B, inputs, h, w)."""
        if x.device.type != 'cpu' or not torch.is_autocast_enabled('cpu'):
            return super().forward(x)
        # On a CPU, autocast would pad in float32, and convert the map there and back.
        with torch.autocast('cpu', enabled=False):
            padded = F.pad(x, (1, 1, 1, 1), mode='reflect')
        return F.conv2d(padded, self.weight, self.bias)


class UpLevel(nn.Module):
    """One level: convolve, double, append the encoder's feature, convolve."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.before = MirroredConv(inputs, outputs)
        self.after = MirroredConv(outputs + skip, outputs)

    def forward(self, x: torch.Tensor, skip: torch.Tensor | None) -> torch.Tensor:
        """Return (B, outputs, 2h, 2w) for x (B, inputs, h, w)."""
        x = F.interpolate(elu(self.before(x)), scale_factor=2, mode='nearest')
        if skip is not None:
            x = torch.cat([x, skip], dim=1)
        return elu(self.after(x))


class MultiscaleDecoder(nn.Module):
    """Decode the features of an encoder to maps at full, half, quarter and eighth size.

    Args:
        out_channels: Number of output channels per scale.
        encoder_width: Channels of the first stage of a ResNet-18; levels have a quarter of it at
            full size, twice as many at each coarser one.
        exact: Keep all digits of the maps under autocast; see `in_full_precision`.
        features: Channels of the five features, fine to coarse; those of the ResNet-18 if None.
    """

    def __init__(
        self,
        out_channels: int,
        encoder_width: int = WIDTH,
        exact: bool = False,
        features: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self._exact = exact
        features = feature_channels(encoder_width) if features is None else tuple(features)
        widths = tuple(encoder_width * 2**level // 4 for level in range(5))
        coarse = (*widths[1:], features[-1])
        skips = (0, *features[:-1])
        self.levels = nn.ModuleList(
            UpLevel(inputs, skip, outputs)
            for inputs, skip, outputs in zip(coarse, skips, widths, strict=True)
        )
        self.outputs = nn.ModuleList(MirroredConv(widths[scale], out_channels) for scale in SCALES)

    def forward(
        self, features: Sequence[torch.Tensor], scales: int = len(SCALES)
    ) -> tuple[torch.Tensor, ...]:
        """Return maps (B, out_channels, H / 2^s, W / 2^s), s = 0..scales - 1, without activation.

        Args:
            features: Five encoder features, fine to coarse.
            scales: Number of maps, at most four.
        """
        maps: dict[int, torch.Tensor] = {}
        x = features[-1]
        for level in (4, 3, 2, 1, 0):
            x = self.levels[level](x, features[level - 1] if level else None)
            if level in SCALES[:scales]:
                maps[level] = self._map(self.outputs[level], x)
        return tuple(maps[scale] for scale in SCALES[:scales])

    def _map(self, output: nn.Module, x: torch.Tensor) -> torch.Tensor:
        assert isinstance(output, nn.Conv2d)
        return in_full_precision(output, x) if self._exact else output(x)


class NoDecoder(nn.Module):
    """Stand-in for an absent decoder."""

    def forward(
        self, features: Sequence[torch.Tensor], scales: int = len(SCALES)
    ) -> tuple[torch.Tensor, ...]:
        """Return no maps."""
        return ()
