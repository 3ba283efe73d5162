# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Detects 8-bit grey images of a visible camera that are read as thermal."""

import numpy as np

# Default camera name of spinnaker_camera_driver and flir_camera_driver.
DRIVER_OF_VISIBLE = 'flir_camera'
_MOST_THERMAL_PIXELS = 1280 * 1024  # larger than the sensor of any uncooled thermal camera
_BLACK, _WHITE = 2, 253
_CLIPPED_SHARE, _EACH_SHARE = 0.03, 0.005  # of the pixels, at both ends together, and at each end


def visible_remark(image: np.ndarray, topic: str) -> str:
    """Return why a thermal image (H, W) looks visible and what to do, or ''.

    Grey values alone do not distinguish the kinds; the evidence is the size, pixels clipped to
    both black and white, and the name of the topic. 16-bit counts are thermal.
    """
    if image.dtype != np.uint8:
        return ''
    facts = []
    if DRIVER_OF_VISIBLE in topic.lower():
        facts.append(f'{DRIVER_OF_VISIBLE} is the default name of a driver of visible cameras')
    if image.size > _MOST_THERMAL_PIXELS:
        facts.append(f'{image.shape[1]}x{image.shape[0]} is larger than thermal sensors are')
    black, white = float((image <= _BLACK).mean()), float((image >= _WHITE).mean())
    if black + white >= _CLIPPED_SHARE and min(black, white) >= _EACH_SHARE:
        facts.append(f'{black + white:.0%} of the pixels are clipped black or white')
    if not facts:
        return ''
    return (
        f'8-bit grey is read as thermal, but it looks like a visible camera: {"; ".join(facts)}. '
        'If it is one, give it to the rgb camera'
    )
