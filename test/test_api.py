# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The public Python interface: what a notebook gets, and what it is told."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import thermal_depth_ros as tdr

HEIGHT, WIDTH = 60, 90
CAMERA = tdr.PinholeCamera(WIDTH, HEIGHT, fx=70.0, fy=75.0, cx=44.0, cy=31.0)


@pytest.fixture
def counts() -> np.ndarray:
    return np.random.default_rng(3).integers(2000, 4000, (HEIGHT, WIDTH)).astype(np.uint16)


@pytest.fixture
def thermal(tiny_thermal_bundle):
    with tdr.open_pipeline(tiny_thermal_bundle, device='cpu') as pipeline:
        yield pipeline


def test_depth_has_the_size_of_the_image(thermal, counts) -> None:
    result = thermal.process(counts)
    assert result.depth_m.shape == result.confidence.shape == (HEIGHT, WIDTH)
    assert result.depth_m.dtype == np.float32
    assert not result.metric
    assert 'untrained' in result.scale_source
    assert 'camera_info' in result.missing['odometry']
    assert result.T_odom_base is None
    assert result.labels is None


def test_points_project_onto_the_pixels_that_they_come_from(thermal, counts) -> None:
    points_m = thermal.process(counts, camera=CAMERA).points_m()
    assert points_m.shape == (HEIGHT, WIDTH, 3)
    x, y, z = points_m[20, 30]
    np.testing.assert_allclose(CAMERA.fx * x / z + CAMERA.cx, 30, atol=1e-4)
    np.testing.assert_allclose(CAMERA.fy * y / z + CAMERA.cy, 20, atol=1e-4)


def test_points_are_nan_where_depth_is_not_finite(tiny_thermal_bundle, counts) -> None:
    pipeline = tdr.open_pipeline(tiny_thermal_bundle, device='cpu', max_depth_m=0.1001)
    result = pipeline.process(counts, camera=CAMERA)
    assert np.isposinf(result.depth_m).any()
    assert np.isnan(result.points_m()[np.isposinf(result.depth_m)]).all()


def test_two_images_give_a_motion_and_reset_forgets_them(thermal, counts) -> None:
    states = [thermal.process(counts, camera=CAMERA, stamp_s=t).odometry_state for t in (1.0, 1.1)]
    assert states == ['first', 'tracking']
    thermal.reset()
    result = thermal.process(counts, camera=CAMERA, stamp_s=0.5)
    assert result.odometry_state == 'first'
    np.testing.assert_array_equal(result.T_odom_base, np.eye(4))


def test_an_rgb_bundle_gives_named_classes(tiny_rgb_bundle) -> None:
    image = np.random.default_rng(4).integers(0, 255, (64, 96, 3)).astype(np.uint8)
    with tdr.open_pipeline(tiny_rgb_bundle, device='cpu') as pipeline:
        result = pipeline.process(image)
        assert pipeline.kind == 'rgb'
        assert len(pipeline.class_names) == 19
    assert result.labels.shape == (64, 96)
    assert set(np.unique(result.labels)) <= {*range(19), 255}


def test_a_given_scale_makes_lengths_metric(tiny_thermal_bundle, counts) -> None:
    one = tdr.open_pipeline(tiny_thermal_bundle, device='cpu', metric_scale=1.0, max_depth_m=1e4)
    two = tdr.open_pipeline(tiny_thermal_bundle, device='cpu', metric_scale=2.0, max_depth_m=1e4)
    first, second = one.process(counts), two.process(counts)
    assert second.metric
    np.testing.assert_allclose(second.depth_m, 2 * first.depth_m, rtol=1e-5)


@pytest.mark.parametrize(
    ('settings', 'named'),
    [
        ({'max_depth': 5.0}, 'max_depth'),
        ({'publish_tf': False}, 'publish_tf'),
        ({'point_decimation': 2}, 'point_decimation'),
        ({'max_depth_m': -5.0}, 'max_depth_m'),
        ({'device': 'toaster'}, 'toaster'),
    ],
)
def test_wrong_settings_are_named(tiny_thermal_bundle, settings, named) -> None:
    with pytest.raises(tdr.SettingsError, match=named):
        tdr.open_pipeline(tiny_thermal_bundle, **settings)


def test_what_cannot_be_used_is_reported(thermal, tmp_path: Path, counts) -> None:
    with pytest.raises(tdr.BundleError, match='nowhere'):
        tdr.open_pipeline('nowhere')
    with pytest.raises(tdr.InferenceError, match='shape'):
        thermal.process(np.zeros((4, 5, 3), np.uint8))
    with pytest.raises(tdr.InferenceError, match='intrinsics'):
        thermal.process(counts).points_m()
    with pytest.raises(AttributeError, match='nothing_of_ours'):
        _ = tdr.nothing_of_ours


def test_importing_the_package_loads_neither_torch_nor_ros() -> None:
    code = (
        'import sys, thermal_depth_ros; thermal_depth_ros.SettingsError; '
        'print({"torch", "rclpy"} & {*sys.modules})'
    )
    found = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.strip() == 'set()'


def test_every_public_name_is_documented(repository: Path) -> None:
    text = (repository / 'docs' / 'python.md').read_text()
    assert [name for name in tdr.__all__ if f'`{name}' not in text] == []


def test_lines_at_the_sides_are_left_out_of_image_and_camera(tiny_thermal_bundle, counts) -> None:
    crop = {'crop_bottom': 2, 'crop_left': 10}
    with tdr.open_pipeline(tiny_thermal_bundle, device='cpu', **crop) as pipeline:
        result = pipeline.process(counts, camera=CAMERA)
        assert result.depth_m.shape == (HEIGHT - 2, WIDTH - 10)
        assert result.camera == CAMERA.cropped(10, 0, WIDTH - 10, HEIGHT - 2)
        with pytest.raises(tdr.InferenceError, match='nothing is left of an image of 5x60'):
            pipeline.process(counts[:, :5])
        with pytest.raises(tdr.InferenceError, match='shape'):
            pipeline.process(counts[0])
