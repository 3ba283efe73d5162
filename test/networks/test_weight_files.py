# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Weight files and folders of other projects: damage, hostile content, and what is taken off."""

import io
import json
import pickle

import pytest
import torch
from safetensors.torch import save_file

from thermal_depth_ros.networks.weight_files import WeightsError, read_config, read_state


class Harmful:
    def __reduce__(self):
        return print, ('code from a weight file ran',)


@pytest.mark.parametrize(
    ('name', 'content', 'words'),
    [
        ('empty.pth', b'', 'not a readable weight file: it is empty'),
        ('text.pth', b'hello\nworld', "not a readable weight file: it is a text, 'hello world'"),
        ('noise.pth', b'\x00\x01\x02' * 100, 'not a readable weight file: neither a ZIP'),
        ('harmful.pth', pickle.dumps({'a': Harmful()}, protocol=2), 'more than named tensors'),
        ('harmful4.pth', pickle.dumps({'a': Harmful()}, protocol=4), 'more than named tensors'),
        ('pickle.pth', pickle.dumps({'a': 1}, protocol=2)[:-3], 'not a readable weight file'),
        ('zip.pth', b'PK\x03\x04' + b'\x00' * 60, 'not a readable weight file'),
        ('empty.safetensors', b'', 'not a safetensors file: it is empty'),
        ('noise.safetensors', b'\xff' * 64, 'not a safetensors file'),
        ('pointer.safetensors', b'version https://git-lfs.github.com/spec/v1\n', "text, 'version"),
        ('short.safetensors', b'\x10\x00', 'not a safetensors file'),
    ],
)
def test_damaged_and_hostile_files_are_refused(tmp_path, capsys, recwarn, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=words) as caught:
        read_state(tmp_path / name)
    assert capsys.readouterr().out == '' and '\n' not in str(caught.value)
    assert not recwarn.list


def test_truncated_checkpoint_is_refused(tmp_path):
    path = tmp_path / 'whole.pth'
    torch.save({'a': torch.rand(1000)}, path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WeightsError, match='not a readable weight file'):
        read_state(path)


@pytest.mark.parametrize(
    ('content', 'words'),
    [([1, 2], 'holds a list'), ({'epoch': 3}, 'no tensors'), ({}, 'no tensors')],
)
def test_files_that_hold_something_else_are_refused(tmp_path, content, words):
    torch.save(content, tmp_path / 'other.pth')
    with pytest.raises(WeightsError, match=words):
        read_state(tmp_path / 'other.pth')


def test_missing_file_and_folder_are_named(tmp_path):
    for path in (tmp_path / 'absent.pth', tmp_path):
        with pytest.raises(WeightsError, match='no such file'):
            read_state(path)


def test_wrappers_and_parallel_prefix_are_taken_off(tmp_path):
    buffer = io.BytesIO()
    torch.save({'teacher': {'module.a': torch.ones(2)}, 'epoch': 1}, buffer)
    (tmp_path / 'wrapped.pt').write_bytes(buffer.getvalue())
    assert torch.equal(read_state(tmp_path / 'wrapped.pt')['a'], torch.ones(2))


@pytest.fixture
def folder(tmp_path):
    """Folder of `transformers` with two tensors in two files."""
    (tmp_path / 'config.json').write_text('{"model_type": "dinov2"}')
    files = {'a': 'model-00001-of-00002.safetensors', 'b': 'model-00002-of-00002.safetensors'}
    for name, file in files.items():
        save_file({name: torch.ones(2)}, tmp_path / file)
    (tmp_path / 'model.safetensors.index.json').write_text(json.dumps({'weight_map': files}))
    return tmp_path


def test_folders_are_read_from_one_file_or_several(folder):
    assert sorted(read_state(folder)) == ['a', 'b']
    assert read_config(folder) == {'model_type': 'dinov2'}
    torch.save({'c': torch.ones(1)}, folder / 'pytorch_model.bin')
    assert sorted(read_state(folder)) == ['c']
    save_file({'d': torch.ones(1)}, folder / 'model.safetensors')
    assert sorted(read_state(folder)) == ['d']


@pytest.mark.parametrize(
    ('file', 'content', 'words'),
    [
        ('config.json', None, 'config.json: no such file'),
        ('config.json', '[1]', 'config.json: holds a list'),
        ('config.json', '{', 'config.json: not JSON'),
        ('config.json', '[' * 100_000, 'config.json: not JSON'),
        ('config.json', '{"auto_map": {"AutoModel": "x.Y"}}', 'auto_map: the model brings its own'),
        ('config.json', '{"backbone_config": {"auto_map": {}}}', 'auto_map'),
        ('model.safetensors.index.json', None, 'none of model.safetensors'),
        ('model.safetensors.index.json', '{}', 'names no files'),
        (
            'model.safetensors.index.json',
            '{"weight_map": {"a": "../a.safetensors"}}',
            "'../a.safetensors' is not a file name",
        ),
        ('model-00002-of-00002.safetensors', None, 'model-00002-of-00002.safetensors: no such'),
    ],
)
def test_folders_that_cannot_be_read_are_refused(folder, file, content, words):
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_text(content)
    with pytest.raises(WeightsError) as caught:
        read_state(folder)
    assert words in str(caught.value)
