# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Images as a model of transformers expects them, by the image processor of its folder."""

import dataclasses
from typing import Any

import torch

from thermal_depth_ros.training.labelling.model_folder import ModelFolder, TeacherError, in_one_line

_MAX_PIXELS = 4096 * 4096


@dataclasses.dataclass(frozen=True, eq=False)
class ModelImages:
    """A batch of images for a model.

    Attributes:
        pixels: (B, 3, h, w) normalised.
        valid: Height and width of the image within h and w; the rest is padding.
    """

    pixels: torch.Tensor
    valid: tuple[int, int]

    def without_padding(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the part of maps (B, C, y, x) of the model that belongs to the images."""
        (height, width), (valid_height, valid_width) = self.pixels.shape[-2:], self.valid
        if (height, width) == self.valid:
            return maps
        rows = max(round(maps.shape[-2] * valid_height / height), 1)
        columns = max(round(maps.shape[-1] * valid_width / width), 1)
        return maps[..., :rows, :columns]


class ImageInput:
    """Runs the image processor of a folder.

    Attributes:
        processor: The image processor of transformers.

    Raises:
        TeacherError: The folder has none that can be used.
    """

    def __init__(self, folder: ModelFolder, device: torch.device) -> None:
        self.processor: Any = folder.load_processor()
        self._folder, self._device = folder.folder, device
        # The whole image is labelled, not its centre.
        self._options = (
            {'do_center_crop': False} if getattr(self.processor, 'do_center_crop', False) else {}
        )

    def of(self, image: torch.Tensor) -> ModelImages:
        """Return images (B, 3, H, W) in [0, 1], which are rounded to 8 bits, for the model.

        Raises:
            TeacherError: The processor does not make one image of moderate size for each.
        """
        bytes_ = (image * 255.0).round().clamp(0, 255).to(torch.uint8).cpu()
        try:
            made = self.processor(images=list(bytes_), return_tensors='pt', **self._options)
            pixels: torch.Tensor = made['pixel_values']
        except (ArithmeticError, KeyError, RuntimeError, TypeError, ValueError) as error:
            raise TeacherError(
                f'{self._folder}: its image processor refuses images of '
                f'{image.shape[-1]}x{image.shape[-2]}: {in_one_line(error)}'
            ) from error
        shape = tuple(pixels.shape)
        if len(shape) != 4 or shape[:2] != (len(image), 3) or shape[2] * shape[3] > _MAX_PIXELS:
            raise TeacherError(
                f'{self._folder}: its image processor makes an array of shape {shape} of '
                f'{len(image)} images'
            )
        valid = shape[2], shape[3]
        mask = made.get('pixel_mask')
        if mask is not None and not bool(mask.all()):
            valid = int(mask[0].any(1).sum()), int(mask[0].any(0).sum())
        return ModelImages(pixels.to(self._device), valid)
