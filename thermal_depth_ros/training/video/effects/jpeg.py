# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Artefacts of JPEG compression."""

import cv2
import numpy as np
import torch

LOSSLESS = 100  # this quality leaves images as they are


def compressed(images: torch.Tensor, quality: int) -> torch.Tensor:
    """Return images (N, 3, H, W) R, G, B in [0, 1] after JPEG compression, through 8 bits."""
    if quality >= LOSSLESS:
        return images
    levels = (images.detach() * 255).round().clamp(0, 255).byte().cpu()
    pictures = levels.permute(0, 2, 3, 1).numpy()
    decoded = [_round_trip(picture, quality) for picture in pictures]
    stacked = torch.from_numpy(np.stack(decoded)).permute(0, 3, 1, 2)
    return (stacked.to(images.device, images.dtype) / 255).contiguous()


def _round_trip(picture: np.ndarray, quality: int) -> np.ndarray:
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None, 'OpenCV reads what it has written'
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
