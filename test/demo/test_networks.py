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
    for fact in ('120 steps', '60 samples', 'seed_1000', 'night.bag', 'in metres', METRIC.source):
        assert fact in words
    assert words.startswith(spec.description)


def test_the_last_of_several_trainings_is_called_so(spec):
    settings = {'bags': ['a'], 'start_bundle': 'out/first/bundle'}
    assert 'Trained further for 120 steps' in network_words(trained(spec, settings=settings))
    assert 'Trained for 120 steps' in network_words(trained(spec, 'a'))


def test_many_recordings_are_counted(spec):
    names = [f'drives/seed_{seed}' for seed in range(1000, 1040)]
    words = network_words(trained(spec, *names))
    assert '40 recordings' in words and 'seed_1000' in words and 'seed_1039' in words
    assert 'seed_1020' not in words


def test_a_trained_bundle_that_tells_nothing_is_trained_all_the_same(spec):
    words = network_words(dataclasses.replace(spec, description=''))
    assert words.startswith('Trained') and 'not metres' in words


def test_what_is_random_is_reported(spec, tiny_thermal_bundle):
    seeded = network_words(read_spec(tiny_thermal_bundle))
    assert 'Not trained' in seeded and 'all weights' in seeded
    stored = spec.weights
    assert isinstance(stored, StoredWeights)
    partly = dataclasses.replace(stored, untrained_parts=('depth.head', 'pose'))
    words = network_words(dataclasses.replace(trained(spec, 'a'), weights=partly))
    assert 'Not trained' in words and 'depth.head' in words and 'pose' in words
    assert '120 steps' not in words


def test_no_bundle_is_no_error(tmp_path):
    for name in (None, '', str(tmp_path / 'none'), 'passthrough'):
        assert spec_of(name) is None
    assert network_words(None) == NO_BUNDLE
    assert palette(None) == {}


def test_colours_are_those_of_the_labels(tiny_rgb_bundle, tiny_thermal_bundle):
    assert palette(spec_of(str(tiny_rgb_bundle)))[0] == (128, 64, 128)
    assert palette(spec_of(str(tiny_thermal_bundle))) == {}
