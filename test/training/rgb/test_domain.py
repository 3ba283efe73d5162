# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Labels and translated images of day and night: what is missing is named, left out or made."""

import numpy as np
import pytest
import torch

from helpers.day_and_night import SIZE, H, W, data_config, silent, translate, translated
from thermal_depth_ros.bundles import (
    BundleSpec,
    Scale,
    SeedWeights,
    save_bundle,
)
from thermal_depth_ros.bundles.spec import TRANSLATION_PREPROCESSING
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.samples import SamplesError
from thermal_depth_ros.samples.config import cache_root
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.data import open_day_and_night
from thermal_depth_ros.training.rgb.domain import RequiredData, make_domain
from thermal_depth_ros.training.translation.translator import Translator


class Inverter:
    def __init__(self, identity):
        self.identity = identity

    def __call__(self, image):
        return translated(image)


def wanted(**values):
    return RequiredData(**{'translation': 'gaps', 'classes': 'semantic', **values})


def test_missing_translations_are_named_left_out_or_made(world, data):
    translate(world, 'day', 'gaps', leave_out=(2, 3))
    samples, root = data.opened.train, cache_root(data_config(world))
    with pytest.raises(SamplesError, match='frames 2,3 have none; `thermal-depth translate`'):
        make_domain(samples, root, wanted(), silent)
    domain = make_domain(samples, root, wanted(missing_translations='skip'), silent)
    assert len(domain) == len(samples) - 2
    assert 'frames 2,3 have none and are left out' in domain.notes[0]
    assert not any(name.split()[-1].startswith(('2,', '3,')) for name in domain.samples.names)
    with pytest.raises(SamplesError, match='made with other settings'):
        make_domain(samples, root, wanted(missing_translations='make'), silent, Inverter('another'))
    domain = make_domain(
        samples, root, wanted(missing_translations='make'), silent, Inverter('inverted')
    )
    assert len(domain) == len(samples) and not domain.notes
    number = next(i for i, n in enumerate(domain.samples.names) if n.split()[-1].startswith('2,'))
    np.testing.assert_array_equal(
        domain.translated(number), translated(domain.samples.triplet(number).images[0])
    )


def test_a_translation_bundle_makes_what_is_missing(world, tmp_path):
    architecture = {'n_blocks': 1, 'width': 2}
    spec = BundleSpec(
        kind='translation',
        architecture=architecture,
        input_size=(H, W),
        preprocessing=TRANSLATION_PREPROCESSING,
        scale=Scale(metric=False, factor=1.0, source='none'),
        weights=SeedWeights(untrained=True, seed=3),
        licence='Apache-2.0',
    )
    networks = build_networks('translation', architecture, seed=3)
    bundle = tmp_path / 'translation'
    save_bundle(bundle, spec, networks, untrained_parts=())
    method = RgbTrainingConfig(
        day_distillation=False,
        missing_translations='make',
        translation_bundle=str(bundle),
        day_translation='fresh_night',
        night_translation='fresh_day',
    )
    data = open_day_and_night(data_config(world), method, 'cpu', silent)
    for domain, direction in ((data.day, 'day_to_night'), (data.night, 'night_to_day')):
        made = Translator(bundle, direction, torch.device('cpu'))
        image = domain.samples.triplet(0).images[0]
        np.testing.assert_array_equal(domain.translated(0), made(image))
        assert len(domain.classes) == 19
    assert len(data.day) + len(data.night) > 2


def test_what_was_never_made_is_named(world, data):
    samples, root = data.opened.train, cache_root(data_config(world))
    for values, words in (
        ({'translation': 'nothing'}, "translated images 'nothing'"),
        ({'translation': '', 'classes': 'nothing'}, "semantic labels 'nothing'"),
        ({'translation': '', 'depth': 'nothing'}, "depth labels 'nothing'"),
    ):
        with pytest.raises(SamplesError, match=words):
            make_domain(samples, root, wanted(**values), silent)


def test_labels_of_different_classes_by_day_and_by_night(world):
    ours = world / 'classes.yaml'
    ours.write_text('- {name: road, colour: [1, 2, 3]}\n- {name: sky, colour: [0, 0, 255]}\n')
    mapping = world / 'mapping.yaml'
    mapping.write_text('road: road\nsky: sky\n')
    shared = [*SIZE, '--cache-dir', str(world / 'cache'), '--name', 'two']
    options = ['--classes', str(ours), '--mapping', str(mapping), '--teacher', 'truth']
    sheet = ['--sheet', str(world / 'two.png')]
    assert main(['label', '--bags', str(world / 'night'), *shared, *options, *sheet]) == 0
    by_day = ['--bags', str(world / 'day'), *shared, *sheet]
    assert main(['label', *by_day, '--teacher', 'truth']) == 0
    method = RgbTrainingConfig(day_distillation=False, class_labels='two')
    with pytest.raises(SamplesError, match='labels of different classes: by day'):
        open_day_and_night(data_config(world), method, 'cpu', silent)
