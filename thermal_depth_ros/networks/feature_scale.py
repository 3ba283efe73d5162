# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Random decoders for encoders whose features are not of unit size, such as pre-trained ones.

The start values of decoders suit features of about unit deviation. The features of
EfficientNet-Lite deviate by 3 to 12: disparities would start saturated. Their scale is taken into
the weights that read them, before training; encoder and architecture stay as they are.
"""

import torch
from torch import nn

from thermal_depth_ros.networks.decoder import MultiscaleDecoder, UpLevel
from thermal_depth_ros.networks.dpt_head import DPTHead, Reassemble
from thermal_depth_ros.networks.encoder import FeatureEncoder
from thermal_depth_ros.networks.hybrid import HybridBackbone
from thermal_depth_ros.networks.thermal_input import depth_input

_SIZE = (192, 320)
_DEVIATION = 0.2


def natural_noise() -> torch.Tensor:
    """Return a grey image (1, 1, H, W) in [0, 1] with the spectrum of photographs, 1 / f."""
    height, width = _SIZE
    noise = torch.randn(_SIZE, generator=torch.Generator().manual_seed(0))
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    frequency = (rows.square() + columns.square()).sqrt()
    frequency[0, 0] = 1.0
    image = torch.fft.irfft2(torch.fft.rfft2(noise) / frequency, s=_SIZE)
    image = 0.5 + _DEVIATION * (image - image.mean()) / image.std()
    result: torch.Tensor = image.clamp(0, 1)[None, None]
    return result


@torch.no_grad()
def fit_decoder(decoder: MultiscaleDecoder, encoder: FeatureEncoder) -> None:
    """Let the random weights of a decoder read the features of an encoder at unit deviation."""
    image = natural_noise().expand(-1, 3, -1, -1)
    features = encoder.eval()(image)
    scales = [float(feature.std()) if feature.numel() else 1.0 for feature in features]
    last = len(features) - 1
    for index, scale in enumerate(scales):
        if index == last:
            _divide(_level(decoder, last).before, scale)
        else:
            reader = _level(decoder, index + 1).after
            _divide(reader, scale, reader.in_channels - features[index].shape[1])


@torch.no_grad()
def fit_head(head: DPTHead, backbone: HybridBackbone) -> None:
    """Let the random weights of a DPT head read the maps of a stem at unit deviation."""
    taps = backbone.eval()(depth_input(natural_noise()))
    for reassemble, tap in list(zip(head.reassemble, taps, strict=True))[
        : len(backbone.map_channels)
    ]:
        assert isinstance(reassemble, Reassemble)
        _divide(reassemble.project, float(tap.patches.std()))


def _level(decoder: MultiscaleDecoder, index: int) -> UpLevel:
    level = decoder.levels[index]
    assert isinstance(level, UpLevel)
    return level


def _divide(conv: nn.Conv2d, scale: float, first: int = 0) -> None:
    """Divide the weights that read the channels from the first one on."""
    conv.weight[:, first:] /= scale
