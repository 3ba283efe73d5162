# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The multi-scale reprojection loss against reference numbers.

The reference adds 1e-7 to the divisor of the projection and to the norm of the rotation vector;
ours are exact, so the losses agree to a few parts in a million.
"""

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
