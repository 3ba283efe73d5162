# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Loading and saving: round trips in every storage type, atomic writing."""

import dataclasses
import socket

import pytest
import torch

from helpers.processes import modules_loaded_by
from helpers.tiny_bundles import tensors
from thermal_depth_ros.bundles import (
    BundleError,
    load_bundle,
    read_spec,
    save_bundle,
    validate_bundle,
)


def test_untrained_bundle_loads_without_a_weight_file(any_tiny_bundle):
    assert [path.name for path in any_tiny_bundle.iterdir()] == ['bundle.yaml']
    one, two = load_bundle(any_tiny_bundle), load_bundle(any_tiny_bundle)
    assert set(one.networks) == {'pose', 'depth' if one.spec.kind == 'thermal' else 'depthseg'}
    again = tensors(two)
    assert all(torch.equal(tensor, again[key]) for key, tensor in tensors(one).items())
    assert not any(network.training for network in one.networks.values())
    assert validate_bundle(any_tiny_bundle) == []


def test_others_may_read_the_weights(tmp_path, tiny_thermal_bundle):
    bundle = load_bundle(tiny_thermal_bundle)
    save_bundle(tmp_path / 'kept', bundle.spec, bundle.networks)
    assert (tmp_path / 'kept' / 'weights.safetensors').stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(('dtype', 'error'), [('fp32', 0.0), ('fp16', 6e-4), ('bf16', 5e-3)])
def test_networks_survive_storage(tmp_path, tiny_thermal_bundle, dtype, error):
    bundle = load_bundle(tiny_thermal_bundle)
    spec = save_bundle(tmp_path / 'kept', bundle.spec, bundle.networks, dtype, untrained_parts=())
    again = load_bundle(tmp_path / 'kept')
    assert again.spec == spec
    assert spec.trained and spec.weights.dtype == dtype
    before, after = tensors(bundle), tensors(again)
    assert before.keys() == after.keys()
    for key, tensor in after.items():
        assert tensor.dtype == before[key].dtype
        torch.testing.assert_close(tensor, before[key], rtol=2 * error, atol=error / 100)
    x = torch.rand(1, 3, 64, 80)
    with torch.inference_mode():
        depths = [b.networks['depth'](x) for b in (bundle, again)]
    torch.testing.assert_close(*depths, rtol=0, atol=20 * error)
    assert validate_bundle(tmp_path / 'kept') == []


@pytest.mark.parametrize(('dtype', 'error'), [('fp32', 0.0), ('fp16', 5e-3)])
def test_hybrid_networks_with_adapters_survive_training_and_storage(
    tmp_path, tiny_hybrid_bundle, dtype, error
):
    """Running statistics and adapters away from their start, as training leaves them."""
    bundle = load_bundle(tiny_hybrid_bundle)
    depth, pose = bundle.networks['depth'], bundle.networks['pose']
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(2, 3, 64, 80, generator=generator)
    frames = torch.randn(2, 2, 1, 64, 80, generator=generator)
    with torch.no_grad():
        for adapter in depth.backbone.adapters.values():
            adapter.up.weight.add_(0.1 * torch.randn(48, 4, 3, 3, generator=generator))
        for network, inputs in ((depth, (x,)), (pose, tuple(frames))):
            network.train()(*inputs)
            network.eval()
    spec = save_bundle(tmp_path / 'kept', bundle.spec, bundle.networks, dtype, untrained_parts=())
    again = load_bundle(tmp_path / 'kept')
    assert again.spec == spec and again.spec.networks_architecture.pose_width == 8
    before, after = tensors(bundle), tensors(again)
    assert before.keys() == after.keys()
    assert 'depth.backbone.adapters.3.up.weight' in after
    assert int(after['depth.backbone.stem.bn1.num_batches_tracked']) == 1
    with torch.inference_mode():
        for name, inputs in (('depth', (x,)), ('pose', tuple(frames))):
            found, wanted = (b.networks[name](*inputs) for b in (again, bundle))
            torch.testing.assert_close(found, wanted, rtol=error, atol=error)
    assert validate_bundle(tmp_path / 'kept') == []


def test_saved_seed_networks_stay_untrained_unless_said_otherwise(tmp_path, tiny_thermal_bundle):
    bundle = load_bundle(tiny_thermal_bundle)
    spec = save_bundle(tmp_path / 'a', bundle.spec, bundle.networks, 'bf16')
    assert spec.untrained_parts == ('all',) and not load_bundle(tmp_path / 'a').spec.trained
    spec = save_bundle(tmp_path / 'b', spec, bundle.networks, 'bf16', untrained_parts=['pose'])
    assert spec.untrained_parts == ('pose',)


def test_loading_touches_no_network(monkeypatch, any_tiny_bundle):
    def refuse(*_args, **_kwargs):
        raise AssertionError('a socket was opened')

    monkeypatch.setattr(socket, 'socket', refuse)
    monkeypatch.setattr(socket, 'create_connection', refuse)
    load_bundle(any_tiny_bundle)


def test_a_bundle_of_the_other_kind_is_refused(tiny_rgb_bundle):
    with pytest.raises(BundleError, match="kind is 'rgb', but a 'thermal' bundle is needed"):
        load_bundle(tiny_rgb_bundle, kind='thermal')
    assert load_bundle(tiny_rgb_bundle, kind='rgb').spec.kind == 'rgb'


def test_an_existing_folder_is_not_overwritten_unasked(tmp_path, tiny_thermal_bundle):
    spec = read_spec(tiny_thermal_bundle)
    save_bundle(tmp_path / 'new', spec)
    changed = dataclasses.replace(spec, licence='other')
    with pytest.raises(BundleError, match='exists already'):
        save_bundle(tmp_path / 'new', changed)
    assert read_spec(tmp_path / 'new') == spec
    save_bundle(tmp_path / 'new', changed, overwrite=True)
    assert read_spec(tmp_path / 'new') == changed
    assert [path.name for path in tmp_path.iterdir()] == ['new']


def test_a_folder_that_is_no_bundle_is_never_replaced(tmp_path, tiny_thermal_bundle):
    (tmp_path / 'photos').mkdir()
    (tmp_path / 'photos' / 'cat.png').touch()
    with pytest.raises(BundleError, match='exists already'):
        save_bundle(tmp_path / 'photos', read_spec(tiny_thermal_bundle), overwrite=True)
    assert (tmp_path / 'photos' / 'cat.png').exists()


def test_specs_that_could_not_be_read_back_are_not_written(tmp_path, tiny_thermal_bundle):
    spec = dataclasses.replace(read_spec(tiny_thermal_bundle), input_size=(64, -1))
    with pytest.raises(BundleError, match='input_size'):
        save_bundle(tmp_path / 'new', spec)
    assert list(tmp_path.iterdir()) == []


def test_networks_of_another_architecture_are_not_stored(
    tmp_path, tiny_thermal_bundle, tiny_rgb_bundle
):
    networks = load_bundle(tiny_rgb_bundle).networks
    with pytest.raises(BundleError, match='unexpected depthseg'):
        save_bundle(tmp_path / 'new', read_spec(tiny_thermal_bundle), networks, 'bf16')
    assert list(tmp_path.iterdir()) == []


def test_a_stored_spec_without_networks_is_refused(tmp_path, stored_rgb_bundle):
    with pytest.raises(BundleError, match='no networks given'):
        save_bundle(tmp_path / 'new', read_spec(stored_rgb_bundle))
    with pytest.raises(BundleError, match='int4'):
        save_bundle(tmp_path / 'new', read_spec(stored_rgb_bundle), dtype='int4')


def test_the_rgb_camera_does_not_import_timm(tiny_rgb_bundle):
    code = 'from thermal_depth_ros.bundles import load_bundle; '
    loaded, _ = modules_loaded_by(f'{code}load_bundle({str(tiny_rgb_bundle)!r})')
    assert 'torch' in loaded and 'timm' not in loaded


def test_a_full_disk_names_the_bundle_and_leaves_nothing(tmp_path, tiny_thermal_bundle, no_room):
    bundle = load_bundle(tiny_thermal_bundle)
    named = r'cannot be written: weights\.safetensors.*full_bundle'
    with no_room(), pytest.raises(OSError, match=named):
        save_bundle(tmp_path / 'full_bundle', bundle.spec, bundle.networks)
    assert not list(tmp_path.iterdir())
