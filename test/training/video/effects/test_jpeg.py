# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compression is that of Pillow, or of OpenCV in the right order of colours."""

import cv2
import numpy as np
import torch

from thermal_depth_ros.training.video.effects.jpeg import compressed


def picture() -> np.ndarray:
    rng = np.random.default_rng(0)
    return cv2.GaussianBlur(rng.random((48, 64, 3)).astype(np.float32), (0, 0), 2.0)


def test_it_equals_a_file():
    image = picture()
    made = compressed(torch.from_numpy(image).permute(2, 0, 1)[None], 30)
    _, data = cv2.imencode(
        '.jpg', (image[..., ::-1] * 255).round().astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 30]
    )
    expected = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1] / 255
    np.testing.assert_allclose(made[0].permute(1, 2, 0), expected, atol=1e-6)


def test_lower_quality_is_farther_from_the_image_and_100_changes_nothing():
    images = torch.from_numpy(picture()).permute(2, 0, 1)[None]
    errors = [(compressed(images, quality) - images).abs().mean() for quality in (90, 50, 10)]
    assert 0 < errors[0] < errors[1] < errors[2] < 0.1
    assert compressed(images, 100) is images
