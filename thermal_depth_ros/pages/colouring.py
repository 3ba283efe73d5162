# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Colour maps for depth and other maps, with explicit ranges."""

import base64
import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np

BAD_COLOUR = (120, 120, 128)
FAR_COLOUR = (26, 28, 56)
NEAR_COLOUR = (255, 255, 255)


@dataclasses.dataclass(frozen=True)
class DepthRange:
    """Depths in metres at the two ends of a colour bar, which is logarithmic."""

    near_m: float
    far_m: float

    def ticks(self, count: int = 5) -> list[float]:
        """Return `count` depths at equal distances along the bar, near end first."""
        return [float(v) for v in np.geomspace(self.near_m, self.far_m, count)]


def depth_range(maps: list[np.ndarray]) -> DepthRange | None:
    """Return the range of the finite depths of all maps, 1st to 99th percentile.

    Returns None where no map has a finite positive depth. A range narrower than 2 % is widened,
    so that a constant map does not show its rounding errors as structure.
    """
    finite = [m[np.isfinite(m) & (m > 0)] for m in maps]
    values = np.concatenate(finite) if finite else np.empty(0, np.float32)
    if values.size == 0:
        return None
    near, far = (float(v) for v in np.percentile(values, (1, 99)))
    if far < near * 1.02:
        middle = (near * far) ** 0.5
        near, far = middle * 0.99, middle * 1.01
    return DepthRange(near, far)


def colour_table(name: str) -> np.ndarray:
    """Return 256 RGB rows (256, 3) uint8 of a matplotlib colour map."""
    import matplotlib

    rgba = matplotlib.colormaps[name](np.linspace(0.0, 1.0, 256))
    return np.round(rgba[:, :3] * 255).astype(np.uint8)


def depth_picture(depth_m: np.ndarray, shown: DepthRange) -> np.ndarray:
    """Colour a depth map (H, W) float32 in metres as RGB (H, W, 3) uint8.

    Near is bright, far is dark. NaN, +Inf and -Inf (REP 117) have separate colours.
    """
    with np.errstate(divide='ignore', invalid='ignore'):
        position = np.log(depth_m / shown.near_m) / np.log(shown.far_m / shown.near_m)
    index = np.nan_to_num(np.clip(position, 0.0, 1.0), nan=0.0) * 255
    picture = colour_table('magma')[::-1][index.astype(np.uint8)]
    picture[np.isnan(depth_m)] = BAD_COLOUR
    picture[np.isposinf(depth_m)] = FAR_COLOUR
    picture[np.isneginf(depth_m)] = NEAR_COLOUR
    return picture


def confidence_picture(confidence: np.ndarray) -> np.ndarray:
    """Colour a map (H, W) of values 0..1 as RGB (H, W, 3) uint8; NaN is grey."""
    index = np.clip(np.nan_to_num(confidence, nan=0.0), 0.0, 1.0) * 255
    picture = colour_table('viridis')[index.astype(np.uint8)]
    picture[np.isnan(confidence)] = BAD_COLOUR
    return picture


def grey_picture(counts: np.ndarray) -> np.ndarray:
    """Stretch a one-channel image (H, W) of integers from its 1st to its 99th percentile."""
    low, high = np.percentile(counts, (1, 99))
    scaled = (counts.astype(np.float32) - low) / max(float(high - low), 1.0)
    grey = np.round(np.clip(scaled, 0.0, 1.0) * 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def png_uri(picture: np.ndarray) -> str:
    """Encode RGB (H, W, 3) uint8 as a PNG data URI."""
    return _data_uri(picture, 'png')


def jpeg_uri(picture: np.ndarray, quality: int = 88) -> str:
    """Encode RGB (H, W, 3) uint8 as a JPEG data URI; for photographs, where PNG is large."""
    return _data_uri(picture, 'jpeg', [cv2.IMWRITE_JPEG_QUALITY, quality])


def fit_width(picture: np.ndarray, width: int) -> np.ndarray:
    """Shrink a picture to at most `width` columns; never enlarge."""
    if picture.shape[1] <= width:
        return picture
    height = round(picture.shape[0] * width / picture.shape[1])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def css_gradient(name: str, reverse: bool = False) -> str:
    """Return a CSS linear-gradient (left to right) of a colour map."""
    table = colour_table(name)[:: -1 if reverse else 1]
    stops = (table[round(i * 255 / 12)] for i in range(13))
    return f'linear-gradient(to right, {", ".join("rgb({}, {}, {})".format(*s) for s in stops)})'


def css_colour(rgb: tuple[int, int, int] | np.ndarray) -> str:
    """Return a colour as CSS text."""
    return 'rgb({}, {}, {})'.format(*(int(v) for v in rgb))


def _data_uri(picture: np.ndarray, kind: str, options: Sequence[int] = ()) -> str:
    bgr = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(f'.{kind}', bgr, options)
    if not done:
        raise ValueError(f'picture of shape {picture.shape} cannot be encoded as {kind}')
    return f'data:image/{kind};base64,{base64.b64encode(data.tobytes()).decode("ascii")}'
