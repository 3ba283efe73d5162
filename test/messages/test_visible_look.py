# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which thermal pictures are doubted, and on what that rests."""

import numpy as np
import pytest

from thermal_depth_ros.messages.frame_reader import visible_remark


def grey(height: int = 120, width: int = 160) -> np.ndarray:
    return np.random.default_rng(0).integers(20, 230, (height, width), np.uint8)


def clipped(black: float, white: float) -> np.ndarray:
    image = grey(100, 100).ravel()
    image[: round(black * image.size)] = 0
    image[-round(white * image.size) :] = 255
    return image.reshape(100, 100)


@pytest.mark.parametrize(
    ('image', 'topic', 'fact'),
    [
        (grey(), '/flir_camera/image_raw', 'flir_camera is the default name'),
        (grey(1080, 1440), '/thermal/image_raw', '1440x1080 is larger than thermal sensors'),
        (clipped(0.02, 0.03), '/thermal/image_raw', '5% of the pixels are clipped'),
        (grey(), '/thermal/image_raw', ''),
        (clipped(0.001, 0.05), '/thermal/image_raw', ''),  # hot things alone clip white
        (grey().astype(np.uint16), '/flir_camera/image_raw', ''),
        (clipped(0.3, 0.3).astype(np.uint16), '/thermal/image_raw', ''),
    ],
)
def test_facts_that_make_a_thermal_picture_doubtful(image, topic: str, fact: str) -> None:
    remark = visible_remark(image, topic)
    if fact:
        assert fact in remark and 'give it to the rgb camera' in remark
    else:
        assert remark == ''
