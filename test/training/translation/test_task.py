# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Day-night translation, trained by the real loop on tiny drives of different length."""

import contextlib
import json

import numpy as np
import pytest
import torch
import yaml
from torch import nn

from helpers.double_precision import SCRIPT, double_precision
from helpers.processes import options, processes
from helpers.run_states import differences, end_of_run
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import load_bundle
from thermal_depth_ros.losses.gan import DomainPass, discriminator_loss, generator_loss
from thermal_depth_ros.networks.cyclegan import build_cyclegan
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.training.engine import performance
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.loop import train
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.registry import task_kind
from thermal_depth_ros.training.translation.batch import UnpairedBatches

TINY = {
    'task': 'translation',
    'device': 'cpu',
    'workers': 0,
    'tensorboard': False,
    'log_every_steps': 1,
    'width': 48,
    'height': 32,
    'generator_blocks': 1,
    'generator_width': 4,
    'discriminator_width': 4,
    'pool_size': 3,
    'constant_epochs': 1,
    'decay_epochs': 2,
    'batch_size': 2,
}
LOSSES = {'total', 'gan', 'cycle', 'identity', 'discriminator_day', 'discriminator_night'}


@pytest.fixture
def settings(tmp_path, colour_drive):
    """Return settings of a run on 6 images by day and 4 by night."""

    def make(output='out', **values):
        drives = {
            'bags': [str(colour_drive('day', 6))],
            'night_bags': [str(colour_drive('night', 4, light=0.2))],
        }
        folders = {'output': str(tmp_path / output), 'cache_dir': str(tmp_path / 'cache')}
        return {**TINY, **drives, **folders, **values}

    return make


def keys(*indices):
    return [SampleKey(index, epoch=0, seed=0) for index in indices]


def make_task(values):
    kind = task_kind('translation')
    configs = kind.build(values)
    return kind.make(configs, lambda what, done, total: None), configs


def run(values, watch=None, stop=None):
    task, configs = make_task(values)
    return train(task, configs[2], watch, stop, configs)


def history(folder, name='losses'):
    lines = (folder / 'history.jsonl').read_text().splitlines()
    return [entry for line in lines if name in (entry := json.loads(line))]


def test_a_run_gives_losses_pictures_metrics_and_a_bundle(settings, tmp_path):
    values = settings(pictures_every_steps=3)
    outcome = run(values)
    assert outcome.finished and outcome.step == 9, '3 epochs of 6 images in pairs'
    found = history(tmp_path / 'out')
    assert len(found) == 9 and all(set(entry['losses']) == LOSSES for entry in found)
    assert set(outcome.metrics) == {'cycle_day', 'cycle_night'}
    pictures = {path.name for path in (tmp_path / 'out').rglob('*.png')}
    pictures |= {path.name for path in (tmp_path / 'out').rglob('*.jpg')}
    assert any('day to night' in name.replace('_', ' ') for name in pictures), pictures
    bundle = load_bundle(outcome.bundle, kind='translation')
    assert bundle.spec.trained and bundle.spec.input_size == (32, 48)
    assert bundle.spec.training['task'] == 'translation'
    start = build_cyclegan(0, 1, 4, 4)
    for name in ('day_to_night', 'night_to_day'):
        before = getattr(start, name).state_dict()
        after = bundle.networks[name].state_dict()
        assert before.keys() == after.keys()
        assert not torch.equal(before['last.weight'], after['last.weight']), 'has learned'


def test_one_step_is_that_of_cyclegan(settings):
    """Generators first, against discriminators as they were; then those, on the pool's images."""
    from accelerate import Accelerator

    task, _ = make_task(settings(learning_rate=1e-3))
    task.enter(task.stages[0], Accelerator(cpu=True))
    batch = task.load(keys(0, 1))
    found = task.step(batch).losses
    nets = build_cyclegan(0, 1, 4, 4)
    day, night = (images.float() / 127.5 - 1 for images in (batch.day, batch.night))
    generators = [*nets.day_to_night.parameters(), *nets.night_to_day.parameters()]
    discriminators = [*nets.discriminator_day.parameters(), *nets.discriminator_night.parameters()]
    first, second = (torch.optim.Adam(p, 1e-3, (0.5, 0.999)) for p in (generators, discriminators))
    fake_night, fake_day = nets.day_to_night(day), nets.night_to_day(night)
    loss = generator_loss(
        DomainPass(
            day,
            nets.night_to_day(fake_night),
            nets.night_to_day(day),
            nets.discriminator_day(fake_day),
        ),
        DomainPass(
            night,
            nets.day_to_night(fake_day),
            nets.day_to_night(night),
            nets.discriminator_night(fake_night),
        ),
    )
    gradients = torch.autograd.grad(loss.total, generators)
    scored = {
        'discriminator_day': discriminator_loss(
            nets.discriminator_day(day), nets.discriminator_day(fake_day.detach())
        ),
        'discriminator_night': discriminator_loss(
            nets.discriminator_night(night), nets.discriminator_night(fake_night.detach())
        ),
    }
    expected = {'total': loss.total, 'gan': loss.gan, 'cycle': loss.cycle}
    expected |= {'identity': loss.identity, **scored}
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value.detach(), rtol=1e-5, atol=1e-6)
    for parameter, gradient in zip(generators, gradients, strict=True):
        parameter.grad = gradient
    first.step()
    second.zero_grad()
    sum(scored.values()).backward()
    second.step()
    state = task.state()
    torch.testing.assert_close(
        state['generators']['day_to_night.last.weight'], nets.day_to_night.last.weight.detach()
    )
    torch.testing.assert_close(
        state['discriminators']['night.layers.0.weight'],
        nets.discriminator_night.layers[0].weight.detach(),
    )


@pytest.fixture
def traced(monkeypatch):
    """Compile without making machine code, and remember what."""
    original, compiled = nn.Module.compile, []

    def trace(module, **how):
        compiled.append(type(module).__name__)
        original(module, backend='eager', fullgraph=True, **how)

    monkeypatch.setattr(nn.Module, 'compile', trace)
    monkeypatch.setattr(performance, '_what_is_missing', lambda device: '')
    return compiled


def test_compiled_steps_mean_the_same(settings, traced):
    from accelerate import Accelerator

    losses, states = [], []
    for wanted in ('on', 'off'):
        task, _ = make_task(settings(compile=wanted))
        task.enter(task.stages[0], Accelerator(cpu=True))
        batch = task.load(keys(0, 1))
        steps = [task.step(batch).losses for _ in range(2)]
        losses.append([{name: value.item() for name, value in one.items()} for one in steps])
        states.append(task.state())
    assert traced == ['Generators', 'Discriminators']
    for compiled, written in zip(*losses, strict=True):
        assert compiled == pytest.approx(written, rel=1e-4)
    for name in ('generators', 'discriminators'):
        assert list(states[0][name]) == list(states[1][name])


def test_an_epoch_has_every_image_of_the_larger_set_once(settings):
    task, _ = make_task(settings())
    assert task.sample_count() == 6
    names = task.describe(keys(*range(6)))
    day = [name.split(' with ')[0] for name in names]
    night = [name.split(' with ')[1] for name in names]
    assert [name.rpartition(' ')[2] for name in day] == list('012345')
    assert all('night' in name for name in night) and len(set(night)) > 1
    assert any('6 images by day and 4 by night' in note for note in task.notes)
    other, _ = make_task(settings(last_frame=2))
    assert other.sample_count() == 2
    swapped = settings()
    swapped['bags'], swapped['night_bags'] = swapped['night_bags'], swapped['bags']
    turned, _ = make_task(swapped)
    assert turned.sample_count() == 6
    assert [n.rpartition(' ')[2] for n in turned.describe(keys(*range(6)))] == list('012345')


def test_samples_are_windows_of_the_images(settings):
    task, configs = make_task(settings(enlargement=1.0, crop_width=32, crop_height=24))
    batch = task.load(keys(*range(6)))
    assert batch.day.shape == batch.night.shape == (6, 3, 24, 32)
    assert batch.day.dtype == torch.uint8
    data = configs[0]
    drive = open_images(data.data(data.bags), lambda what, done, total: None)
    image = drive.image(3).transpose(2, 0, 1)
    windows = [image[:, top : top + 24, left : left + 32] for top in range(9) for left in range(17)]
    given = batch.day[3].numpy()
    assert any(
        np.array_equal(given, window) or np.array_equal(given, window[..., ::-1])
        for window in windows
    )
    again = task.load(keys(*range(6)))
    assert torch.equal(batch.night, again.night), 'depends on the key alone'


def test_the_learning_rate_is_constant_and_then_falls(settings):
    from accelerate import Accelerator

    task, _ = make_task(settings())
    task.enter(task.stages[0], Accelerator(cpu=True))
    rates = []
    for _epoch in range(3):
        rates.append(task.state()['optimiser']['param_groups'][0]['lr'])
        assert task.state()['discriminator_optimiser']['param_groups'][0]['lr'] == rates[-1]
        task.end_epoch()
    # 1 - max(0, e + 1 - constant) / (decay + 1) for epochs 0, 1, 2
    np.testing.assert_allclose(rates, [2e-4, 2e-4 * 2 / 3, 2e-4 / 3])


class StopAfter:
    """Asks to stop once some steps are done."""

    def __init__(self, steps):
        self.left = steps

    @property
    def asked(self):
        self.left -= 1
        return self.left < 0

    def interrupting(self):
        return contextlib.nullcontext()


@pytest.mark.usefixtures('without_report')
def test_an_interrupted_run_ends_bit_for_bit_like_one_that_was_not(settings, tmp_path):
    run(settings('whole'))
    values = settings('parts')
    steps = []
    for length in (2, 3, 100):  # within an epoch, with pools that are full later
        outcome = run(values, stop=StopAfter(length))
        steps.append(outcome.step)
    assert outcome.finished and 0 < steps[0] < steps[1] < 9
    whole, parts = end_of_run(tmp_path / 'whole'), end_of_run(tmp_path / 'parts')
    assert differences(whole, parts) == []
    assert len(whole[0]['task']['pools']['day']['images']) == 3


@pytest.mark.usefixtures('without_report')
def test_two_processes_give_the_losses_of_one(settings, tmp_path):
    """Pools and all: theirs is full after the first image.

    In double precision, for the reason that `helpers.double_precision` gives.
    """
    small = {'max_steps': 3, 'pool_size': 1, 'validation_images': 0}
    with double_precision():
        run(settings('one', **small))
    torchrun = ('-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2')
    with processes() as start:
        two = start(*torchrun, SCRIPT, 'train', *options(settings('two', **small)))
        _, errors = two.communicate(timeout=600)
    assert two.returncode == 0, errors
    one, two = history(tmp_path / 'one'), history(tmp_path / 'two')
    assert len(one) == len(two) == 3
    for first, second in zip(one, two, strict=True):
        for name in LOSSES:
            assert second['losses'][name] == pytest.approx(first['losses'][name], rel=1e-9), name


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'night_bags': []}, 'night_bags: no night recording is given'),
        ({'bags': []}, 'bags: no training recording is given'),
        ({'width': 50}, 'width: 50 is not a multiple of 4'),
        ({'crop_width': 60}, 'crop_width: 60 is more than the 54 pixels of the enlarged image'),
        ({'crop_height': 20}, 'crop_height: 20 is below 24'),
        ({'crop_height': 26}, 'crop_height: 26 is not a multiple of 4'),
        ({'height': 20}, 'height: 20 is below 24'),
        ({'constant_epochs': 0, 'decay_epochs': 0}, 'constant_epochs: must be at least 1'),
        ({'licence': ''}, 'licence: must not be empty'),
        ({'spacing': 'frames'}, 'spacing: unknown setting'),
    ],
)
def test_bad_settings_are_named(settings, changes, words):
    with pytest.raises(SettingsError, match=words):
        task_kind('translation').build(settings(**changes))


def test_the_shipped_configuration_is_that_of_cyclegan(repository):
    values = yaml.safe_load((repository / 'config/training/translation.yaml').read_text())
    data, method, run = task_kind(values['task']).build(
        {**values, 'bags': ['a'], 'night_bags': ['b']}
    )
    assert (data.height, data.width, run.batch_size) == (320, 576, 1)
    assert method.crop(data) == (320, 576) and method.enlarged(data) == (358, 644)
    assert (method.constant_epochs, method.decay_epochs, method.pool_size) == (100, 100, 50)
    assert (method.cycle_weight, method.identity_weight) == (10.0, 0.5)
    assert (method.learning_rate, method.adam_beta1) == (2e-4, 0.5)


def test_a_recording_by_day_and_by_night_at_once_is_refused(settings):
    values = settings()
    values['night_bags'] = values['bags']
    with pytest.raises(SettingsError, match=r'night_bags: .*day is also listed in bags'):
        task_kind('translation').build(values)


def test_images_that_cannot_be_loaded_are_named(settings, monkeypatch):
    def fail(self, keys):
        raise ValueError('the disk is scratched')

    monkeypatch.setattr(UnpairedBatches, '__call__', fail)
    with pytest.raises(TrainingError, match=r'cannot load .*/day .* with .*/night .*: the disk is'):
        run(settings())


def test_a_checkpoint_of_an_earlier_version_is_restored(settings):
    from accelerate import Accelerator

    tasks = [make_task(settings(seed=seed))[0] for seed in (1, 2)]
    for task in tasks:
        task.enter(task.stages[0], Accelerator(cpu=True))
    state = tasks[0].state()
    for now, before in (
        ('generators', 'translators'),
        ('discriminators', 'judges'),
        ('discriminator_optimiser', 'judge_optimiser'),
    ):
        state[before] = state.pop(now)
    tasks[1].load_state(state)
    torch.testing.assert_close(tasks[1].state(), tasks[0].state())


def test_a_seed_gives_the_weights_of_earlier_versions():
    """Random streams keep their names; the checksum was computed before networks were renamed."""
    weight = build_cyclegan(3, 1, 4, 4).discriminator_night.layers[0].weight
    assert float(weight.detach().double().sum()) == pytest.approx(-0.66363562970, rel=1e-6)
