# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The pairwise loss against reference numbers and on exact scenes."""

import dataclasses

import numpy as np
import pytest
import torch

from thermal_depth_ros.geometry import se3
from thermal_depth_ros.losses.masked import masked_mean
from thermal_depth_ros.losses.pairwise import (
    PairwiseOptions,
    View,
    depth_difference,
    pairwise_loss,
)
from thermal_depth_ros.losses.photometric import photometric_error

CASES = {
    'main': {},
    'no_self_weight': {'self_discovered_mask': False},
    'no_auto_mask': {'auto_mask': False},
}


@pytest.fixture
def vectors(reference_vectors):
    return np.load(reference_vectors / 'thermal_pairwise.npz', allow_pickle=False)


def _given(data, name: str) -> torch.Tensor:
    return torch.from_numpy(data[f'in/{name}']).double().requires_grad_()


@pytest.mark.parametrize('align', [0, 1])
@pytest.mark.parametrize('case', CASES)
def test_reference_numbers(vectors, case, align):
    target = View(_given(vectors, 'tgt_img'), _given(vectors, 'tgt_depth'))
    source = View(_given(vectors, 'ref0_img'), _given(vectors, 'ref0_depth'))
    pose = _given(vectors, 'pose0')
    options = PairwiseOptions(align_corners=bool(align), **CASES[case])
    loss = pairwise_loss(
        target, source, se3.pose_vec_to_matrix(pose), _given(vectors, 'intrinsics'), options
    )
    out = f'out/ac{align}/{case}'
    assert loss.mask.sum().item() == int(vectors[f'{out}/valid_elements'])
    for ours, name in ((loss.reconstruction, 'reconstruction'), (loss.geometry, 'geometry')):
        assert ours.item() == pytest.approx(float(vectors[f'{out}/{name}_loss']), rel=1e-8)
    if case != 'main':
        return
    np.testing.assert_array_equal(loss.mask, vectors[f'{out}/mask'])
    for ours, name in (
        (loss.weighted_error, 'weighted_error'),
        (loss.depth_difference, 'depth_difference'),
    ):
        np.testing.assert_allclose(ours.detach(), vectors[f'{out}/{name}_map'], atol=1e-6)
    for ours, name in ((loss.reconstruction, 'reconstruction'), (loss.geometry, 'geometry')):
        gradients = torch.autograd.grad(ours, (target.depth, source.depth, pose), retain_graph=True)
        for wrt, gradient in zip(('tgt_depth', 'ref_depth', 'pose'), gradients, strict=True):
            theirs = vectors[f'grad/ac{align}/main/{name}_wrt_{wrt}']
            np.testing.assert_allclose(gradient, theirs, atol=1e-6 * np.abs(theirs).max())


@pytest.mark.parametrize('align', [0, 1])
def test_reference_numbers_of_both_directions(vectors, align):
    """Two references, each compared with the target in both directions; the terms are summed."""
    views = {
        name: View(_given(vectors, f'{name}_img'), _given(vectors, f'{name}_depth'))
        for name in ('tgt', 'ref0', 'ref1')
    }
    pairs = [('tgt', 'ref0', 'pose0'), ('ref0', 'tgt', 'pose0_inv')]
    pairs += [('tgt', 'ref1', 'pose1'), ('ref1', 'tgt', 'pose1_inv')]
    poses = {name: _given(vectors, name) for _, _, name in pairs}
    options = PairwiseOptions(align_corners=bool(align))
    losses = [
        pairwise_loss(
            views[target],
            views[source],
            se3.pose_vec_to_matrix(poses[pose]),
            _given(vectors, 'intrinsics'),
            options,
        )
        for target, source, pose in pairs
    ]
    out = f'out/ac{align}/both_directions'
    assert [loss.mask.sum().item() for loss in losses] == vectors[f'{out}/valid_elements'].tolist()
    reconstruction = sum(loss.reconstruction for loss in losses)
    geometry = sum(loss.geometry for loss in losses)
    assert reconstruction.item() == pytest.approx(float(vectors[f'{out}/photo_loss']), rel=1e-8)
    assert geometry.item() == pytest.approx(float(vectors[f'{out}/geometry_loss']), rel=1e-8)
    wrt = {'tgt_depth': views['tgt'].depth, **poses}
    gradients = torch.autograd.grad(reconstruction + 0.5 * geometry, list(wrt.values()))
    for name, ours in zip(wrt, gradients, strict=True):
        theirs = vectors[f'grad/ac{align}/both_directions/{name}']
        np.testing.assert_allclose(ours, theirs, atol=1e-6 * np.abs(theirs).max())


@pytest.mark.parametrize('align', [0, 1])
def test_reference_numbers_without_ssim(vectors, align):
    """The reference then still masks with SSIM on the unmoved side; we use one error on both.

    Its numbers are reproduced by giving it that mask.
    """
    target = View(_given(vectors, 'tgt_img'), _given(vectors, 'tgt_depth'))
    source = View(_given(vectors, 'ref0_img'), _given(vectors, 'ref0_depth'))
    motion, K = se3.pose_vec_to_matrix(_given(vectors, 'pose0')), _given(vectors, 'intrinsics')
    options = PairwiseOptions(alpha=0.0, auto_mask=False, align_corners=bool(align))
    loss = pairwise_loss(target, source, motion, K, options)
    moved = photometric_error(target.image, loss.warped, 0.0, clamp_difference=True)
    still = photometric_error(target.image, source.image, 0.85, clamp_difference=True)
    mask = loss.mask & (moved < still)
    out = f'out/ac{align}/l1_only'
    assert mask.sum().item() == int(vectors[f'{out}/valid_elements'])
    reconstruction = masked_mean(loss.weighted_error, mask, 10000)
    assert reconstruction.item() == pytest.approx(
        float(vectors[f'{out}/reconstruction_loss']), rel=1e-8
    )
    geometry = masked_mean(loss.depth_difference, mask, 10000)
    assert geometry.item() == pytest.approx(float(vectors[f'{out}/geometry_loss']), rel=1e-8)


def test_nothing_visible_gives_zero_loss_and_zero_gradient():
    depth = torch.full((1, 1, 8, 8), 2.0, requires_grad=True)
    view = View(torch.rand(1, 1, 8, 8), depth)
    motion = torch.eye(4)[None].clone()
    motion[0, 0, 3] = 1e3
    K = torch.tensor([[[8.0, 0, 3.5], [0, 8.0, 3.5], [0, 0, 1]]])
    loss = pairwise_loss(view, view, motion, K, PairwiseOptions(min_valid_elements=0))
    (loss.reconstruction + loss.geometry).backward()
    assert loss.reconstruction.item() == loss.geometry.item() == 0
    assert (depth.grad == 0).all()


def test_consistent_depths_have_no_geometric_loss():
    depth = torch.full((1, 1, 16, 16), 4.0)
    nearer = torch.full((1, 1, 16, 16), 3.0)
    motion = torch.eye(4)[None].clone()
    motion[0, 2, 3] = -1.0
    K = torch.tensor([[[16.0, 0, 7.5], [0, 16.0, 7.5], [0, 0, 1]]])
    options = PairwiseOptions(min_valid_elements=0, auto_mask=False)
    image = torch.rand(1, 1, 16, 16)
    right = pairwise_loss(View(image, depth), View(image, nearer), motion, K, options)
    wrong = pairwise_loss(View(image, depth), View(image, 2 * nearer), motion, K, options)
    inside = right.depth_difference[right.mask]
    assert right.mask.any()
    assert inside.max() < 0.2  # border pixels mix with the zeros outside
    assert right.geometry < 0.01
    assert wrong.geometry.item() == pytest.approx(1 / 3, abs=0.02)


def test_depth_difference_is_symmetric_and_bounded():
    a, b = torch.rand(50) * 10 + 0.1, torch.rand(50) * 10 + 0.1
    torch.testing.assert_close(depth_difference(a, b), depth_difference(b, a))
    torch.testing.assert_close(depth_difference(a, 3 * a), torch.full_like(a, 0.5))


def test_masked_mean_needs_enough_elements():
    values, mask = torch.ones(1, 3, 2, 2), torch.ones(1, 1, 2, 2, dtype=torch.bool)
    assert masked_mean(values, mask, 11).item() == 1
    assert masked_mean(values, mask, 12).item() == 0


def test_options_are_the_papers_by_default():
    assert dataclasses.asdict(PairwiseOptions())['alpha'] == 0.85


def test_options_are_those_of_the_reference_by_default(vectors):
    assert PairwiseOptions().alpha == float(vectors['opt/ssim_param'])
    assert PairwiseOptions().min_valid_elements == int(vectors['opt/min_valid_elements'])
