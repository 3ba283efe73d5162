# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pool of earlier translated images for the discriminators of CycleGAN."""

from typing import Any

import torch

POOL_SIZE = 50


class ImagePool:
    """Stores translated images, so that a discriminator also sees earlier ones.

    Until it is full, the pool stores and returns the new images. After that it returns, with equal
    probability, the new image, or a stored one that the new one then replaces.

    Several processes keep one pool when each exchanges the images gathered from all of them and
    then takes its own share of what comes back.

    Args:
        size: Number of images kept; 0 passes everything through.
        seed: Random seed of this pool.
    """

    def __init__(self, size: int = POOL_SIZE, seed: int = 0) -> None:
        if size < 0:
            raise ValueError(f'pool size {size} is negative')
        self.size = size
        self._images: list[torch.Tensor] = []
        self._random = torch.Generator().manual_seed(seed)

    def exchange(self, images: torch.Tensor) -> torch.Tensor:
        """Return as many images (B, C, H, W) as given, new or earlier ones, detached."""
        images = images.detach()
        if self.size == 0:
            return images
        return torch.stack([self._exchange_one(image) for image in images])

    def _exchange_one(self, image: torch.Tensor) -> torch.Tensor:
        if len(self._images) < self.size:
            self._images.append(image.clone())
            return image
        if torch.rand((), generator=self._random) < 0.5:
            return image
        place = int(torch.randint(self.size, (), generator=self._random))
        stored, self._images[place] = self._images[place], image.clone()
        return stored.to(image.device)

    def state(self) -> dict[str, Any]:
        """Return the complete state, on the CPU."""
        return {
            'images': [image.cpu() for image in self._images],
            'random': self._random.get_state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore a state.

        Raises:
            ValueError: The state holds more images than this pool.
        """
        images = state['images']
        if len(images) > self.size:
            raise ValueError(f'{len(images)} stored images do not fit a pool of {self.size}')
        self._images = list(images)
        self._random.set_state(state['random'])
