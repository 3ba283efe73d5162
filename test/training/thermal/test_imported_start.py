# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Training that starts from an imported network of relative inverse depth without pose network."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from helpers import exact_scene
from helpers.tiny_bundles import SCALE
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import (
    BundleSpec,
    Scale,
    SeedWeights,
    load_bundle,
    read_spec,
    save_bundle,
)
from thermal_depth_ros.bundles.store import copy_bundle
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.thermal_input import depth_input
from thermal_depth_ros.training.engine.loop import train
from thermal_depth_ros.training.engine.metrics_logger import read_history
from thermal_depth_ros.training.engine.task import Stage
from thermal_depth_ros.training.registry import run_config, task_kind
from thermal_depth_ros.training.thermal.checks import check_start
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.objective import ThermalObjective
from thermal_depth_ros.training.thermal.stages import enter_stage
from thermal_depth_ros.training.thermal.start import HEAD, POSE, PRESETS, start_networks

pytestmark = pytest.mark.usefixtures('without_report')
SCALE_PER_M, SHIFT_PER_M = 0.05, 0.02
IMPORTED = {
    **PRESETS['tiny'],
    'head': 'depth_anything',
    'readout': 'ignore',
    'tap_norm': True,
    'pose_channels': 0,
    'output': 'inverse_depth_relative',
    'output_scale': SCALE_PER_M,
    'output_shift': SHIFT_PER_M,
}
FIRST, SECOND = Stage('stage1', 1), Stage('stage2', 1)


@pytest.fixture(scope='module')
def imported(tmp_path_factory) -> Path:
    """Folder of a bundle like that of an imported Depth Anything, with few channels."""
    path = tmp_path_factory.mktemp('models') / 'imported'
    spec = BundleSpec(
        kind='thermal',
        architecture=IMPORTED,
        input_size=(64, 80),
        preprocessing={'mode': 'percentile'},
        scale=SCALE,
        weights=SeedWeights(untrained=True, seed=0),
        licence='Apache-2.0',
    )
    networks = build_networks('thermal', IMPORTED, 5)
    with torch.no_grad():  # outputs about 2, as of a trained network: the ReLU lets them through
        networks['depth'].head.tail3.bias.fill_(2.0)
    save_bundle(path, spec, networks, untrained_parts=())
    return path


@pytest.fixture(scope='module')
def fitted(imported) -> Path:
    """Folder of the same bundle, whose scale and shift somebody has found."""
    path = imported.parent / 'fitted'
    spec = dataclasses.replace(read_spec(imported), scale=Scale(True, 1.0, 'fitted'))
    copy_bundle(imported, spec, path)
    return path


def start(bundle: Path, **values):
    return start_networks(ThermalTrainingConfig(start_bundle=str(bundle), **values), 3)


def test_an_imported_head_keeps_its_output_and_gets_a_pose_network(imported):
    found = start(imported)
    image = torch.rand(1, 3, 64, 80, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        raw = found.depth.head(found.depth.backbone(image[..., :56, :70]))
        disparity = found.depth(image[..., :56, :70])
    expected = SCALE_PER_M * raw.clamp(min=0) + SHIFT_PER_M
    torch.testing.assert_close(disparity, expected, atol=1e-6, rtol=1e-5)
    assert found.untrained == {POSE} and found.architecture['pose_channels'] == 1
    assert found.architecture['output'] == 'inverse_depth_relative'


def test_a_new_head_has_the_output_of_networks_that_are_trained_here(imported):
    found = start(imported, start_parts='backbone')
    assert found.untrained == {HEAD, POSE}
    assert not [name for name in found.architecture if name.startswith('output')]
    kept, old = found.depth.backbone.state_dict(), load_bundle(imported).networks['depth']
    assert all(torch.equal(v, old.backbone.state_dict()[k]) for k, v in kept.items())
    image = torch.zeros(1, 3, 56, 70)
    with torch.no_grad():
        raw = found.depth.head(found.depth.backbone(image))
        torch.testing.assert_close(found.depth(image), 10.0 * torch.sigmoid(raw) + 0.01)


def test_stage_two_puts_adapters_on_it_that_learn(imported):
    method = ThermalTrainingConfig(start_bundle=str(imported), min_valid_elements=0)
    found = start_networks(method, 3)
    batch = exact_scene.make_scene().batch()
    with torch.no_grad():
        before = found.depth(depth_input(batch.image[:, 0]))
    enter_stage(SECOND, found, method, 3)
    with torch.no_grad():
        torch.testing.assert_close(found.depth(depth_input(batch.image[:, 0])), before)
    loss = ThermalObjective(found.depth, found.pose, method)(batch)
    loss.total.backward()
    lora = {n: p for n, p in found.depth.named_parameters() if '.lora_B' in n}
    assert lora and all(p.grad is not None and p.grad.abs().max() > 0 for p in lora.values())
    head = found.depth.head.tail3.weight.grad
    assert head is not None and head.abs().max() > 0
    frozen = [n for n, p in found.depth.backbone.named_parameters() if not p.requires_grad]
    assert any('.attn.' in name for name in frozen)


@pytest.mark.parametrize('source', ['odometry', 'both'])
def test_metres_are_not_learned_from_a_scale_that_is_a_guess(imported, fitted, source):
    method = ThermalTrainingConfig(start_bundle=str(imported), pose_source=source)
    command = f'thermal-depth fit-scale {imported} --bags'
    with pytest.raises(SettingsError, match=f'start_bundle: the depth of {imported}.*{command}'):
        check_start(method)
    for changes in (
        {'start_bundle': str(fitted)},
        {'start_parts': 'backbone'},
        {'pose_source': 'network'},
        {'depth_weight': 1.0},
    ):
        check_start(dataclasses.replace(method, **changes))


def train_here(bundle: Path, drive: Path, output: Path, **changes):
    values = {
        'bags': [str(drive)],
        'cache_dir': str(output.parent / 'cache'),
        'output': str(output),
        'start_bundle': str(bundle),
        'width': 80,
        'height': 64,
        'frame_interval': 1,
        'validation_frames': 3,
        'stage1_epochs': 1,
        'stage2_epochs': 1,
        'min_valid_elements': 0,
        'pose_source': 'both',
        'weights_dtype': 'fp32',
        'batch_size': 4,
        'device': 'cpu',
        'threads': 1,
        'workers': 0,
        'log_every_steps': 1,
        'checkpoint_every_steps': 3,
        'tensorboard': False,
        **changes,
    }
    kind = task_kind('thermal')
    configs = kind.build(values)
    return train(kind.make(configs, lambda *_: None), run_config(configs), configs=configs)


def test_training_goes_through_both_stages_resumes_and_exports(fitted, small_drive, tmp_path):
    assert train_here(fitted, small_drive, tmp_path / 'whole').finished
    train_here(fitted, small_drive, tmp_path / 'parted', max_steps=6)  # in stage two
    assert train_here(fitted, small_drive, tmp_path / 'parted', max_steps=0).finished
    weights = [tmp_path / name / 'bundle' / 'weights.safetensors' for name in ('whole', 'parted')]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    history = read_history(tmp_path / 'whole' / 'history.jsonl')
    losses = [record['losses'] for record in history if 'losses' in record]
    assert len(losses) == 8 and all(np.isfinite(list(terms.values())).all() for terms in losses)
    bundle = load_bundle(tmp_path / 'whole' / 'bundle', kind='thermal')
    spec = bundle.spec
    assert spec.architecture['output'] == 'inverse_depth_relative'
    assert spec.architecture['adapter_channels'] == 4 and spec.architecture['pose_channels'] == 1
    assert not spec.untrained_parts and not spec.relative
    old = load_bundle(fitted).networks['depth'].state_dict()
    changed = [
        name
        for name, value in bundle.networks['depth'].state_dict().items()
        if name in old and not torch.equal(value, old[name])
    ]
    assert any(name.startswith('backbone.vit.blocks') and '.attn.' in name for name in changed)
