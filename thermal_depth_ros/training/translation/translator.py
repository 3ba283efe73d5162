# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Day-night image translation with a translation bundle."""

from pathlib import Path

import numpy as np
import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.inference.engines.candidates import AUTO
from thermal_depth_ros.networks.architecture import (
    DIRECTIONS,
    TRANSLATION_MULTIPLE,
    translation_size_fits,
)
from thermal_depth_ros.training.teacher_engine import bundle_spec, open_engine


class Translator:
    """A generator of a translation bundle.

    Images are translated one at a time, so that results do not depend on the batch.

    Args:
        bundle: Name or path of the bundle.
        direction: One of DIRECTIONS.
        device: Device of the generator.
        engine: What runs it.

    Raises:
        BundleError: No such bundle, a damaged one, one of another kind, or an untrained one.
        SettingsError: Unknown direction, or the engine cannot run here.
    """

    def __init__(
        self, bundle: str | Path, direction: str, device: torch.device, engine: str = AUTO
    ) -> None:
        if direction not in DIRECTIONS:
            raise SettingsError(f'direction: {direction!r} is not one of {", ".join(DIRECTIONS)}')
        self.path = find_bundle(bundle)
        spec = bundle_spec('translation', self.path)
        if not spec.trained:
            parts = ', '.join(spec.untrained_parts)
            raise BundleError(self.path, [f'untrained ({parts}): its images would mean nothing'])
        opened = open_engine('translation', self.path, device, engine, (direction,), batches=False)
        self.direction, self.device = direction, device
        self.trained_size = opened.input_size  # (height, width)
        self.identity = f'{direction} {spec.weights_digest}'  # unique identifier
        self.report, self._engine = opened.report, opened

    @torch.inference_mode()
    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Return the translation (H, W, 3) uint8 of an image (H, W, 3) uint8 R, G, B.

        Raises:
            SettingsError: H or W is not a multiple of 4.
        """
        check_size(*image.shape[:2])
        given = torch.from_numpy(np.ascontiguousarray(image)).to(self.device)
        with torch.backends.cudnn.flags(
            enabled=True, benchmark=False, deterministic=True, allow_tf32=False
        ):
            signed = as_signed(given[None].permute(0, 3, 1, 2))
            (translated,) = self._engine.run(self.direction, signed)
        picture: np.ndarray = as_picture(translated)[0]
        return picture


def as_signed(images: torch.Tensor) -> torch.Tensor:
    """Return uint8 images of any shape as float32 in [-1, 1]."""
    return images.float() / 127.5 - 1.0


def as_picture(images: torch.Tensor) -> np.ndarray:
    """Return images (B, 3, H, W) in [-1, 1] as (B, H, W, 3) uint8; NaN becomes black.

    The inverse of `as_signed`.
    """
    levels = ((images.detach().float().nan_to_num(-1.0).clamp(-1, 1) + 1.0) * 127.5).round()
    return levels.byte().permute(0, 2, 3, 1).cpu().numpy()


def check_size(height: int, width: int) -> None:
    """Refuse image sizes that the generators do not support.

    Raises:
        SettingsError: A side is not a multiple of 4.
    """
    for name, side in (('height', height), ('width', width)):
        if not translation_size_fits(side):
            raise SettingsError(
                f'{name}: {side} is not a multiple of {TRANSLATION_MULTIPLE}, as images to be '
                'translated must be'
            )
