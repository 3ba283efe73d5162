# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Weight files that are truncated, changed, missing or of another network."""

import json
import shutil
import struct

import pytest
import torch
from safetensors.torch import load_file, save_file

from helpers.tiny_bundles import tensors
from thermal_depth_ros.bundles import (
    BundleError,
    load_bundle,
    read_spec,
    save_bundle,
    validate_bundle,
)


@pytest.fixture
def stored(stored_rgb_bundle, tmp_path):
    """A bundle with weights that the test may damage."""
    copy = tmp_path / 'damaged'
    shutil.copytree(stored_rgb_bundle, copy)
    return copy


def test_a_file_that_goes_away_meanwhile_is_named(stored_rgb_bundle, monkeypatch):
    def gone(*args):
        raise FileNotFoundError(2, 'No such file or directory')

    monkeypatch.setattr('thermal_depth_ros.bundles.weights_file.sha256_of', gone)
    with pytest.raises(BundleError, match=r'weights.safetensors: .*No such file'):
        load_bundle(stored_rgb_bundle)


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


def test_loaded_weights_do_not_depend_on_the_file_any_more(stored):
    bundle = load_bundle(stored)
    before = {key: tensor.clone() for key, tensor in tensors(bundle).items()}
    (stored / 'weights.safetensors').write_bytes(b'')
    assert all(torch.equal(before[key], tensor) for key, tensor in tensors(bundle).items())
