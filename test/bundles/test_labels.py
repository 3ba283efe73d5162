# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Label sets: the Cityscapes training classes and the round trip."""

from thermal_depth_ros.bundles import CITYSCAPES_19, UNLABELLED, LabelSet


def test_cityscapes_has_its_19_training_classes_in_order():
    assert len(CITYSCAPES_19) == 19
    assert CITYSCAPES_19.names[0] == 'road'
    assert CITYSCAPES_19.names[18] == 'bicycle'
    assert CITYSCAPES_19.sky == 10
    assert CITYSCAPES_19.colours[0] == (128, 64, 128)
    assert CITYSCAPES_19.colours[10] == (70, 130, 180)
    assert len(set(CITYSCAPES_19.colours)) == 19
    assert UNLABELLED == 255


def test_labels_survive_their_list_form():
    assert LabelSet.from_list(CITYSCAPES_19.to_list()) == CITYSCAPES_19


def test_sets_without_sky_say_so():
    assert LabelSet(('road',), ((0, 0, 0),)).sky is None
