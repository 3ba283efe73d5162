# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded depth and classes: found by name, matched by stamp, undistorted."""

import pickle

import numpy as np
import pytest

from helpers.sample_truth import true_depth_m
from helpers.thermal_bags import HEIGHT, WIDTH, Messages, passing
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.samples import DataConfig, SamplesError
from thermal_depth_ros.samples.preparing import recorded_labels
from thermal_depth_ros.samples.recorded_maps import FAR, resized_labels
from thermal_depth_ros.samples.single_images import open_images

IMAGE = 'sensor_msgs/msg/Image'
TRUTH = '/ground_truth/thermal/labels'


@pytest.fixture
def labelled(record, tmp_path):
    """Write a recording with class images and return how to read them."""

    def make(labels, topic=TRUTH, **contents):
        made = passing(4)
        for name, value in contents.items():
            setattr(made, name, value)
        messages = Messages(ros1=False)
        made.extra = [
            (time, topic, IMAGE, messages.image(time, ids, 'mono8')) for time, ids in labels
        ]
        config = DataConfig(
            bags=(record(made),),
            width=WIDTH,
            height=HEIGHT,
            cache_dir=str(tmp_path / 'cache'),
        )
        frames = open_images(config, lambda *_: None).recordings[0]
        return lambda wanted='': recorded_labels(frames, config, wanted, lambda *_: None)

    return make


def ids(value, shape=(24, 32)):
    made = np.full(shape, value, np.uint8)
    made[0, :2] = (0, 255)
    return made


def test_classes_are_found_by_name_and_matched_by_stamp(labelled):
    read = labelled([(0.1 * i + 0.02, ids(i + 1)) for i in (0, 1, 3)])
    store = read()
    assert store.topic == TRUTH
    assert store.found.tolist() == [True, True, False, True]
    found = store.row(3)
    assert found.shape == (24, 32) and found.dtype == np.uint16
    assert found[0, :2].tolist() == [0, 255] and (found[1:] == 4).all()
    assert store.row(2) is None
    assert read('none') is None


def test_what_an_undistorted_view_shows_beyond_the_image_has_no_class(labelled):
    store = labelled([(0.0, ids(7))], d=(0.5, 0.0, 0.0, 0.0, 0.0))()
    values = set(np.unique(store.row(0)).tolist())
    assert 255 in values and values <= {0, 7, 255}


def test_topics_that_cannot_be_meant(labelled):
    with pytest.raises(BagError, match='/nowhere'):
        labelled([(0.0, ids(7))])('/nowhere')


def test_a_topic_of_another_type(labelled):
    with pytest.raises(SamplesError, match='camera_info is a sensor_msgs/msg/CameraInfo'):
        labelled([(0.0, ids(7))])('/thermal/camera_info')


def test_without_a_plain_topic_there_are_none(labelled):
    assert labelled([(0.0, ids(7))], topic='/guesses/labels')() is None


def test_classes_of_another_size_are_left_out(labelled):
    store = labelled([(0.0, ids(7)), (0.1, ids(7, (12, 16)))])()
    assert store.found.tolist() == [True, False, False, False]
    assert 'labels before had another' in store.problems[0]


def test_resizing_keeps_ids_and_places():
    labels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    np.testing.assert_array_equal(resized_labels(labels, (8, 8))[::2, ::2], labels)
    np.testing.assert_array_equal(resized_labels(labels.repeat(3, 0).repeat(3, 1), (4, 4)), labels)
    assert resized_labels(labels.astype(np.uint16), (2, 2)).dtype == np.uint16


def deep(value: float, shape=(24, 32)) -> np.ndarray:
    depth = np.full(shape, value, np.float32)
    depth[0, :4] = [np.nan, np.inf, -np.inf, -1.0]
    return depth


def test_depth_is_matched_by_stamp_at_its_own_size(record, open_bags) -> None:
    contents = passing(10)
    # 20 ms late, and one image has none within half a period of the camera.
    contents.depth = [(0.1 * i + 0.02, deep(1.0 + i)) for i in range(10) if i != 8]
    samples = open_bags(record(contents), validation_frames=4)
    validation = samples.validation
    assert validation.has_depth and not samples.train.has_depth
    depth = validation.frame_depth_m(1)
    assert depth.shape == (24, 32) and depth.dtype == np.float32
    assert depth[0, :4].tolist() == [0, FAR, 0, 0] and (depth[1:] == 8.0).all()
    assert validation.frame_depth_m(2) is None
    assert any('no depth at the time of 1 of 4 images' in note for note in samples.notes)
    assert true_depth_m(samples.train, 0) is None
    np.testing.assert_array_equal(true_depth_m(validation, 0), depth)
    again = pickle.loads(pickle.dumps(validation))
    np.testing.assert_array_equal(again.frame_depth_m(1), depth)


def test_of_two_candidates_the_nearer_is_taken(record, open_bags) -> None:
    contents = passing(6)
    contents.depth = [(t + 0.1 * i, deep(10 * i + t)) for i in range(6) for t in (0.03, 0.01)]
    validation = open_bags(record(contents), validation_frames=3).validation
    assert validation.frame_depth_m(0)[1, 1] == pytest.approx(30.01)


def test_millimetres_become_metres(record, open_bags) -> None:
    contents = passing(6)
    millimetres = np.full((24, 32), 2500, np.uint16)
    millimetres[0, 0] = 0
    contents.depth = [(0.1 * i, millimetres) for i in range(6)]
    depth = open_bags(record(contents), validation_frames=3).validation.frame_depth_m(0)
    assert depth[1, 1] == pytest.approx(2.5) and depth[0, 0] == 0


def test_depth_of_another_size_or_kind_is_left_out_and_counted(record, open_bags) -> None:
    contents = passing(8)
    contents.depth = [(0.1 * i, deep(5.0)) for i in range(4, 8)]
    contents.depth[2] = (0.6, deep(5.0, (12, 16)))
    contents.depth[3] = (0.7, np.zeros((24, 32, 3), np.uint8))
    path = record(contents)
    samples = open_bags(path, validation_frames=4)
    found = [samples.validation.frame_depth_m(i) is not None for i in range(4)]
    assert found == [True, True, False, False]
    assert sum('depth maps left out' in note for note in samples.notes) == 2


def test_depth_is_found_by_its_name_or_given_or_refused(record, open_bags) -> None:
    contents, messages = passing(6), Messages(False)
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
    assert true_depth_m(named.validation, 0)[1, 1] == 4
    contents.depth = [(0.1 * i, deep(5.0)) for i in range(6)]
    both = record(contents, 'both')
    assert true_depth_m(open_bags(both, validation_frames=3).validation, 0)[1, 1] == 5
    assert not open_bags(both, validation_frames=3, depth_topic='none').validation.has_depth
