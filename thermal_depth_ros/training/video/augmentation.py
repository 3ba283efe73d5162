# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Geometric augmentation of a triplet: one draw for all of its images."""

import dataclasses

import cv2
import numpy as np

_MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


@dataclasses.dataclass(frozen=True)
class View:
    """A crop of the enlarged image, optionally flipped."""

    width: int  # of the enlarged image
    height: int
    left: int
    top: int
    mirrored: bool


def draw_view(
    rng: np.random.Generator,
    height: int,
    width: int,
    max_zoom: float,
    flip_probability: float,
    max_aspect: float = 0.0,
) -> View:
    """Draw a zoom in 1..max_zoom, a crop of the original size, and a flip.

    Args:
        rng: Random generator.
        height: Of the image.
        width: Of the image.
        max_zoom: Largest zoom.
        flip_probability: Of mirroring.
        max_aspect: Largest ratio of the zooms of the axes, either way; 0 draws them independently.
    """
    zoom_x, zoom_y = rng.uniform(1.0, max_zoom, 2)
    if max_aspect:
        zoom_x, zoom_y = _with_aspect(zoom_x, zoom_y, max_zoom, max_aspect)
    wide, high = int(width * zoom_x), int(height * zoom_y)
    left, top = rng.integers(0, wide - width + 1), rng.integers(0, high - height + 1)
    return View(wide, high, int(left), int(top), bool(rng.random() < flip_probability))


def without_enlargement(view: View, height: int, width: int) -> View:
    """Return the view of the whole image, flipped like `view`: the input of pose networks."""
    return View(width, height, 0, 0, view.mirrored)


def apply_to_images(view: View, images: np.ndarray) -> np.ndarray:
    """Return float32 images (N, H, W[, C]) seen through the view, of the same size."""
    height, width = images.shape[1:3]
    return np.stack(
        [_seen(view, image.astype(np.float32), height, width, cv2.INTER_LINEAR) for image in images]
    )


def apply_to_labels(view: View, labels: np.ndarray) -> np.ndarray:
    """Return maps (N, H, W) of ids seen through the view, without interpolation between ids."""
    height, width = labels.shape[1:]
    return np.stack([_seen(view, one, height, width, cv2.INTER_NEAREST_EXACT) for one in labels])


def apply_to_intrinsics(view: View, K: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the intrinsics (3, 3) of the view; flipping maps c_x to W - 1 - c_x."""
    K = K.copy()
    K[0] *= view.width / width
    K[1] *= view.height / height
    K[0, 2] -= view.left
    K[1, 2] -= view.top
    if view.mirrored:
        K[0, 2] = width - 1 - K[0, 2]
    return K


def apply_to_motions(view: View, T_target_source: np.ndarray) -> np.ndarray:
    """Return the motions (N, 4, 4) of the camera in the flipped world."""
    return _MIRROR @ T_target_source @ _MIRROR if view.mirrored else T_target_source


def _with_aspect(
    zoom: float, uniform: float, max_zoom: float, max_aspect: float
) -> tuple[float, float]:
    """Return zooms of both axes, the smaller one `zoom`, and a ratio in 1 / max_aspect..max_aspect.

    `uniform` is uniform in 1..max_zoom; the logarithm of the ratio is uniform too.
    """
    share = (uniform - 1.0) / (max_zoom - 1.0) if max_zoom > 1.0 else 0.5
    ratio = max_aspect ** (2.0 * share - 1.0)
    return zoom * max(ratio, 1.0), zoom / min(ratio, 1.0)


def _seen(view: View, image: np.ndarray, height: int, width: int, method: int) -> np.ndarray:
    if (view.height, view.width) != (height, width):
        image = cv2.resize(image, (view.width, view.height), interpolation=method)
    window = image[view.top : view.top + height, view.left : view.left + width]
    return window[:, ::-1] if view.mirrored else window
