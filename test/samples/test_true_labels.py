# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""True classes beside the images: found by name, matched by stamp, undistorted."""

import numpy as np
import pytest

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.samples import DataConfig, SamplesError
from thermal_depth_ros.samples.recorded_labels import recorded_labels
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.samples.true_labels import resized_labels

IMAGE = 'sensor_msgs/msg/Image'
TRUTH = '/ground_truth/thermal/labels'


@pytest.fixture
def labelled(kit, record, tmp_path):
    """Write a recording with class images and return how to read them."""

    def make(labels, topic=TRUTH, **contents):
        made = kit.passing(4)
        for name, value in contents.items():
            setattr(made, name, value)
        messages = kit.Messages(ros1=False)
        made.extra = [
            (time, topic, IMAGE, messages.image(time, ids, 'mono8')) for time, ids in labels
        ]
        config = DataConfig(
            bags=(record(made),),
            width=kit.WIDTH,
            height=kit.HEIGHT,
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
    found = store.labels(3)
    assert found.shape == (24, 32) and found.dtype == np.uint16
    assert found[0, :2].tolist() == [0, 255] and (found[1:] == 4).all()
    assert store.labels(2) is None
    assert read('none') is None


def test_what_an_undistorted_view_shows_beyond_the_image_has_no_class(labelled):
    store = labelled([(0.0, ids(7))], d=(0.5, 0.0, 0.0, 0.0, 0.0))()
    values = set(np.unique(store.labels(0)).tolist())
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
