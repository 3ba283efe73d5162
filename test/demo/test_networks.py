# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is said about the networks is what their bundle says."""

import dataclasses

import pytest

from thermal_depth_ros.bundles import Scale, read_spec
from thermal_depth_ros.bundles.sections import StoredWeights
from thermal_depth_ros.demo.networks import NO_BUNDLE, network_words, palette, spec_of

METRIC = Scale(True, 1.0, 'poses on /odometry in training')


@pytest.fixture
def spec(tiny_stored_bundle):
    return dataclasses.replace(read_spec(tiny_stored_bundle), description='A small network')


def trained(spec, *names, **more):
    training = {'steps': 120, 'samples': 60, 'settings': {'bags': list(names)}, **more}
    return dataclasses.replace(spec, training=training, scale=METRIC)


def test_training_data_and_scale_are_told(spec):
    words = network_words(trained(spec, 'out/drives/seed_1000', '/data/night.bag'))
    assert words == (
        'A small network. Trained for 120 steps on 60 samples of the recordings seed_1000 and '
        'night.bag. Depth is in metres (poses on /odometry in training).'
    )


def test_many_recordings_are_counted(spec):
    names = [f'drives/seed_{seed}' for seed in range(1000, 1040)]
    assert 'of 40 recordings, seed_1000 to seed_1039.' in network_words(trained(spec, *names))


def test_a_trained_bundle_that_tells_nothing_is_trained_all_the_same(spec):
    words = network_words(dataclasses.replace(spec, description=''))
    assert words.startswith('Trained. Depth is in arbitrary units, not metres (')


def test_what_is_random_is_said(spec, tiny_thermal_bundle):
    seeded = network_words(read_spec(tiny_thermal_bundle))
    assert seeded == 'Not trained: all weights are random.'
    stored = spec.weights
    assert isinstance(stored, StoredWeights)
    partly = dataclasses.replace(stored, untrained_parts=('depth.head', 'pose'))
    words = network_words(dataclasses.replace(trained(spec, 'a'), weights=partly))
    assert words == ('A small network. Not trained: the weights of depth.head and pose are random.')


def test_no_bundle_is_no_error(tmp_path):
    for name in (None, '', str(tmp_path / 'none'), 'passthrough'):
        assert spec_of(name) is None
    assert network_words(None) == NO_BUNDLE
    assert palette(None) == {}


def test_colours_are_those_of_the_labels(tiny_rgb_bundle, tiny_thermal_bundle):
    assert palette(spec_of(str(tiny_rgb_bundle)))[0] == (128, 64, 128)
    assert palette(spec_of(str(tiny_thermal_bundle))) == {}
