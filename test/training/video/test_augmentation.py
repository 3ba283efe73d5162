# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One view for all images of a triplet, with the intrinsics and motions of what it shows."""

import numpy as np
import pytest
import torch

from helpers import exact_scene
from thermal_depth_ros.losses.pairwise import PairwiseOptions, View, pairwise_loss
from thermal_depth_ros.training.video import augmentation
from thermal_depth_ros.training.video.augmentation import (
    apply_to_images,
    apply_to_intrinsics,
    apply_to_motions,
    draw_view,
)

WHOLE = augmentation.View(width=80, height=64, left=0, top=0, mirrored=False)


def view(**changes) -> augmentation.View:
    return augmentation.View(**{**vars(WHOLE), **changes})


def test_the_whole_view_changes_nothing():
    counts = np.random.default_rng(0).integers(0, 16384, (3, 64, 80)).astype(np.uint16)
    seen = apply_to_images(WHOLE, counts)
    assert seen.dtype == np.float32
    np.testing.assert_array_equal(seen, counts)
    np.testing.assert_array_equal(apply_to_intrinsics(WHOLE, exact_scene.K, 64, 80), exact_scene.K)
    T = np.stack([exact_scene.matrix(m) for m in exact_scene.MOTIONS])
    np.testing.assert_array_equal(apply_to_motions(WHOLE, T), T)


def test_a_mirrored_image_has_its_columns_the_other_way_round():
    counts = np.arange(2 * 4 * 5, dtype=np.uint16).reshape(2, 4, 5)
    mirrored = augmentation.View(5, 4, 0, 0, mirrored=True)
    np.testing.assert_array_equal(apply_to_images(mirrored, counts), counts[:, :, ::-1])
    K = np.array([[7.0, 0, 1.0], [0, 8.0, 2.0], [0, 0, 1]])
    np.testing.assert_array_equal(
        apply_to_intrinsics(mirrored, K, 4, 5), [[7, 0, 3], [0, 8, 2], [0, 0, 1]]
    )
    # Left becomes right; up and ahead stay. A turn to the left becomes one to the right.
    T = exact_scene.matrix((0.1, 0.2, 0.3, 0.0, 0.4, 0.0))
    np.testing.assert_allclose(
        apply_to_motions(mirrored, T[None])[0],
        exact_scene.matrix((-0.1, 0.2, 0.3, 0.0, -0.4, 0.0)),
        atol=1e-12,
    )


def test_a_crop_of_the_enlarged_image():
    counts = np.arange(16, dtype=np.uint16).reshape(1, 4, 4) * 100
    twice = augmentation.View(width=8, height=8, left=3, top=2, mirrored=False)
    seen = apply_to_images(twice, counts)
    assert seen.shape == (1, 4, 4)
    # Column 3 + j of the enlarged image lies at (3.5 + j) / 2 - 0.5 of the first, rows likewise.
    x, y = (3.5 + np.arange(4)) / 2 - 0.5, (2.5 + np.arange(4)) / 2 - 0.5
    np.testing.assert_allclose(seen[0], 400 * y[:, None] + 100 * x, atol=1e-3)
    K = np.array([[10.0, 0, 1.5], [0, 12.0, 1.25], [0, 0, 1]])
    np.testing.assert_allclose(
        apply_to_intrinsics(twice, K, 4, 4), [[20, 0, 0], [0, 24, 0.5], [0, 0, 1]]
    )
    np.testing.assert_array_equal(K, [[10.0, 0, 1.5], [0, 12.0, 1.25], [0, 0, 1]])


def test_draws_stay_inside_and_cover_what_is_allowed():
    rng = np.random.default_rng(1)
    views = [draw_view(rng, 64, 80, 1.25, 0.3) for _ in range(600)]
    for one in views:
        assert 80 <= one.width <= 100 and 64 <= one.height <= 80
        assert 0 <= one.left <= one.width - 80 and 0 <= one.top <= one.height - 64
    assert {one.left for one in views if one.width == 84} == {0, 1, 2, 3, 4}
    assert max(one.width for one in views) >= 99
    assert 0.2 < np.mean([one.mirrored for one in views]) < 0.4
    assert np.corrcoef([(one.width, one.height) for one in views], rowvar=False)[0, 1] < 0.2


def test_without_zoom_and_mirror_the_whole_image_is_drawn():
    assert draw_view(np.random.default_rng(0), 64, 80, 1.0, 0.0) == WHOLE
    assert draw_view(np.random.default_rng(0), 64, 80, 1.0, 1.0) == view(mirrored=True)


def reconstruction(counts: np.ndarray, depth_m: np.ndarray, T: np.ndarray, K: np.ndarray) -> float:
    """Return how badly the sources show the target through its depth."""
    images = torch.from_numpy((counts - 3000) / 300).float()[:, None, None]
    depths = torch.from_numpy(np.ascontiguousarray(depth_m)).float()[:, None, None]
    options = PairwiseOptions(self_discovered_mask=False, auto_mask=False, min_valid_elements=0)
    target, *sources = (View(image, depth) for image, depth in zip(images, depths, strict=True))
    motions, K = torch.from_numpy(T).float()[:, None], torch.from_numpy(K).float()[None]
    losses = [
        pairwise_loss(target, source, motion, K, options)
        for source, motion in zip(sources, motions, strict=True)
    ]
    return sum((loss.reconstruction + loss.geometry).item() for loss in losses)


@pytest.mark.parametrize(
    'chosen',
    [
        view(mirrored=True),
        view(width=92, height=72, left=7, top=3),
        view(width=83, height=73, left=1, top=8, mirrored=True),
    ],
)
def test_an_exact_scene_stays_exact(chosen):
    scene = exact_scene.make_scene()
    before = reconstruction(scene.counts, scene.depth_m, scene.T_target_source, scene.K)
    counts = apply_to_images(chosen, scene.counts)
    depth = 1 / apply_to_images(chosen, 1 / scene.depth_m)
    K = apply_to_intrinsics(chosen, scene.K, 64, 80)
    T = apply_to_motions(chosen, scene.T_target_source)
    after = reconstruction(counts, depth, T, K)
    assert after < 1.2 * before
    for entry in ((0, 2), (1, 2)):
        for shift in (-8.0, 8.0):
            moved = K.copy()
            moved[entry] += shift
            assert reconstruction(counts, depth, T, moved) > 1.2 * after
    if chosen.mirrored:
        assert reconstruction(counts, depth, scene.T_target_source, K) > 5 * before


def test_the_zooms_keep_a_largest_ratio():
    rng = np.random.default_rng(2)
    views = [draw_view(rng, 300, 400, 1.5, 0.0, max_aspect=1.25) for _ in range(500)]
    zooms = np.array([(one.width / 400, one.height / 300) for one in views])
    ratios = zooms[:, 0] / zooms[:, 1]
    assert 0.79 < ratios.min() < 0.83 and 1.2 < ratios.max() < 1.26
    smaller = zooms.min(1)
    assert smaller.min() >= 1 and 1.45 < smaller.max() <= 1.5
    assert abs(np.corrcoef(smaller, ratios)[0, 1]) < 0.15
    square = draw_view(rng, 300, 400, 1.5, 0.0, max_aspect=1.0)
    assert square.width / 400 == pytest.approx(square.height / 300, abs=1 / 300)


def test_a_point_is_seen_where_the_intrinsics_say():
    """A point of the world, drawn as a spot, in crops of other shapes and mirrored."""
    height, width = 120, 160
    K = np.array([[150.0, 0, 82.0], [0, 145.0, 57.0], [0, 0, 1]])
    point = np.array([0.2, -0.1, 2.0])
    u, v, _ = K @ point / point[2]
    rows, columns = np.mgrid[:height, :width]
    image = np.exp(-((columns - u) ** 2 + (rows - v) ** 2) / (2 * 3.0**2)).astype(np.float32)
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(60):
        one = draw_view(rng, height, width, 1.6, 0.5, max_aspect=1.3)
        seen = apply_to_images(one, image[None])[0]
        x, y, _ = apply_to_intrinsics(one, K, height, width) @ (
            point * [-1 if one.mirrored else 1, 1, 1] / point[2]
        )
        if not (10 < x < width - 10 and 10 < y < height - 10):
            continue
        row, column = np.unravel_index(seen.argmax(), seen.shape)
        # To the pixel of the spot, and half a pixel of the enlargement: rows of K are scaled.
        assert abs(column - x) < 1.2 and abs(row - y) < 1.2
        found += 1
    assert found > 20
