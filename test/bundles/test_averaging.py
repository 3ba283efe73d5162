# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The mean of the weights of bundles."""

import dataclasses

import pytest
import torch

from helpers.tiny_bundles import RGB, THERMAL
from thermal_depth_ros.bundles import BundleError, load_bundle, read_spec, save_bundle
from thermal_depth_ros.bundles.averaging import average_bundles
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.networks.build import build_networks


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Folder with the RGB bundles 1, 2 and 3, which have other weights."""
    folder = tmp_path_factory.mktemp('bundles')
    for seed in (1, 2, 3):
        spec = dataclasses.replace(RGB, training={'steps': seed})
        networks = build_networks('rgb', RGB.architecture, seed=seed)
        save_bundle(folder / str(seed), spec, networks, untrained_parts=())
    return folder


def tensors(path) -> dict[str, torch.Tensor]:
    networks = load_bundle(path).networks
    return {f'{n}.{k}': v for n, net in networks.items() for k, v in net.state_dict().items()}


def test_weights_are_the_mean_and_all_else_is_of_the_last(folder, tmp_path, capsys):
    inputs = [str(folder / name) for name in '123']
    assert main(['average', *inputs, '-o', str(tmp_path / 'mean')]) == 0
    assert 'mean of 3 bundles' in capsys.readouterr().out
    mean, given = tensors(tmp_path / 'mean'), [tensors(path) for path in inputs]
    for name, value in mean.items():
        if value.is_floating_point():
            expected = sum(one[name].double() for one in given) / 3
            torch.testing.assert_close(value.double(), expected, rtol=1e-5, atol=1e-7)
    spec = read_spec(tmp_path / 'mean')
    assert spec.training['steps'] == 3 and spec.trained
    digests = [read_spec(folder / name).weights_digest for name in '123']
    assert spec.training['averaged'] == {'parts': ['all'], 'weights': digests}


def test_only_the_named_parts_are_averaged(folder, tmp_path):
    average_bundles([folder / '1', folder / '2'], tmp_path / 'mean', ['depthseg.depth_decoder'])
    mean, first, last = (tensors(path) for path in (tmp_path / 'mean', folder / '1', folder / '2'))
    changed = {name for name, value in mean.items() if not torch.equal(value, last[name])}
    assert changed and all(name.startswith('depthseg.depth_decoder.') for name in changed)
    differ = {name for name, value in first.items() if not torch.equal(value, last[name])}
    assert len(differ) > 1.5 * len(changed)


def test_the_mean_of_a_bundle_with_itself_is_the_bundle(folder, tmp_path):
    average_bundles([folder / '2', folder / '2'], tmp_path / 'mean')
    own, mean = tensors(folder / '2'), tensors(tmp_path / 'mean')
    assert all(torch.equal(own[name], value) for name, value in mean.items())


def test_what_is_not_trained_in_one_is_not_trained_in_the_mean(folder, tmp_path):
    networks = build_networks('rgb', RGB.architecture, seed=4)
    save_bundle(tmp_path / 'part', RGB, networks, untrained_parts=['pose'])
    average_bundles([tmp_path / 'part', folder / '1'], tmp_path / 'mean')
    assert read_spec(tmp_path / 'mean').untrained_parts == ('pose',)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'licence': 'CC-BY-4.0'}, "licence is 'CC-BY-4.0', but 'Apache-2.0' in"),
        ({'input_size': (96, 160)}, 'input_size is'),
        (
            {'architecture': {**RGB.architecture, 'encoder_width': 8}},
            'its architecture is not that of',
        ),
    ],
)
def test_bundles_that_do_not_belong_together_are_refused(folder, tmp_path, changes, message):
    spec = dataclasses.replace(RGB, **changes)
    networks = build_networks('rgb', spec.architecture, seed=1)
    save_bundle(tmp_path / 'other', spec, networks, untrained_parts=())
    with pytest.raises(BundleError, match='other') as caught:
        average_bundles([tmp_path / 'other', folder / '1'], tmp_path / 'mean')
    assert message in str(caught.value) and not (tmp_path / 'mean').exists()


def test_bad_calls_say_what_is_there(folder, tmp_path, capsys):
    mean = ['-o', str(tmp_path / 'mean')]
    both = [str(folder / '1'), str(folder / '2')]
    assert main(['average', *both, *mean, '--parts', 'depth']) == 1
    assert 'has no part depth, but depthseg.' in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(['average', both[0], *mean])
    assert left.value.code == 2
    assert 'one alone has no mean' in capsys.readouterr().err
    networks = build_networks('thermal', THERMAL.architecture, seed=1)
    save_bundle(tmp_path / 'thermal', THERMAL, networks, untrained_parts=())
    assert main(['average', str(tmp_path / 'thermal'), both[0], *mean]) == 1
    assert "kind is 'thermal', but 'rgb' in" in capsys.readouterr().err
    assert main(['average', *both, '-o', both[0]]) == 1
    assert 'exists already' in capsys.readouterr().err
    assert not (tmp_path / 'mean').exists()
