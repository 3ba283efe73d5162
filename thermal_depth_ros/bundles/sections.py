# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Composite sections of `bundle.yaml`."""

import dataclasses
import re

from thermal_depth_ros.base import rules
from thermal_depth_ros.base.settings import checked
from thermal_depth_ros.networks.architecture import MODEL_FILE

DTYPES = ('fp32', 'fp16', 'bf16')
WEIGHTS_FILE = 'weights.safetensors'  # the only other file that is read
_FILE = rules.rule(lambda v: v == WEIGHTS_FILE, WEIGHTS_FILE)
_SHA256 = rules.rule(
    lambda v: isinstance(v, str) and re.fullmatch(r'[0-9a-f]{64}', v) is not None,
    '64 hexadecimal digits',
)
_TRUE = rules.rule(lambda v: v is True, 'true')
_PIXELS = rules.number(-1e5, 1e5)


@dataclasses.dataclass(frozen=True)
class Scale:
    """Metric scale of the depth and translation of the networks."""

    metric: bool = checked(rules.flag())
    factor: float = checked(rules.number(1e-6, 1e6))  # metres per unit
    source: str = checked(rules.text())  # origin of the factor, in words


FIT_SOURCES = ('depth', 'lidar', 'motion', 'parallax', 'ground')


@dataclasses.dataclass(frozen=True)
class ScaleFit:
    """What `thermal-depth fit-scale` found: depth_m = 1 / (scale * x + shift), and from what.

    x is the output of the network: its last layer where `architecture.output` is
    inverse_depth_relative, otherwise its disparity in network units, whose shift is 0.
    """

    source: str = checked(rules.one_of(FIT_SOURCES))
    topics: tuple[str, ...] = checked(rules.items(rules.text(500), range(17)))
    recordings: tuple[str, ...] = checked(rules.items(rules.text(1000), range(65)))
    frames: int = checked(rules.integer(1, 1e9))
    pixels: int = checked(rules.integer(0, 1e12))  # 0 for motion alone
    scale: float = checked(rules.number(1e-9, 1e9))  # 1/m
    shift: float = checked(rules.number(-1e4, 1e4))  # 1/m
    scale_error: float = checked(rules.number(0, 1e9))  # standard errors
    shift_error: float = checked(rules.number(0, 1e9))
    relative_error: float | None = checked(
        rules.either(rules.NOTHING, rules.number(0, 1e9)), None
    )  # median of the depth


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Corrections of what a bundle says about its own certainty, fitted in validation.

    They change probabilities and covariances, but no class, depth or pose.
    """

    temperature: float | None = checked(
        rules.either(rules.NOTHING, rules.number(0.01, 100)), None
    )  # that the class logits are divided by
    covariance_scale: float | None = checked(
        rules.either(rules.NOTHING, rules.number(1e-6, 1e6)), None
    )  # factor of the covariances of odometry
    source: str = checked(rules.text(500), '')  # what they were fitted to, in words


@dataclasses.dataclass(frozen=True)
class Intrinsics:
    """Intrinsics in pixels of the camera the bundle was trained with, at its training size."""

    width: int = checked(rules.integer(1, 65536))
    height: int = checked(rules.integer(1, 65536))
    fx: float = checked(rules.number(1e-3, 1e5))
    fy: float = checked(rules.number(1e-3, 1e5))
    cx: float = checked(_PIXELS)
    cy: float = checked(_PIXELS)


@dataclasses.dataclass(frozen=True)
class StoredWeights:
    """Weights in a file next to `bundle.yaml`.

    `untrained_parts` names the parts in the file that were initialised randomly and never trained.
    """

    file: str = checked(_FILE)
    sha256: str = checked(_SHA256)
    dtype: str = checked(rules.one_of(DTYPES))
    untrained_parts: tuple[str, ...] = checked(rules.items(rules.text(100), range(65)), ())


@dataclasses.dataclass(frozen=True)
class StoredModel:
    """An ONNX file next to `bundle.yaml`, which has the weights."""

    file: str = checked(rules.one_of((MODEL_FILE,)))
    sha256: str = checked(_SHA256)
    untrained_parts: tuple[str, ...] = checked(rules.items(rules.text(100), range(65)), ())


@dataclasses.dataclass(frozen=True)
class SeedWeights:
    """No stored weights: they are initialised from a seed when the bundle is loaded."""

    untrained: bool = checked(_TRUE)
    seed: int = checked(rules.integer(0, 2**31 - 1))
