# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of a known scene from a stereo pair, calibrated and not."""

import dataclasses

import numpy as np
import pytest

from helpers.stereo_pairs import CAMERA, Stated, beside, record_pair, see
from thermal_depth_ros.bags.cameras import find_cameras
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.calibration import pair_mounting
from thermal_depth_ros.evaluation.truth.stereo import StereoMatching, matching_size
from thermal_depth_ros.geometry import rigid

NAMES = ('/one', '/two')
LENS = dataclasses.replace(
    CAMERA, cx=84.0, fy=148.0, distortion_model='plumb_bob', distortion=(-0.1, 0.02, 0, 0, 0)
)


def relative_errors(found: np.ndarray, depth: np.ndarray) -> np.ndarray:
    known = np.isfinite(found)
    assert known.mean() > 0.4
    return np.abs(found[known] / depth[known] - 1)


@pytest.mark.parametrize('swapped', [False, True])
def test_metres_of_turned_cameras_with_lenses(swapped):
    T_right_left = beside(turn=(0.01, -0.04, 0.02))
    places, cameras = [np.eye(4), T_right_left], (CAMERA, LENS)
    T = T_right_left
    if swapped:
        places, cameras, T = places[::-1], cameras[::-1], rigid.invert(T_right_left)
    (first, depth), (second, _) = (
        see(camera, place) for camera, place in zip(cameras, places, strict=True)
    )
    found = StereoMatching('thermal', NAMES, cameras, T).depth_m(first, second)
    assert np.median(relative_errors(found, depth)) < 0.02


@pytest.mark.parametrize('swapped', [False, True])
def test_up_to_scale_the_side_of_the_other_camera_is_found(swapped):
    views = [see(CAMERA, np.eye(4)), see(CAMERA, beside())]
    (first, depth), (second, _) = views[::-1] if swapped else views
    matching = StereoMatching('thermal', NAMES)
    found = matching.depth_m(first, second)
    ratio = np.nanmedian(found / depth)
    assert np.median(relative_errors(found / ratio, depth)) < 0.02
    assert matching.undecided == 0


def test_images_that_do_not_match_decide_nothing():
    matching = StereoMatching('thermal', NAMES)
    dark = np.full((96, 160), 7000, np.uint16)
    assert np.isnan(matching.depth_m(dark, dark)).all()
    assert (matching.pairs, matching.undecided) == (1, 1)
    assert np.isfinite(matching.depth_m(see(CAMERA, np.eye(4))[0], see(CAMERA, beside())[0])).any()


def test_sizes_that_do_not_fit():
    small = np.zeros((48, 80), np.uint16)
    large = np.zeros((96, 160), np.uint16)
    with pytest.raises(EvaluationError, match='/two: images of 80x48 pixels, but the other camera'):
        StereoMatching('thermal', NAMES).depth_m(large, small)
    calibrated = StereoMatching('thermal', NAMES, (CAMERA, CAMERA), beside())
    with pytest.raises(EvaluationError, match='/two: images of 80x48 pixels, but camera_info has'):
        calibrated.depth_m(large, small)


def test_memory_is_bounded():
    assert matching_size(256, 640) == (256, 640)
    height, width = matching_size(3000, 4000)
    assert height * width <= 960 * 640 * 1.01
    assert width / height == pytest.approx(4 / 3, rel=0.01)


@pytest.mark.parametrize('says', [Stated(), Stated(transforms=False, shift_in_p=True)])
def test_mounting_from_transforms_or_camera_info(tmp_path, says):
    bag = record_pair(tmp_path / 'bag', 1, says)
    with Recording(bag) as recording:
        left, right = find_cameras(recording)
        tree = RecordedTransforms(recording).of(left.image_topic)
        assert pair_mounting(recording, left, right, tree) == pytest.approx(beside(), abs=1e-9)
        back = pair_mounting(recording, right, left, tree)
        assert back == pytest.approx(rigid.invert(beside()), abs=1e-9)


def test_no_mounting(tmp_path):
    bag = record_pair(tmp_path / 'bag', 1, Stated(transforms=False))
    with Recording(bag) as recording:
        left, right = find_cameras(recording)
        tree = RecordedTransforms(recording).of(left.image_topic)
        with pytest.raises(EvaluationError, match='no constant transform.*P of camera_info has no'):
            pair_mounting(recording, left, right, tree)
