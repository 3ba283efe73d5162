# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""RGB training from a pre-trained encoder of timm: frozen, unfrozen late, resumed, exported."""

import dataclasses

import pytest
import timm
import torch

from helpers.day_and_night import H, W, make_batch
from helpers.run_states import differences
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import load_bundle, read_spec
from thermal_depth_ros.networks.feature_scale import natural_noise
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.start import check_start, start_networks
from thermal_depth_ros.training.rgb.task import RgbTask

ENCODER = 'test_efficientnet'
METHOD = RgbTrainingConfig(
    day_distillation=False,
    encoder=ENCODER,
    pose_encoder=ENCODER,
    encoder_width=8,
    light_width=4,
    epochs=4,
    unfreeze_epoch=1,
    schedule='poly',
    poly_power=1.0,
    learning_rate=1e-3,
)


@pytest.fixture(scope='session')
def weights(tmp_path_factory) -> str:
    """A file with weights of the tiny network."""
    path = tmp_path_factory.mktemp('weights') / 'imagenet.pth'
    torch.manual_seed(2)
    torch.save(timm.create_model(ENCODER).state_dict(), path)
    return str(path)


def entered(data, method, stage=0):
    from accelerate import Accelerator

    task = RgbTask(method, RunConfig(batch_size=2), data)
    for each in task.stages[: stage + 1]:
        task.enter(each, Accelerator(cpu=True))
    return task


def step(task, batch, seed=1):
    torch.manual_seed(seed)
    return {name: value.item() for name, value in task.step(batch).losses.items()}


def moved(task, batch, steps=2):
    """Return the names of what changes in a few steps, parameters and running statistics."""
    before = {name: value.clone() for name, value in task.state()['networks'].items()}
    for seed in range(steps):
        step(task, batch, seed)
    after = task.state()['networks']
    return {name for name in before if not torch.equal(before[name], after[name])}


def of_encoder(names):
    return {name for name in names if name.startswith('network.encoder.')}


def test_both_encoders_start_from_the_weights(weights):
    method = dataclasses.replace(METHOD, encoder_weights=weights)
    check_start(method)
    start = start_networks(method, 19, seed=1)
    theirs = torch.load(weights, weights_only=True)
    ours = start.network.encoder.net.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    first = start.pose.encoder.net.conv_stem.weight
    assert torch.equal(first[:, :3], theirs['conv_stem.weight'] / 2)
    assert 'depthseg.encoder' not in start.untrained and 'pose' in start.untrained
    assert 'encoders of imagenet.pth' in start.source
    assert start.architecture['encoder'] == start.architecture['pose_encoder'] == ENCODER
    assert len(start.architecture['encoder_mean']) == 3
    alone = dataclasses.replace(method, pose_encoder='')
    assert 'encoder of imagenet.pth' in start_networks(alone, 19, seed=1).source


def test_random_decoders_start_in_mid_range_whatever_the_size_of_the_features(weights, tmp_path):
    """Features many times as large give as moderate a start as those of unit size."""
    state = torch.load(weights, weights_only=True)
    for name in state:
        if name.endswith('.bn3.weight'):
            state[name] = state[name] * 20
    torch.save(state, tmp_path / 'large.pth')
    image = natural_noise().expand(2, 3, -1, -1)
    for path in (weights, str(tmp_path / 'large.pth')):
        method = dataclasses.replace(METHOD, encoder_weights=path, light_enhancement=False)
        network = start_networks(method, 19, seed=1).network
        with torch.inference_mode():
            logits = network.depth_decoder(network.encoder(image))[0]
            classes = network.seg_decoder(network.encoder(image))[0]
        assert 0.2 < float(logits.std()) < 3 and float(classes.std()) < 4


def test_a_frozen_encoder_does_not_change_in_any_bit(data, weights):
    method = dataclasses.replace(METHOD, encoder_weights=weights, encoder_training='frozen')
    task = entered(data, method)
    assert [stage.name for stage in task.stages] == ['train']
    names = moved(task, make_batch(data))
    assert not of_encoder(names), 'neither weights nor running statistics'
    for part in ('depth_decoder', 'seg_decoder', 'light'):
        assert any(name.startswith(f'network.{part}') for name in names), part
    assert any(name.startswith('pose.encoder') for name in names)


def test_a_fully_trained_encoder_changes_with_its_statistics(data, weights):
    names = moved(
        entered(data, dataclasses.replace(METHOD, encoder_weights=weights)), make_batch(data)
    )
    assert 'network.encoder.net.conv_stem.weight' in names
    assert 'network.encoder.net.bn1.running_mean' in names


def test_a_late_encoder_is_frozen_then_learns_slowly_without_its_normalisation(data, weights):
    method = dataclasses.replace(METHOD, encoder_weights=weights, encoder_training='late')
    first = entered(data, method)
    assert [(s.name, s.epochs) for s in first.stages] == [('frozen_encoder', 1), ('train', 3)]
    batch = make_batch(data)
    assert not of_encoder(moved(first, batch))
    second = entered(data, method, stage=1)
    names = of_encoder(moved(second, batch))
    assert 'network.encoder.net.conv_stem.weight' in names
    assert not {name for name in names if '.bn' in name}
    rates = [group['lr'] for group in second.state()['optimiser']['param_groups']]
    assert rates[1] == pytest.approx(0.1 * rates[0]), 'encoder_rate'
    per_epoch = max(second.sample_count() // 2, 1)
    done = per_epoch + 1  # the linear decay goes on over both stages
    assert rates[0] == pytest.approx(1e-3 * (1 - done / (4 * per_epoch)))


@pytest.mark.parametrize('stage', [0, 1])
def test_a_late_training_resumes_in_either_stage(data, weights, tmp_path, stage):
    method = dataclasses.replace(
        METHOD, encoder_weights=weights, encoder_training='late', average_decay=0.9
    )
    first, batch = entered(data, method, stage), make_batch(data)
    step(first, batch, 1)
    torch.save(first.state(), tmp_path / 'state.pt')
    second = entered(data, method, stage)
    second.load_state(torch.load(tmp_path / 'state.pt', weights_only=True))
    assert step(first, batch, 2) == step(second, batch, 2)
    assert differences(first.state(), second.state()) == []


def test_the_bundle_sees_what_training_saw_and_names_its_origins(data, weights, tmp_path):
    method = dataclasses.replace(
        METHOD, encoder_weights=weights, encoder_training='frozen', licence='Apache-2.0'
    )
    task = entered(data, method)
    step(task, make_batch(data))
    bundle = load_bundle(task.export(tmp_path / 'bundle', {}))
    assert bundle.spec.architecture['encoder'] == ENCODER
    assert bundle.spec.licence.startswith('Apache-2.0; encoder started from imagenet.pth')
    assert bundle.spec.training['attributions'] == [bundle.spec.licence.partition('; ')[2]]
    image = torch.rand(1, 3, H, W)
    network = task._start.network.eval()
    with torch.inference_mode():
        wanted, found = network(image), bundle.networks['depthseg'](image)
    # Training has another memory layout.
    torch.testing.assert_close(found.disparities[0], wanted.disparities[0], rtol=0, atol=1e-5)
    torch.testing.assert_close(found.logits[0], wanted.logits[0], rtol=1e-4, atol=1e-4)
    again = dataclasses.replace(
        METHOD, start_bundle=str(tmp_path / 'bundle'), encoder_training='frozen'
    )
    start = start_networks(again, 19, seed=4)
    assert start.attributions == tuple(bundle.spec.training['attributions'])
    own, theirs = start.network.encoder, bundle.networks['depthseg'].encoder
    assert differences(own.state_dict(), theirs.state_dict()) == []


def test_an_encoder_with_other_statistics_is_not_taken_from_a_bundle(data, weights, tmp_path):
    task = entered(data, dataclasses.replace(METHOD, encoder_weights=weights))
    folder = task.export(tmp_path / 'bundle', {})
    spec = folder / 'bundle.yaml'
    values = dict(read_spec(folder).architecture)
    assert values['encoder_mean'] and 'encoder_mean:' in spec.read_text()
    mean = values['encoder_mean'][0]
    spec.write_text(spec.read_text().replace(f'  - {mean}\n', '  - 0.125\n', 1))
    method = dataclasses.replace(METHOD, start_bundle=str(folder), encoder_training='frozen')
    with pytest.raises(SettingsError, match='encoder_training: frozen .* none that fits'):
        start_networks(method, 19, seed=1)


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'encoder': 'nothing'}, "encoder: encoder 'nothing' is not a timm model"),
        ({'encoder_weights': 'efficientnet-lite9'}, 'encoder_weights: .*no such file'),
        (
            {'encoder': 'test_resnet', 'pose_encoder': 'tf_efficientnet_lite0'},
            'pose_encoder: .*other mean',
        ),
    ],
)
def test_what_cannot_be_used_is_said_before_recordings_are_read(changes, words):
    with pytest.raises(SettingsError, match=words):
        check_start(dataclasses.replace(METHOD, **changes))


def test_contradictions_are_named():
    frozen = dataclasses.replace(METHOD, encoder_training='frozen')
    assert any('needs a trained encoder' in problem for problem in frozen.problems())
    late = dataclasses.replace(
        METHOD, encoder_training='late', encoder_weights='x', unfreeze_epoch=4
    )
    assert any(problem.startswith('unfreeze_epoch: 4') for problem in late.problems())
    assert METHOD.problems() == []
