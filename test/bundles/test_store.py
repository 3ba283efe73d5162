# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Loading and saving: round trips in every storage type, atomic writing, damaged files."""

import dataclasses
import json
import math
import resource
import shutil
import socket
import struct
import subprocess
import sys

import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from thermal_depth_ros.bundles import (
    BundleError,
    load_bundle,
    read_spec,
    save_bundle,
    validate_bundle,
)
from thermal_depth_ros.networks.hybrid import HybridBackbone
from thermal_depth_ros.networks.timm_vit import BackboneError
from thermal_depth_ros.networks.vit import VisionBackbone


@pytest.fixture
def stored(stored_rgb_bundle, tmp_path):
    """A bundle with weights that the test may damage."""
    copy = tmp_path / 'damaged'
    shutil.copytree(stored_rgb_bundle, copy)
    return copy


def tensors(bundle):
    return {
        f'{name}.{key}': tensor
        for name, network in bundle.networks.items()
        for key, tensor in network.state_dict().items()
    }


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


@pytest.mark.parametrize('field', ['backbone_args', 'stem_args'])
@pytest.mark.parametrize(
    'argument',
    ['checkpoint_path', 'pretrained_cfg', 'pretrained_cfg_overlay', 'cache_dir'],
)
def test_no_argument_of_timm_reads_a_file(
    edited, tiny_hybrid_bundle, tmp_path, monkeypatch, field, argument
):
    """Whatever timm would do with such an argument, the file is not even opened."""
    bait = tmp_path / 'bait.pth'
    torch.save({}, bait)
    architecture = dict(read_spec(tiny_hybrid_bundle).architecture)
    architecture[field] = {**architecture[field], argument: str(bait)}
    path = edited(tiny_hybrid_bundle, architecture=architecture)
    opened = []
    monkeypatch.setattr('torch.load', lambda file, *a, **k: opened.append(file))
    monkeypatch.setattr('timm.create_model', lambda *a, **k: opened.append(a))
    with pytest.raises(BundleError, match=f"architecture.{field}: '{argument}' not among"):
        load_bundle(path)
    assert opened == []


def test_arguments_of_timm_are_checked_in_the_networks_as_well():
    with pytest.raises(BackboneError, match="'checkpoint_path' not among"):
        VisionBackbone(timm_args={'checkpoint_path': '/etc/passwd'})
    with pytest.raises(BackboneError, match="'checkpoint_path' not among"):
        HybridBackbone('vit_tiny_patch16_224', 'resnet18', {'checkpoint_path': '/etc/passwd'})


@pytest.mark.parametrize(
    'architecture',
    [
        {'head_channels': 4096, 'head_widths': [8192] * 4},
        {'backbone_args': {'depth': 64, 'embed_dim': 4096, 'num_heads': 64}},
        {'backbone_args': {'img_size': 2048, 'patch_size': 4, 'embed_dim': 4096, 'num_heads': 64}},
        {'pose_width': 1024},
    ],
)
def test_a_small_file_does_not_take_much_memory(edited, tiny_thermal_bundle, architecture):
    path = edited(tiny_thermal_bundle, architecture=architecture)
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BundleError, match='parameters are more than 600000000'):
        load_bundle(path)
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    assert grown_kib < 2 << 20


def test_an_input_of_too_many_pixels_is_refused(edited, tiny_rgb_bundle):
    with pytest.raises(BundleError, match=r'input_size: \[4096, 4096\] are more than'):
        load_bundle(edited(tiny_rgb_bundle, input_size=[4096, 4096]))


@pytest.mark.parametrize(
    'more',
    [
        {'stem_args': {'cardinality': 64}},
        {'stem_args': {'channels': [16, 24]}},
        {'stem_args': {'layers': [1, 1]}},
        {'stem': 'inception_v3', 'stem_args': {}},
        {'stem': 'levit_128', 'stem_args': {}},
        {'backbone_args': {'embed_dim': 48, 'num_heads': 5}},
        {'backbone_args': {'embed_dim': 1, 'num_heads': 64}},
        {'backbone': 'swin_tiny_patch4_window7_224', 'backbone_args': {}},
        {'backbone': 'vit_tiny_patch16_224', 'backbone_args': {'img_size': 4}},
        {'taps': [40, 41]},
    ],
)
def test_whatever_a_constructor_raises_is_a_bundle_error(edited, tiny_hybrid_bundle, more):
    architecture = {**read_spec(tiny_hybrid_bundle).architecture, **more}
    with pytest.raises(BundleError) as caught:
        load_bundle(edited(tiny_hybrid_bundle, architecture=architecture))
    assert all(len(problem.rstrip(': ')) > 20 for problem in caught.value.problems)


def test_a_file_that_goes_away_meanwhile_is_named(stored_rgb_bundle, monkeypatch):
    def gone(*args):
        raise FileNotFoundError(2, 'No such file or directory')

    monkeypatch.setattr('thermal_depth_ros.bundles.weights_file.sha256_of', gone)
    with pytest.raises(BundleError, match=r'weights.safetensors: .*No such file'):
        load_bundle(stored_rgb_bundle)


# What a mutation puts in the place of a value or adds as an argument.
_ODD = st.sampled_from(
    [None, True, -1, 0, 3, 64, 4097, 2**63, 1e-9, 1e300, math.nan, '', 'x' * 300, '2024-01-01']
    + ['resnet18', 'vgg11', 'levit_128', 'eva02_tiny_patch14_224', [], {}, [1], [1, 2], [7] * 5]
)
_ARGUMENTS = st.sampled_from(
    ['img_size', 'patch_size', 'embed_dim', 'num_heads', 'depth', 'mlp_ratio', 'reg_tokens']
    + ['class_token', 'channels', 'layers', 'stem_width', 'stem_type', 'output_stride', 'in_chans']
    + ['cardinality', 'base_width', 'checkpoint_path', 'features_only', 'block_fn', 'pos_embed']
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_mutated_architectures_load_or_are_refused(tiny_hybrid_bundle, tmp_path_factory, data):
    spec = read_spec(tiny_hybrid_bundle).to_dict()
    architecture = spec['architecture']
    for _ in range(data.draw(st.integers(1, 3))):
        field = data.draw(st.sampled_from(['backbone_args', 'stem_args', *architecture]))
        if field.endswith('_args') and isinstance(architecture[field], dict):
            argument = data.draw(_ARGUMENTS)
            architecture[field] = {**architecture[field], argument: data.draw(_ODD)}
        else:
            architecture[field] = data.draw(_ODD)
    folder = tmp_path_factory.mktemp('mutated')
    (folder / 'bundle.yaml').write_text(yaml.safe_dump(spec))
    try:
        load_bundle(folder)
    except BundleError as error:
        assert error.problems and all(error.problems)


def test_a_bundle_of_the_other_kind_is_refused(tiny_rgb_bundle):
    with pytest.raises(BundleError, match="kind is 'rgb', but a 'thermal' bundle is needed"):
        load_bundle(tiny_rgb_bundle, kind='thermal')
    assert load_bundle(tiny_rgb_bundle, kind='rgb').spec.kind == 'rgb'


def test_unknown_backbone_is_reported_as_a_bundle_error(edited, tiny_thermal_bundle):
    path = edited(tiny_thermal_bundle, architecture={'backbone': 'vit_nonsense'})
    with pytest.raises(BundleError, match='bundle.yaml: architecture: .*vit_nonsense'):
        load_bundle(path)


@pytest.mark.parametrize('keep', [0, 4, 8, 1000, 0.5, 0.999])
def test_truncated_weights_are_refused(stored, keep):
    file = stored / 'weights.safetensors'
    content = file.read_bytes()
    file.write_bytes(content[: int(keep * len(content)) if isinstance(keep, float) else keep])
    with pytest.raises(BundleError, match='weights.safetensors: truncated or not a safetensors'):
        load_bundle(stored)
    assert validate_bundle(stored)


def test_a_header_that_declares_more_than_the_file_holds_allocates_nothing(stored):
    header = json.dumps(
        {'a': {'dtype': 'F32', 'shape': [1 << 40], 'data_offsets': [0, 1 << 42]}}
    ).encode()
    (stored / 'weights.safetensors').write_bytes(struct.pack('<Q', len(header)) + header)
    with pytest.raises(BundleError, match='truncated or not a safetensors'):
        load_bundle(stored)
    (stored / 'weights.safetensors').write_bytes(struct.pack('<Q', 1 << 62) + header)
    with pytest.raises(BundleError, match='truncated or not a safetensors'):
        load_bundle(stored)


def test_missing_weights_are_named(stored):
    (stored / 'weights.safetensors').unlink()
    with pytest.raises(BundleError, match='weights.safetensors: no such file'):
        load_bundle(stored)


def test_one_changed_byte_is_noticed(stored):
    file = stored / 'weights.safetensors'
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)
    with pytest.raises(BundleError, match='sha256 is .* says'):
        load_bundle(stored)
    load_bundle(stored, verify=False)


def test_other_names_shapes_and_types_are_all_listed(stored):
    file = stored / 'weights.safetensors'
    state = load_file(file)
    state['depthseg.light.last.bias'] = torch.zeros(5, dtype=torch.float16)
    state['depthseg.light.last.weight'] = state['depthseg.light.last.weight'].float()
    del state['pose.decoder.pose.bias']
    state['stranger'] = torch.zeros(2, dtype=torch.float16)
    save_file(state, file)
    with pytest.raises(BundleError) as caught:
        load_bundle(stored)
    assert set(caught.value.problems) == {
        'missing pose.decoder.pose.bias (12,)',
        'unexpected stranger (2,)',
        'depthseg.light.last.bias has shape (5,) instead of (3,)',
        'depthseg.light.last.weight is stored as F32 instead of F16',
    }


def test_values_that_are_not_finite_are_found_by_validation(tmp_path, stored):
    file = stored / 'weights.safetensors'
    state = load_file(file)
    state['pose.decoder.pose.bias'][3] = float('nan')
    save_file(state, file)
    problems = validate_bundle(stored)
    assert len(problems) == 1 and 'sha256' in problems[0]
    from thermal_depth_ros.bundles.weights_file import sha256_of

    text = (stored / 'bundle.yaml').read_text()
    digest = read_spec(stored).weights.sha256
    (stored / 'bundle.yaml').write_text(text.replace(digest, sha256_of(file)))
    problems = validate_bundle(stored)
    assert problems == [f'{stored}: pose.decoder.pose.bias has values that are not finite']


def test_values_too_large_for_the_storage_type_are_refused_and_nothing_is_left(
    tmp_path, tiny_thermal_bundle
):
    bundle = load_bundle(tiny_thermal_bundle)
    with torch.no_grad():
        bundle.networks['pose'].decoder.pose.bias[0] = 1e6
    with pytest.raises(BundleError, match='pose.decoder.pose.bias has values that fp16'):
        save_bundle(tmp_path / 'new', bundle.spec, bundle.networks, 'fp16')
    assert list(tmp_path.iterdir()) == []


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


def test_loaded_weights_do_not_depend_on_the_file_any_more(stored):
    bundle = load_bundle(stored)
    before = {key: tensor.clone() for key, tensor in tensors(bundle).items()}
    (stored / 'weights.safetensors').write_bytes(b'')
    assert all(torch.equal(before[key], tensor) for key, tensor in tensors(bundle).items())


def test_the_rgb_camera_does_not_import_timm(tiny_rgb_bundle):
    code = (
        'import sys; from thermal_depth_ros.bundles import load_bundle; '
        f"load_bundle({str(tiny_rgb_bundle)!r}); sys.exit('timm' in sys.modules)"
    )
    assert subprocess.run([sys.executable, '-c', code], check=False).returncode == 0


def test_a_full_disk_names_the_bundle_and_leaves_nothing(tmp_path, tiny_thermal_bundle, no_room):
    bundle = load_bundle(tiny_thermal_bundle)
    named = r'cannot be written: weights\.safetensors.*full_bundle'
    with no_room(), pytest.raises(OSError, match=named):
        save_bundle(tmp_path / 'full_bundle', bundle.spec, bundle.networks)
    assert not list(tmp_path.iterdir())
