# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The multi-scale reprojection loss against reference numbers.

The reference adds 1e-7 to the divisor of the projection and to the norm of the rotation vector;
ours are exact, so the losses agree to a few parts in a million.
"""

import dataclasses

import numpy as np
import pytest
import torch

from thermal_depth_ros.geometry import se3
from thermal_depth_ros.losses.reprojection import ReprojectionOptions, Source, reprojection_loss


@pytest.mark.parametrize('align', [0, 1])
def test_reference_numbers(reference_vectors, align):
    data = np.load(reference_vectors / 'monodepth2_multiscale_loss.npz', allow_pickle=False)

    def image(name: str) -> torch.Tensor:
        return torch.from_numpy(data[f'in/{name}_u8']).double() / 256

    rotation, translation = (
        torch.from_numpy(data[f'in/{name}']).double().requires_grad_()
        for name in ('axisangle', 'translation')
    )
    disparities = [
        torch.from_numpy(data[f'in/disp{s}']).double().requires_grad_() for s in range(4)
    ]
    # Stored source first: index 0 is the previous image, whose motion is inverted.
    previous, following = (
        se3.axisangle_pose(rotation[i, :, 0], translation[i, :, 0], invert=i == 0) for i in (0, 1)
    )
    sources = [Source(image('source_m1'), previous), Source(image('source_p1'), following)]
    target = image('target')
    scaled = [target, *(image(f'target_scale{s}') for s in (1, 2, 3))]
    loss = reprojection_loss(
        target,
        sources,
        disparities,
        torch.from_numpy(data['in/K']).double()[:, :3, :3],
        ReprojectionOptions(tie_break_noise=0.0, align_corners=bool(align)),
        scaled,
    )
    out = f'out/ac{align}'
    assert loss.total.item() == pytest.approx(float(data[f'{out}/loss']), rel=3e-6)
    for scale in range(4):
        assert loss.per_scale[scale].item() == pytest.approx(
            float(data[f'{out}/loss_scale{scale}']), rel=3e-6
        )
        np.testing.assert_array_equal(
            loss.warp_selected[scale], data[f'{out}/warp_selected_scale{scale}']
        )
    inputs = [*disparities, rotation, translation]
    names = ['disp0', 'disp1', 'disp2', 'disp3', 'axisangle', 'translation']
    for name, ours in zip(names, torch.autograd.grad(loss.total, inputs), strict=True):
        theirs = data[f'grad/ac{align}/{name}']
        np.testing.assert_allclose(ours, theirs, atol=3e-4 * np.abs(theirs).max())


PLAIN = ReprojectionOptions(auto_mask=False, smoothness_weight=0.0)
K = torch.tensor([[[60.0, 0.0, 31.5], [0.0, 60.0, 23.5], [0.0, 0.0, 1.0]]], dtype=torch.float64)


def noise(seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, 48, 64, generator=generator, dtype=torch.float64)


def moved(x: float = 0.0, z: float = 0.0) -> torch.Tensor:
    """Return T_target_source of a source to the right of the target, or ahead of it."""
    T = torch.eye(4, dtype=torch.float64)[None]
    T[0, 0, 3], T[0, 2, 3] = -x, -z
    return T


def sigmoid_of(depth: torch.Tensor) -> torch.Tensor:
    return (1.0 / depth - 0.01) / (10.0 - 0.01)


def test_a_pyramid_compares_the_views_at_each_size():
    """The mean of what images, depth and intrinsics of each size give by themselves."""
    target, disparity = noise(0), 0.02 + 0.1 * noise(1)[:, :1]
    sources = [Source(noise(2), moved(x=0.2)), Source(noise(3), moved(x=-0.2, z=0.1))]
    alone, own_K = [], K
    for halvings in range(3):
        small = [torch.nn.functional.avg_pool2d(i, 2**halvings) for i in (target, disparity)]
        seen = [
            Source(torch.nn.functional.avg_pool2d(s.image, 2**halvings), s.T_target_source)
            for s in sources
        ]
        alone.append(reprojection_loss(small[0], seen, [small[1]], own_K, PLAIN).total)
        half = own_K / 2
        half[:, :2, 2] = (own_K[:, :2, 2] + 0.5) / 2 - 0.5  # centre of the first pixel is at 0
        half[:, 2, 2] = 1.0
        own_K = half
    three = dataclasses.replace(PLAIN, comparison_scales=3)
    found = reprojection_loss(target, sources, [disparity], K, three).total
    assert found.item() == pytest.approx(torch.stack(alone).mean().item(), rel=1e-9)


def test_small_images_tell_depth_that_is_wrong_by_many_pixels():
    """A wall at 6 m moves by 6 px between views 0.6 m apart; at 2 m it would by 18, at 4 m by 9.

    At full size, where details are of 1 px, 4 m agrees hardly better than 2 m.
    """
    generator = torch.Generator().manual_seed(4)
    fine, coarse = (
        torch.nn.functional.interpolate(
            torch.rand(1, 3, 48 // px, 96 // px, generator=generator, dtype=torch.float64),
            (48, 96),
            mode='bilinear',
        )
        for px in (1, 12)
    )
    wall = 0.3 * fine + 0.7 * coarse
    target, aside = wall[..., 6:70], [Source(wall[..., 12:76], moved(x=0.6))]

    def improvement(levels: int) -> float:
        options = dataclasses.replace(PLAIN, comparison_scales=levels)
        at_2_m, at_4_m = (
            reprojection_loss(target, aside, [sigmoid_of(depth)], K, options).total.item()
            for depth in torch.tensor([2.0, 4.0], dtype=torch.float64).reshape(2, 1, 1, 1, 1)
            * torch.ones(1, 1, 48, 64, dtype=torch.float64)
        )
        return 1 - at_4_m / at_2_m

    assert improvement(1) < 0.1 < 0.3 < improvement(4)


def test_what_a_source_does_not_show_has_no_gradient():
    """From 2 m ahead, a wall at 2.2 m fills the image with what is 11 times as near to its centre.

    Of the rest, the border of the source is no view, and yet its columns would tell depth.
    """
    ahead, gradients = [Source(noise(6), moved(z=2.0))], []
    for visible_only in (False, True):
        depth = torch.full((1, 1, 48, 64), 2.2, dtype=torch.float64, requires_grad=True)
        options = dataclasses.replace(PLAIN, visible_only=visible_only)
        loss = reprojection_loss(noise(5), ahead, [sigmoid_of(depth)], K, options)
        gradients += torch.autograd.grad(loss.total, depth)
    shown = torch.zeros(48, 64, dtype=torch.bool)
    # 11 times as far from (31.5, 23.5) is within 64x48; and a pixel around that, for the SSIM.
    shown[21:27, 28:36] = True
    with_border, without = (gradient[0, 0] != 0 for gradient in gradients)
    assert with_border[~shown].any() and without[shown].any() and not without[~shown].any()
