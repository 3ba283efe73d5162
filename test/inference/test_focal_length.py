# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth and motion of cameras with another focal length than the canonical one."""

import dataclasses

import numpy as np
import pytest

from thermal_depth_ros.bundles import Intrinsics, read_spec, save_bundle
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.frames.config import RgbConfig, ThermalConfig
from thermal_depth_ros.inference.pipeline import open_pipeline

CONFIGS = {'thermal': ThermalConfig, 'rgb': RgbConfig}
RATIO = 2.0
NO_LIMITS = {'min_depth_m': 0.0, 'max_depth_m': 1e4}


@pytest.fixture(params=['thermal', 'rgb'])
def outputs(request, tmp_path, counts_frame, colour_frame):
    """Run a bundle without and with a canonical camera of half the focal length."""
    kind = request.param
    given = read_spec(request.getfixturevalue(f'tiny_{kind}_bundle'))
    make = counts_frame if kind == 'thermal' else colour_frame
    frames = [make(k) for k in (1, 2)]
    camera = frames[0].camera.resized(*given.input_size[::-1])
    focal_px = float(np.sqrt(camera.fx * camera.fy))
    found = {}
    for name, canonical_px in (('without', None), ('with', focal_px / RATIO)):
        folder = tmp_path / name
        save_bundle(folder, dataclasses.replace(given, canonical_focal_px=canonical_px))
        pipeline = open_pipeline(kind, CONFIGS[kind](bundle=str(folder), device='cpu', **NO_LIMITS))
        wanted = {'depth', 'odometry'} if kind == 'thermal' else {'depth'}
        results = [pipeline.process(frame, wanted, np.eye(4)) for frame in frames]
        uncalibrated = dataclasses.replace(frames[1], camera=None)
        found[name] = (*results, pipeline.process(uncalibrated, {'depth'}))
        pipeline.close()
    return kind, found


def test_depth_goes_with_the_focal_length(outputs):
    _, found = outputs
    plain, scaled = (found[name][1].depth.depth_m for name in ('without', 'with'))
    np.testing.assert_allclose(scaled, RATIO * plain, rtol=1e-5)


def test_without_a_camera_depth_is_as_the_network_gives_it(outputs):
    _, found = outputs
    plain, same = (found[name][2].depth.depth_m for name in ('without', 'with'))
    np.testing.assert_array_equal(plain, same)


def test_forward_motion_goes_with_it_and_turns_against_it(outputs):
    kind, found = outputs
    if kind == 'rgb':
        pytest.skip('the node publishes no odometry')
    # With T_base_optical = identity the base moves as the camera does.
    plain, scaled = (found[name][1].odometry.T_odom_base for name in ('without', 'with'))
    step, longer = np.linalg.inv(plain), np.linalg.inv(scaled)
    np.testing.assert_allclose(longer[:3, 3], step[:3, 3] * [1, 1, RATIO], rtol=1e-3, atol=1e-6)

    def angles(T):
        return np.arcsin([-T[1, 2], T[0, 2], -T[0, 1]])

    wanted = angles(step) / [RATIO, RATIO, 1]
    np.testing.assert_allclose(angles(longer), wanted, rtol=2e-2, atol=1e-5)


def test_a_bundle_without_the_field_has_that_of_its_intrinsics(tiny_rgb_bundle):
    spec = read_spec(tiny_rgb_bundle)
    height, width = spec.input_size
    assert dataclasses.replace(spec, intrinsics=None).focal_px is None
    twice = Intrinsics(2 * width, 2 * height, 80.0, 80.0, width, height)
    assert dataclasses.replace(spec, intrinsics=twice).focal_px == pytest.approx(40.0)
    given = dataclasses.replace(spec, intrinsics=twice, canonical_focal_px=70.0)
    assert given.focal_px == 70.0
    assert BundleSpec.from_dict(given.to_dict()).canonical_focal_px == 70.0


@pytest.mark.parametrize('value', [0.0, -3.0, 'long'])
def test_what_is_no_focal_length_is_named(tiny_rgb_bundle, value):
    values = {**read_spec(tiny_rgb_bundle).to_dict(), 'canonical_focal_px': value}
    with pytest.raises(BundleError, match='canonical_focal_px'):
        BundleSpec.from_dict(values)
