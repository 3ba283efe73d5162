# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether an engine computes what PyTorch computes, on one pair of images."""

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import torch

from thermal_depth_ros.inference.engines.stages import DISPARITY, LOGITS, MOTION, TRANSLATED

MOST_DEPTH_ERROR = 0.01  # relative error of depth, 99th percentile
LEAST_CLASS_AGREEMENT = 0.995
MOST_IMAGE_ERROR = 0.01  # of a translated image, relative to its range
MOST_MOTION_ERROR = 0.01  # of translation and of rotation, relative to their lengths
COMPARED = (DISPARITY, f'{DISPARITY}_0', LOGITS, TRANSLATED, MOTION)  # names of outputs
_BLOCKS = 14


@dataclasses.dataclass(frozen=True)
class Agreement:
    """Comparison of the outputs of an engine with those of PyTorch in fp32.

    Attributes:
        finite: Whether all outputs are finite numbers.
        depth_error: 99th percentile of |z - z_torch| / z_torch over the image.
        class_agreement: Fraction of pixels with the same class.
        image_error: 99th percentile of |x - x_torch| / 2 of a translated image in [-1, 1].
        motion_error: |v - v_torch| / |v_torch| of translation or rotation, the larger one.
    """

    finite: bool = True
    depth_error: float | None = None
    class_agreement: float | None = None
    image_error: float | None = None
    motion_error: float | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """What is beyond the limits, in words."""
        if not self.finite:
            return ('its outputs are not finite',)
        found = []
        if self.depth_error is not None and not self.depth_error <= MOST_DEPTH_ERROR:
            found.append(f'depth differs by {self.depth_error:.2%} (p99), {MOST_DEPTH_ERROR:.0%}')
        if self.class_agreement is not None and self.class_agreement < LEAST_CLASS_AGREEMENT:
            found.append(
                f'{self.class_agreement:.2%} of the classes agree, {LEAST_CLASS_AGREEMENT:.1%}'
            )
        if self.image_error is not None and not self.image_error <= MOST_IMAGE_ERROR:
            found.append(f'images differ by {self.image_error:.2%} (p99), {MOST_IMAGE_ERROR:.0%}')
        if self.motion_error is not None and not self.motion_error <= MOST_MOTION_ERROR:
            found.append(f'motion differs by {self.motion_error:.2%}, {MOST_MOTION_ERROR:.0%}')
        return tuple(f'{problem} is the limit' for problem in found)

    def __str__(self) -> str:
        """Return the figures in words."""
        if not self.finite:
            return 'outputs are not finite'
        said = []
        if self.depth_error is not None:
            said.append(f'depth differs by {self.depth_error:.2g} (p99)')
        if self.class_agreement is not None:
            said.append(f'{self.class_agreement:.2%} of the classes agree')
        if self.image_error is not None:
            said.append(f'images differ by {self.image_error:.2g} (p99)')
        if self.motion_error is not None:
            said.append(f'motion differs by {self.motion_error:.2g}')
        return ', '.join(said)


def compare(reference: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]) -> Agreement:
    """Compare outputs by name; features are compared by what the decoders make of them."""
    outputs = {name: tensor for name, tensor in found.items() if not name.startswith('features')}
    if not all(bool(tensor.isfinite().all()) for tensor in outputs.values()):
        return Agreement(finite=False)
    depth = [name for name in (DISPARITY, f'{DISPARITY}_0') if name in outputs]
    return Agreement(
        depth_error=_depth_error(reference[depth[0]], outputs[depth[0]]) if depth else None,
        class_agreement=_classes(reference, outputs) if LOGITS in outputs else None,
        image_error=_image_error(reference, outputs) if TRANSLATED in outputs else None,
        motion_error=_motion_error(reference, outputs) if MOTION in outputs else None,
    )


def _depth_error(reference: torch.Tensor, found: torch.Tensor) -> float:
    """Return the 99th percentile of |1/d - 1/d_0| d_0 = |d_0 - d| / d of disparities."""
    reference, found = reference.double().cpu(), found.double().cpu()
    error = ((reference - found).abs() / found.abs().clamp_min(1e-12)).flatten()
    return float(np.percentile(error.numpy(), 99.0))


def _classes(reference: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]) -> float:
    best, other = (logits[LOGITS].cpu().argmax(1) for logits in (reference, found))
    return float((best == other).double().mean())


def _image_error(reference: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]) -> float:
    difference = (reference[TRANSLATED] - found[TRANSLATED]).abs().cpu() / 2.0
    return float(np.percentile(difference.numpy(), 99.0))


def _motion_error(
    reference: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]
) -> float:
    expected, vector = (values[MOTION].double().cpu()[0] for values in (reference, found))
    errors = []
    for part in (slice(0, 3), slice(3, 6)):
        length = float(expected[part].norm())
        difference = float((vector[part] - expected[part]).norm())
        errors.append(difference / length if length else math.copysign(difference, 1.0))
    return max(errors)


def check_images(channels: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return two images (H, W, channels) float32 in [0, 1]: a street, seen from a moving camera.

    Sky over ground, things of several sizes, and noise: features and edges as in the images that
    networks are for. The same on every machine.
    """
    height, width = size
    random = np.random.Generator(np.random.PCG64(20260101))
    rows = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None, None]
    view = np.where(rows < 0.42, 0.15 + 0.2 * rows, 0.25 + 0.5 * rows)
    view = np.repeat(np.repeat(view, width, 1), channels, 2)
    places = random.random((_BLOCKS, 4))
    colours = random.random((_BLOCKS, channels))
    things = view.copy(), view.copy()
    for (left, top, wide, tall), colour in zip(places, colours, strict=True):
        near = 0.5 + 0.5 * wide
        for image, growth in zip(things, (1.0, 1.04), strict=True):
            x, y = 0.5 + (left - 0.5) * growth, 0.55 + (top - 0.55) * growth * near
            half_x, half_y = 0.1 * wide * growth, 0.18 * tall * growth
            rows_in = slice(_pixel(y - half_y, height), _pixel(y + half_y, height))
            image[rows_in, _pixel(x - half_x, width) : _pixel(x + half_x, width)] = colour
    noise = random.normal(0.0, 0.01, (2, height, width, channels))
    previous, current = (
        np.clip(image + grain, 0.0, 1.0).astype(np.float32)
        for image, grain in zip(things, noise, strict=True)
    )
    return previous, current


def _pixel(place: float, length: int) -> int:
    return min(max(round(place * length), 0), length)
