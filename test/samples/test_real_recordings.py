# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of real cameras, where they are at hand."""

from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.sample_truth import true_depth_m
from thermal_depth_ros.geometry.warp import project_grid, sample
from thermal_depth_ros.samples import DataConfig, SamplesError, SampleSet, open_samples

LEPTON = """image_width: 160
image_height: 120
camera_matrix: {data: [150, 0, 79.5, 0, 150, 59.5, 0, 0, 1]}
"""


def warped_error(samples: SampleSet, index: int) -> tuple[float, float]:
    """Return the mean colour error of both neighbours, warped by true depth and pose, and not."""
    triplet, depth_m = samples.triplet(index), true_depth_m(samples, index)
    depth = torch.from_numpy(depth_m)[None, None]
    K = torch.from_numpy(triplet.K).float()[None]
    target, *sources = torch.from_numpy(triplet.images).float().permute(0, 3, 1, 2)
    warped, plain = [], []
    for source, motion in zip(sources, triplet.T_target_source, strict=True):
        warp = project_grid(depth, torch.from_numpy(motion).float()[None], K)
        seen = (warp.valid & (depth > 0))[0].expand(3, -1, -1)
        warped.append((sample(source[None], warp)[0] - target).abs()[seen].mean())
        plain.append((source - target).abs()[seen].mean())
    return float(torch.stack(warped).mean()), float(torch.stack(plain).mean())


@pytest.mark.parametrize(('stride', 'most'), [(1, 0.3), (5, 0.45)])
def test_true_depth_and_poses_explain_the_neighbours_of_a_real_drive(
    shared_data: Path, tmp_path: Path, stride: int, most: float
) -> None:
    samples = open_samples(
        DataConfig(
            bags=(str(shared_data / 'handheld_rgbd'),),
            camera='rgb',
            width=540,
            height=360,
            frame_interval=stride,
            validation_frames=40,
            cache_dir=str(tmp_path),
        )
    ).validation
    errors = [warped_error(samples, index) for index in range(0, len(samples), 3)]
    warped, plain = np.mean(errors, axis=0)
    assert warped / plain < most


def test_two_hundred_frames_train_and_forty_validate(shared_data: Path, tmp_path: Path) -> None:
    samples = open_samples(
        DataConfig(
            bags=(str(shared_data / 'handheld_rgbd'),),
            camera='rgb',
            width=96,
            height=64,
            validation_frames=40,
            cache_dir=str(tmp_path),
        )
    )
    assert samples.train.frame_count == 200 and samples.validation.frame_count == 40
    assert samples.train.has_poses and len(samples.train) > 180
    (track,) = samples.validation.sequences()
    assert len(track.frames) == 40
    assert samples.validation.frame_depth_m(39).shape == (360, 540)
    assert '239' in samples.validation.frame(39).where


def test_a_fixed_camera_is_recognised(shared_data: Path, tmp_path: Path) -> None:
    calibration = tmp_path / 'lepton.yaml'
    calibration.write_text(LEPTON)
    bag = (str(shared_data / 'lepton_thermal16.bag'),)
    cache = str(tmp_path / 'cache')
    with pytest.raises(SamplesError, match='no CameraInfo'):
        open_samples(DataConfig(bags=bag, cache_dir=cache))
    for width, height in ((160, 120), (320, 256)):
        config = DataConfig(
            bags=bag, calibration=str(calibration), width=width, height=height, cache_dir=cache
        )
        with pytest.raises(SamplesError, match='all images stand still'):
            open_samples(config)


def test_a_flight_with_gaps_and_gain_control_is_used(shared_data: Path, tmp_path: Path) -> None:
    samples = open_samples(
        DataConfig(
            bags=(str(shared_data / 'aerial_thermal8'),),
            frame_interval=1,
            validation_fraction=0.0,
            cache_dir=str(tmp_path),
        )
    )
    assert not samples.deep and len(samples.train) > 100
    stamps = np.array([samples.train.triplet(i).stamps_ns for i in range(len(samples.train))])
    assert (stamps.max(1) - stamps.min(1)).max() <= 4_000_000_000
    assert samples.left_out['triplets across a gap'] > 0
    assert any('temperatures are lost' in note for note in samples.notes)


def test_cameras_of_a_car_are_placed_by_its_static_transforms(
    shared_data: Path, tmp_path: Path
) -> None:
    bag = (str(shared_data / 'driving_lidar'),)
    common = {'camera': 'rgb', 'width': 484, 'height': 304, 'frame_interval': 1}
    common |= {'validation_fraction': 0.0, 'cache_dir': str(tmp_path)}
    with pytest.raises(SamplesError, match='3 rgb cameras: /front/image_rect/compressed'):
        open_samples(DataConfig(bags=bag, **common))
    for camera, sideways in (('front', 0.2), ('front_left', 0.9)):
        topic = f'/{camera}/image_rect/compressed'
        samples = open_samples(DataConfig(bags=bag, image_topic=topic, **common))
        (triplet,) = [samples.train.triplet(i) for i in range(len(samples.train))]
        before, behind = triplet.T_target_source[:, :3, 3]
        # The car drives about 1.3 m forward between images: what is seen by a camera that looks
        # ahead comes nearer, and moves across a camera that looks aside.
        assert 0.8 < np.linalg.norm(before) < 2.0 and 0.8 < np.linalg.norm(behind) < 2.0
        assert before[2] > 0 > behind[2]
        across = np.abs(behind[0]) / np.linalg.norm(behind)
        assert across < sideways if camera == 'front' else across > 0.3
        assert samples.camera.distortion == ()


def test_four_cameras_without_calibration_are_not_guessed(
    shared_data: Path, tmp_path: Path
) -> None:
    bag = (str(shared_data / 'driving_thermal16'),)
    with pytest.raises(SamplesError, match='2 thermal cameras: /left/thermal/image_raw'):
        open_samples(DataConfig(bags=bag, cache_dir=str(tmp_path)))
    named = DataConfig(bags=bag, image_topic='/left/thermal/image_raw', cache_dir=str(tmp_path))
    with pytest.raises(SamplesError, match='no CameraInfo belongs to /left/thermal/image_raw'):
        open_samples(named)
