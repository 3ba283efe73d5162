# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""True depth beside the images that are validated on."""

import pickle

import numpy as np
import pytest


def deep(value: float, shape=(24, 32)) -> np.ndarray:
    depth = np.full(shape, value, np.float32)
    depth[0, :4] = [np.nan, np.inf, -np.inf, -1.0]
    return depth


def test_depth_is_matched_by_stamp_at_its_own_size(kit, record, open_bags) -> None:
    contents = kit.passing(10)
    # 20 ms late, and one image has none within half a period of the camera.
    contents.depth = [(0.1 * i + 0.02, deep(1.0 + i)) for i in range(10) if i != 8]
    samples = open_bags(record(contents), validation_frames=4)
    validation = samples.validation
    assert validation.has_depth and not samples.train.has_depth
    depth = validation.frame_depth_m(1)
    assert depth.shape == (24, 32) and depth.dtype == np.float32
    assert not depth[0, :4].any() and (depth[1:] == 8.0).all()
    assert validation.frame_depth_m(2) is None
    assert any('no depth at the time of 1 of 4 images' in note for note in samples.notes)
    assert samples.train.depth_m(0) is None
    np.testing.assert_array_equal(validation.depth_m(0), depth)  # the target of the first triplet
    again = pickle.loads(pickle.dumps(validation))
    np.testing.assert_array_equal(again.frame_depth_m(1), depth)


def test_of_two_candidates_the_nearer_is_taken(kit, record, open_bags) -> None:
    contents = kit.passing(6)
    contents.depth = [(t + 0.1 * i, deep(10 * i + t)) for i in range(6) for t in (0.03, 0.01)]
    validation = open_bags(record(contents), validation_frames=3).validation
    assert validation.frame_depth_m(0)[1, 1] == pytest.approx(30.01)


def test_millimetres_become_metres(kit, record, open_bags) -> None:
    contents = kit.passing(6)
    millimetres = np.full((24, 32), 2500, np.uint16)
    millimetres[0, 0] = 0
    contents.depth = [(0.1 * i, millimetres) for i in range(6)]
    depth = open_bags(record(contents), validation_frames=3).validation.frame_depth_m(0)
    assert depth[1, 1] == pytest.approx(2.5) and depth[0, 0] == 0


def test_depth_of_another_size_or_kind_is_left_out_and_counted(kit, record, open_bags) -> None:
    contents = kit.passing(8)
    contents.depth = [(0.1 * i, deep(5.0)) for i in range(4, 8)]
    contents.depth[2] = (0.6, deep(5.0, (12, 16)))
    contents.depth[3] = (0.7, np.zeros((24, 32, 3), np.uint8))
    path = record(contents)
    samples = open_bags(path, validation_frames=4)
    found = [samples.validation.frame_depth_m(i) is not None for i in range(4)]
    assert found == [True, True, False, False]
    assert sum('depth maps left out' in note for note in samples.notes) == 2


def test_depth_is_found_by_its_name_or_given_or_refused(kit, record, open_bags) -> None:
    contents, messages = kit.passing(6), kit.Messages(False)
    contents.extra = [
        (
            0.1 * i,
            '/sensor/range',
            'sensor_msgs/msg/Image',
            messages.image(0.1 * i, deep(4), '32FC1'),
        )
        for i in range(6)
    ]
    path = record(contents)
    assert not open_bags(path, validation_frames=3).validation.has_depth
    named = open_bags(path, validation_frames=3, depth_topic='/sensor/range')
    assert named.validation.depth_m(0)[1, 1] == 4
    contents.depth = [(0.1 * i, deep(5.0)) for i in range(6)]
    both = record(contents, 'both')
    assert open_bags(both, validation_frames=3).validation.depth_m(0)[1, 1] == 5
    assert not open_bags(both, validation_frames=3, depth_topic='none').validation.has_depth
