# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth export`: files that others can run, and that the nodes use only while they fit."""

import dataclasses
import json

import numpy as np
import onnxruntime
import pytest
import torch

from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.bundles import load_bundle, read_spec
from thermal_depth_ros.bundles.store import copy_bundle
from thermal_depth_ros.cli.main import run
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.inference.engine import Engine
from thermal_depth_ros.inference.engines.onnx_files import read_metadata
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.networks.disparity import sigmoid_to_disparity


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv('THERMAL_DEPTH_CACHE', str(tmp_path / 'cache'))


@pytest.fixture(scope='module')
def exported(tiny_rgb_bundle, tmp_path_factory):
    """Folder of the files of a bundle, for any number of images."""
    folder = tmp_path_factory.mktemp('onnx')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('THERMAL_DEPTH_CACHE', str(folder / 'cache'))
        arguments = [str(tiny_rgb_bundle), '-o', str(folder), '--batch', 'dynamic']
        assert run('export', arguments) == 0
    return folder


def test_the_files_compute_depth_from_a_batch_of_images_without_our_code(exported, tiny_rgb_bundle):
    """The reference is the network as it is trained, which has no stages."""
    images = torch.rand(3, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    encoder, depth = (
        onnxruntime.InferenceSession(exported / f'{name}.onnx') for name in ('encoder', 'depth')
    )
    features = encoder.run(None, {'image': images.numpy()})
    names = [entry.name for entry in depth.get_inputs()]
    (disparity,) = depth.run(['disparity_0'], dict(zip(names, features, strict=True)))
    with torch.no_grad():
        network = load_bundle(tiny_rgb_bundle).networks['depthseg']
        expected = sigmoid_to_disparity(network(images).disparities[0])
    np.testing.assert_allclose(disparity, expected.numpy(), rtol=1e-4)


def test_a_file_says_what_it_takes_and_gives(exported, tiny_rgb_bundle):
    assert sorted(path.name for path in exported.glob('*.onnx')) == [
        'depth.onnx',
        'encoder.onnx',
        'pose.onnx',
        'semantics.onnx',
    ]
    said = read_metadata(exported / 'encoder.onnx')
    assert said['kind'] == 'rgb' and said['stage'] == 'encoder' and said['batch'] == 'dynamic'
    assert said['licence'] == read_spec(tiny_rgb_bundle).licence
    assert json.loads(said['inputs']) == {'image': 'RGB image (N, 3, H, W), 0 to 1'}
    assert 'inverse of depth' in read_metadata(exported / 'depth.onnx')['outputs']
    assert json.loads(said['scale']) == {
        'metric': False,
        'factor': 1.0,
        'source': 'none: untrained',
    }
    assert json.loads(said['untrained_parts']) == ['all']


def test_what_lies_beside_the_weights_is_what_runs(
    exported, tiny_rgb_bundle, tmp_path, monkeypatch
):
    bundle = tmp_path / 'bundle'
    copy_bundle(tiny_rgb_bundle, read_spec(tiny_rgb_bundle), bundle)
    for file in exported.glob('*.onnx'):
        (bundle / file.name).write_bytes(file.read_bytes())
    path = 'thermal_depth_ros.inference.engines.workshop.write_stage'
    monkeypatch.setattr(path, lambda *_: pytest.fail('exported again'))
    engine = Engine('rgb', RgbConfig(bundle=str(bundle), device='cpu', engine='onnxruntime'))
    assert engine.report.summary == 'onnxruntime fp32' and engine.report.notes == ()
    engine.close()


@pytest.mark.slow
def test_a_stage_in_int8_is_run_only_where_it_was_asked_for(tiny_rgb_bundle, tmp_path, capsys):
    bundle = tmp_path / 'bundle'
    copy_bundle(tiny_rgb_bundle, read_spec(tiny_rgb_bundle), bundle)
    with RecordingWriter(tmp_path / 'bag') as writer:
        pixels = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)
        image = array_to_image(bag_types(), pixels, 'rgb8', 1, 'rgb')
        writer.write('/rgb/image_raw', 'sensor_msgs/msg/Image', image, 1)
    assert run('export', [str(bundle), '--int8', str(tmp_path / 'bag')]) == 0
    out = ' '.join(capsys.readouterr().out.split())
    assert 'loss of accuracy: 1 recorded frames in' in out and 'pose.int8.onnx' not in out
    sizes = [(bundle / f'encoder{end}').stat().st_size for end in ('.onnx', '.int8.onnx')]
    assert sizes[1] < 0.4 * sizes[0]
    assert read_metadata(bundle / 'depth.int8.onnx')['precision'] == 'int8'
    for precision, expected in (('int8', 'int8'), ('fp32', 'fp32')):
        config = RgbConfig(
            bundle=str(bundle), device='cpu', engine='onnxruntime', precision=precision
        )
        engine = Engine('rgb', config)
        assert engine.report.engines['depth and semantics'].precision == expected
        assert engine.report.engines['pose'].precision == 'fp32'
        engine.close()
    (bundle / 'encoder.int8.onnx').unlink()
    engine = Engine('rgb', dataclasses.replace(config, precision='int8'))
    assert engine.report.engines['depth and semantics'].engine == 'torch'
    assert '--int8 BAG` makes it' in engine.report.warnings[0]
    engine.close()


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['no_such_bundle'], 'not found'),
        (['x', '--image-size', '640'], "'640' is not WIDTHxHEIGHT"),
        (['x', '--batch', 'any'], 'invalid choice'),
        (['x', '--frames', '0'], "'0' is not a number from 1"),
        (['rgb_default', '--check', 'no_such_bag'], 'no_such_bag: no such file or folder'),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_line(arguments, words, capsys):
    try:
        assert run('export', arguments) == 1
    except SystemExit as left:
        assert left.code == 2
    assert words in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(tiny_rgb_bundle, tmp_path, capsys):
    (tmp_path / 'file').touch()
    assert run('export', [str(tiny_rgb_bundle), '-o', str(tmp_path / 'file')]) == 1
    assert str(tmp_path / 'file') in capsys.readouterr().err
