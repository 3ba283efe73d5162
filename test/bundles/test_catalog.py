# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Facts about bundles, from what their `bundle.yaml` says."""

import dataclasses

import pytest

from thermal_depth_ros.bundles import BundleError, read_spec
from thermal_depth_ros.bundles.catalog import bundle_facts, catalog, learned_from

STORED = {'file': 'weights.safetensors', 'sha256': 'ab' * 32, 'dtype': 'fp16'}
SENTENCE = 'A handheld camera of 60 degrees field of view, indoors'


def test_facts_of_a_thermal_and_an_rgb_bundle(edited, tiny_thermal_bundle, tiny_rgb_bundle):
    metric = {'metric': True, 'factor': 1.0, 'source': 'poses'}
    facts = bundle_facts(edited(tiny_thermal_bundle, trained_on=SENTENCE, scale=metric))
    assert (facts.kind, facts.depth, facts.classes) == ('thermal', 'metres', 0)
    assert facts.trained_on == 'Nothing: all weights are random.'
    assert facts.trained is False
    assert facts.odometry is False, 'its pose network is random'
    rgb = bundle_facts(tiny_rgb_bundle)
    assert (rgb.kind, rgb.depth, rgb.classes) == ('rgb', 'unknown scale', 19)
    assert rgb.licence == 'Apache-2.0'
    assert rgb.size_mb == pytest.approx((tiny_rgb_bundle / 'bundle.yaml').stat().st_size / 1e6)


def test_a_trained_pose_network_means_odometry(edited, tiny_thermal_bundle):
    facts = bundle_facts(edited(tiny_thermal_bundle, weights=STORED, trained_on=SENTENCE))
    assert (facts.odometry, facts.trained) == (True, True)
    assert facts.trained_on == f'{SENTENCE}.'


@pytest.mark.parametrize(
    ('names', 'said'),
    [
        ((), 'The bundle does not say what it was trained on.'),
        (('x/walk',), 'Recording walk.'),
        (('a/day', 'b/night'), 'Recordings day and night.'),
        (('1', '2', '3', '4'), '4 recordings, 1 to 4.'),
    ],
)
def test_bundles_without_the_sentence_tell_their_recordings(edited, tiny_rgb_bundle, names, said):
    spec = read_spec(edited(tiny_rgb_bundle, weights=STORED))
    assert spec.trained_on == ''
    training = {'settings': {'bags': list(names)}}
    assert learned_from(dataclasses.replace(spec, training=training)) == said


def test_places_are_bundles_or_folders_of_them(edited, tiny_rgb_bundle):
    copy = edited(tiny_rgb_bundle)
    broken = copy.parent / 'broken'
    broken.mkdir()
    (broken / 'bundle.yaml').write_text('schema: 1\n')
    found = {one.name: one for one in catalog([copy.parent])}
    assert set(found) == {'edited', 'broken'}
    assert found['edited'].problem == ''
    assert 'kind: missing' in found['broken'].problem
    assert found['broken'].kind is None
    assert [one.name for one in catalog([copy, copy])] == ['edited']
    with pytest.raises(BundleError, match='not found'):
        catalog(['no_such_bundle'])


def test_shipped_bundles_say_what_they_learned_from(repository):
    real = {'rgb_default': '200 images of one office', 'thermal_default': 'no real image'}
    shipped = catalog([repository / 'models'])
    assert {facts.name for facts in shipped} == set(real)
    for facts in shipped:
        assert facts.trained_on.startswith('Simulated') and real[facts.name] in facts.trained_on
        assert facts.size_mb <= 40.0
