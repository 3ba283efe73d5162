# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""DepthSegNet24 as a task: schedules, state, memory layout, compiled steps."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from helpers.day_and_night import H, W, make_batch, silent
from helpers.run_states import differences
from thermal_depth_ros.bundles import (
    load_bundle,
)
from thermal_depth_ros.samples.config import RgbDataConfig
from thermal_depth_ros.training.engine import performance
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.data import open_effects
from thermal_depth_ros.training.rgb.monocular_config import MonocularConfig
from thermal_depth_ros.training.rgb.start import start_networks
from thermal_depth_ros.training.rgb.task import RgbTask
from thermal_depth_ros.training.video.effects.picture import EFFECTS


def test_schedules():
    def rates(**values):
        method = MonocularConfig(**values)
        return [method.rate_factor(step, 2, 40) for step in (0, 29, 30, 60, 79)]

    assert rates() == pytest.approx([1, 1, 0.1, 0.01, 0.01])
    assert rates(schedule='none') == [1] * 5
    assert rates(schedule='poly') == pytest.approx(
        [1, (51 / 80) ** 0.9, (50 / 80) ** 0.9, (20 / 80) ** 0.9, (1 / 80) ** 0.9]
    )
    assert rates(schedule='none', warmup_steps=60)[:2] == pytest.approx([1 / 60, 0.5])


TINY = RgbTrainingConfig(
    day_distillation=False, encoder_width=8, light_width=4, step_epochs=1, average_decay=0.9
)


def entered(data, **run):
    from accelerate import Accelerator

    task = RgbTask(TINY, RunConfig(batch_size=4, **run), data)
    task.enter(task.stages[0], Accelerator(cpu=True))
    return task


def step(task, batch, seed):
    torch.manual_seed(seed)
    return {name: value.item() for name, value in task.step(batch).losses.items()}


def test_a_saved_state_is_all_that_training_changes(data, tmp_path):
    first, batch = entered(data), make_batch(data)
    for seed in (1, 2):
        step(first, batch, seed)
    torch.save(first.state(), tmp_path / 'state.pt')
    second = entered(data)
    second.load_state(torch.load(tmp_path / 'state.pt'))
    assert step(first, batch, 3) == step(second, batch, 3)
    states = [task.state() for task in (first, second)]
    assert states[0]['steps'] == states[1]['steps'] == 3
    assert differences(*states) == []


def test_a_state_of_other_trained_weights_is_refused(data):
    """Versions of the package may differ in what they train."""
    task = entered(data)
    state = task.state()
    state['optimiser']['param_groups'][0]['params'].append(10**6)
    with pytest.raises(TrainingError, match=r'weights are trained there and \d+ here: .*--restart'):
        task.load_state(state)


def test_layout_changes_neither_names_nor_bundle(data, tmp_path):
    task = entered(data)
    step(task, make_batch(data), 1)
    start = start_networks(TINY, len(data.classes), 0)
    state, average = (task.state()[name] for name in ('networks', 'average'))
    plain = {
        f'{part}.{name}': value
        for part, network in (('network', start.network), ('pose', start.pose))
        for name, value in network.state_dict().items()
    }
    assert list(state) == list(plain)
    kernels = [name for name, value in plain.items() if value.ndim == 4]
    last = torch.channels_last
    assert all(state[name].is_contiguous(memory_format=last) for name in kernels)
    assert not all(state[name].is_contiguous() for name in kernels)
    networks = load_bundle(task.export(tmp_path / 'bundle', {})).networks
    for part, name in (('network', 'depthseg'), ('pose', 'pose')):
        for key, value in networks[name].state_dict().items():
            assert value.is_contiguous()
            assert torch.equal(value, average['average'][f'{part}.{key}']), key


def test_a_compiled_step_is_one_graph_and_means_the_same(data, monkeypatch):
    """Without the part that takes minutes on a CPU: making machine code of the graph."""
    from torch._dynamo.utils import counters

    counters.clear()
    original = nn.Module.compile

    def trace(module, **how):
        original(module, backend='eager', fullgraph=True, **how)

    monkeypatch.setattr(nn.Module, 'compile', trace)
    monkeypatch.setattr(performance, '_what_is_missing', lambda device: '')
    batch = make_batch(data)
    # Its terms are those of the others again.
    batch = dataclasses.replace(batch, day=dataclasses.replace(batch.day, translated=None))
    tasks = [entered(data, compile=wanted) for wanted in ('on', 'auto')]
    for seed in (1, 2):
        found, expected = (step(task, batch, seed) for task in tasks)
        assert found == pytest.approx(expected, rel=1e-3)
    assert counters['stats']['unique_graphs'] == 1, 'once for all steps'
    assert list(tasks[0].state()['networks']) == list(tasks[1].state()['networks'])


@pytest.mark.parametrize('on', [False, True])
def test_samples_with_effects_are_shown_as_compared_and_as_seen(data, on):
    from accelerate import Accelerator

    method = dataclasses.replace(TINY, grayscale_probability=1.0 if on else 0.0)
    effects = open_effects(RgbDataConfig(bags=('day',), width=W, height=H), method, silent)
    own = dataclasses.replace(data, effects=effects)
    task = RgbTask(method, RunConfig(batch_size=2), own)
    task.enter(task.stages[0], Accelerator(cpu=True))
    keys = [SampleKey(index, 0, 0) for index in (0, 1)]
    pictures = task.step(task.load(keys)).pictures()
    assert (EFFECTS in pictures) is on
    if on:
        plain, seen = np.split(pictures[EFFECTS], 2)
        assert plain.shape == seen.shape == (H, 2 * W, 3)
        np.testing.assert_array_equal(seen[:, :W], pictures['day'])
        assert (seen == seen[..., :1]).all() and (plain != plain[..., :1]).any()
