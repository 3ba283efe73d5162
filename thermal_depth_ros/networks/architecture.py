# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Architecture options of the networks of each kind of bundle; defaults are those of the papers.

This module imports no torch: model bundles are listed and checked without it.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from thermal_depth_ros.base import rules, settings
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.settings import checked
from thermal_depth_ros.networks.timm_arguments import STEM_ARGUMENTS, VIT_ARGUMENTS

DEFAULT_BACKBONE = 'vit_base_patch14_dinov2.lvd142m'
READOUTS = ('project', 'ignore', 'add')
BORDERS = ('pad', 'resize', 'resize_up')
HEADS = DINOV2_HEAD, DEPTH_ANYTHING_HEAD = ('dinov2', 'depth_anything')
INPUT_FITS = EXACT, LOWER_BOUND, UPPER_BOUND = ('exact', 'lower_bound', 'upper_bound')
DISPARITY, RELATIVE, DEPTH_M = OUTPUTS = ('disparity', 'inverse_depth_relative', 'depth_m')
KINDS = ('thermal', 'rgb', 'translation')
SIZE_MULTIPLE = 32  # of both sides of an RGB input
MIN_SIZE = 64
DIRECTIONS = ('day_to_night', 'night_to_day')  # the networks of a translation
TRANSLATION_LEVELS = 2  # stride-2 levels of the generators
TRANSLATION_MULTIPLE = 2**TRANSLATION_LEVELS  # of both sides of a translated image
MIN_DISCRIMINATOR_SIDE = 24  # smallest side of an image that a discriminator supports

_TIMM_NAME = rules.either(rules.one_of(('',)), rules.text(200))
_MEANS = rules.items(rules.number(0.0, 1.0), (0, 3))
_DEVIATIONS = rules.items(rules.number(1e-3, 10.0), (0, 3))


def translation_size_fits(side: int) -> bool:
    """Whether the generators support images with a side of this length."""
    return side > 0 and side % TRANSLATION_MULTIPLE == 0


def size_fits(side: int) -> bool:
    """Whether the RGB networks support images with a side of this length."""
    return side >= MIN_SIZE and side % SIZE_MULTIPLE == 0


class ArchitectureError(ThermalDepthError, ValueError):
    """The architecture is not one of this package; the message names every bad field."""


@dataclasses.dataclass(frozen=True)
class OutputArchitecture:
    """What the last layer x of a depth network means, and the disparity that everything else uses.

    | `output` | disparity, the inverse of depth |
    |---|---|
    | `disparity` | 10 sigmoid(x) + 0.01, up to the scale of the bundle |
    | `inverse_depth_relative` | `output_scale` * ReLU(x) + `output_shift` |
    | `depth_m` | 1 / (`output_max_depth_m` * sigmoid(x)) |

    Scale and shift of `inverse_depth_relative` are unknown where a network is imported.
    """

    output: str = checked(rules.one_of(OUTPUTS), DISPARITY)
    output_scale: float = checked(rules.number(1e-9, 1e9), 1.0)
    output_shift: float = checked(rules.number(-1e4, 1e4), 0.0)
    output_max_depth_m: float = checked(rules.number(0.1, 1e5), 80.0)


@dataclasses.dataclass(frozen=True)
class DptArchitecture(OutputArchitecture):
    """Vision transformer with DPT head, as published with DINOv2 or by Depth Anything V2.

    `tap_norm` applies the final LayerNorm to each tap. `input_fit` says what the networks are fed:
    'exact' the input size of the bundle; 'lower_bound' and 'upper_bound' an image of any aspect
    ratio whose sides are multiples of the patch size, both at least or at most as long.
    `adapter_channels` are the inner channels of the convolutional adapters at the end of each
    block, which training adds in stage two (4 in the paper); 0 for none.
    """

    backbone: str = checked(rules.text(200), DEFAULT_BACKBONE)
    backbone_args: Mapping[str, Any] = checked(VIT_ARGUMENTS, {})
    tap_norm: bool = checked(rules.flag(), False)
    taps: tuple[int, ...] = checked(rules.items(rules.integer(0, 1023), (0, 2, 4)), ())
    position_offset: float | None = checked(rules.either(rules.NOTHING, rules.number(0, 0.5)), None)
    position_antialias: bool | None = checked(rules.either(rules.NOTHING, rules.flag()), None)
    head: str = checked(rules.one_of(HEADS), DINOV2_HEAD)
    readout: str = checked(rules.one_of(READOUTS), 'project')
    head_channels: int = checked(rules.integer(2, 4096), 256)
    head_widths: tuple[int, ...] = checked(
        rules.items(rules.integer(1, 8192), (4,)), (96, 192, 384, 768)
    )
    adapter_channels: int = checked(rules.integer(0, 4096), 0)
    border: str = checked(rules.one_of(BORDERS), 'pad')
    input_fit: str = checked(rules.one_of(INPUT_FITS), EXACT)


@dataclasses.dataclass(frozen=True)
class ThermalArchitecture(DptArchitecture):
    """Fan et al. 2024: vision transformer with DPT head, and the pose CNN.

    `stem` puts the stages of a timm convolutional network down to 1/16 of the image in the place
    of the patch embedding (see `HybridBackbone`); `taps` are then two blocks instead of four.
    `stem_mean` and `stem_deviation` are those of the images in [0, 1] that the stem was
    trained on; empty for ImageNet's, like the rest of the network.
    Without channels per image there is no pose network.
    """

    stem: str = checked(_TIMM_NAME, '')
    stem_args: Mapping[str, Any] = checked(STEM_ARGUMENTS, {})
    stem_mean: tuple[float, ...] = checked(_MEANS, ())
    stem_deviation: tuple[float, ...] = checked(_DEVIATIONS, ())
    pose_channels: int = checked(
        rules.rule(lambda v: type(v) is int and v in (0, 1, 3), '0, 1 or 3'), 1
    )
    pose_width: int = checked(rules.integer(1, 1024), 64)
    # Pixels of the input, along each axis, that the pose network sees as one
    pose_downsampling: int = checked(rules.integer(1, 16), 1)


@dataclasses.dataclass(frozen=True)
class RgbArchitecture:
    """DepthSegNet24 with its light enhancement, and PoseNet.

    Without classes there is no semantic decoder, with light_width 0 no light enhancement; without
    both it is the depth network of Monodepth2, the daytime teacher of DepthSegNet24.
    `encoder_width` is the number of channels of the first stage of both encoders, 64 in the paper;
    everything behind it, down to the decoders, is in proportion.

    `encoder` and `pose_encoder` name timm networks in the place of the ResNet-18 of the paper
    (see `FeatureEncoder`); `encoder_width` then decides the widths of the decoders alone.
    `encoder_args` are arguments of both. `encoder_mean` and `encoder_deviation` per colour are
    those of the images in [0, 1] that both were trained on; empty for timm's.
    """

    n_classes: int = checked(rules.integer(0, 255), 19)
    encoder: str = checked(_TIMM_NAME, '')
    encoder_args: Mapping[str, Any] = checked(STEM_ARGUMENTS, {})
    encoder_mean: tuple[float, ...] = checked(_MEANS, ())
    encoder_deviation: tuple[float, ...] = checked(_DEVIATIONS, ())
    encoder_width: int = checked(rules.integer(4, 1024), 64)
    pose_encoder: str = checked(_TIMM_NAME, '')
    light_downsamplings: int = checked(rules.integer(0, 5), 1, renamed_from='light_down')
    light_blocks: int = checked(rules.integer(0, 32), 0)
    light_width: int = checked(rules.integer(0, 1024), 64)
    min_depth: float = checked(rules.number(1e-3, 1e3), 0.1)
    max_depth: float = checked(rules.number(1e-2, 1e5), 100.0)


@dataclasses.dataclass(frozen=True)
class RgbDptArchitecture(DptArchitecture):
    """Depth alone, from a vision transformer: an imported Depth Anything V2. No pose network."""


MODEL_FILE = 'model.onnx'
MODEL_OUTPUTS = INVERSE_DEPTH, MODEL_DISPARITY, MODEL_DEPTH_M, MODEL_LOGITS = (
    'inverse_depth',
    'disparity',
    'depth_m',
    'logits',
)


@dataclasses.dataclass(frozen=True)
class OnnxArchitecture(OutputArchitecture):
    """A network that others have exported as ONNX: what it takes, and what its output y means.

    | `model_output` | meaning of y |
    |---|---|
    | `inverse_depth` | inverse depth is `output_scale` * y + `output_shift` |
    | `disparity` | positive inverse depth, up to the scale of the bundle |
    | `depth_m` | depth, up to the scale of the bundle (1 where it is metres) |
    | `logits` | scores of the classes (1, C, h, w) |

    It is fed (`value_range` * image - `mean`) / `deviation` of an image in [0, 1]; mean and
    deviation are therefore in the unit of the range. A grey image fills all `channels`.
    `pose_bundle` names a thermal bundle whose pose network estimates motion.
    """

    model: str = checked(rules.one_of((MODEL_FILE,)), MODEL_FILE)
    model_output: str = checked(rules.one_of(MODEL_OUTPUTS), MODEL_DEPTH_M)
    input_name: str = checked(rules.text(500), 'input')
    output_name: str = checked(rules.text(500), 'output')
    layout: str = checked(rules.one_of(('nchw', 'nhwc')), 'nchw')
    channels: int = checked(rules.rule(lambda v: type(v) is int and v in (1, 3), '1 or 3'), 3)
    channel_order: str = checked(rules.one_of(('rgb', 'bgr')), 'rgb')
    value_range: float = checked(rules.number(1e-3, 1e5), 1.0)
    mean: tuple[float, ...] = checked(rules.items(rules.number(-1e5, 1e5), (0, 1, 3)), ())
    deviation: tuple[float, ...] = checked(rules.items(rules.number(1e-3, 1e5), (0, 1, 3)), ())
    n_classes: int = checked(rules.integer(0, 255), 0)
    pose_bundle: str = checked(rules.either(rules.one_of(('',)), rules.text(4096)), '')


@dataclasses.dataclass(frozen=True)
class TranslationArchitecture:
    """The two generators of CycleGAN, between images by day and by night."""

    n_blocks: int = checked(rules.integer(0, 64), 9)
    width: int = checked(rules.integer(1, 1024), 64)


Architecture = (
    ThermalArchitecture
    | RgbArchitecture
    | RgbDptArchitecture
    | OnnxArchitecture
    | TranslationArchitecture
)
ARCHITECTURES: dict[str, type[Architecture]] = {
    'thermal': ThermalArchitecture,
    'rgb': RgbArchitecture,
    'translation': TranslationArchitecture,
}


def architecture_class(kind: str, values: Mapping[str, Any]) -> type[Architecture]:
    """Return the class of an architecture; an RGB one with a `backbone` is a vision transformer.

    One with a `model` is an ONNX file.
    """
    if kind in ('rgb', 'thermal') and 'model' in values:
        return OnnxArchitecture
    if kind == 'rgb' and 'backbone' in values:
        return RgbDptArchitecture
    return ARCHITECTURES[kind]


def architecture_problems(kind: str, values: Any, where: str = 'architecture') -> list[str]:
    """Return everything that is wrong with the architecture of a kind of bundle."""
    if kind not in ARCHITECTURES:
        return [f'kind: {rules.short(kind)} is not one of {", ".join(ARCHITECTURES)}']
    if not isinstance(values, Mapping):
        return [f'{where}: {rules.short(values)} is not a mapping']
    described = architecture_class(kind, values)
    problems = settings.problems(described, values, where)
    if problems:
        return problems
    architecture = settings.construct(described, values)
    if isinstance(architecture, RgbArchitecture):
        if architecture.min_depth >= architecture.max_depth:
            limits = f'{architecture.min_depth} is not below max_depth {architecture.max_depth}'
            problems.append(f'{where}.min_depth: {limits}')
        uses = architecture.encoder or architecture.pose_encoder
        problems += _unused(where, values, 'encoder', bool(uses))
    elif isinstance(architecture, ThermalArchitecture):
        problems += _unused(where, values, 'stem', bool(architecture.stem))
    return problems


def _unused(where: str, values: Mapping[str, Any], role: str, used: bool) -> list[str]:
    """Report the statistics of a network of timm that is not there, and one without the other."""
    names = [f'{role}_mean', f'{role}_deviation']
    given = [name for name in names if values.get(name)]
    if given and not used:
        return [f'{where}.{name}: has no effect without a network of timm' for name in given]
    if len(given) == 1:
        return [f'{where}.{given[0]}: needs both of {" and ".join(names)}']
    return []


def make_architecture(kind: str, values: Mapping[str, Any]) -> Architecture:
    """Build the architecture of a kind of bundle from a mapping.

    Raises:
        ArchitectureError: Unknown kind or field, or a value out of range; all are named.
    """
    problems = architecture_problems(kind, values)
    if problems:
        raise ArchitectureError('; '.join(problems))
    return settings.construct(architecture_class(kind, values), values)
