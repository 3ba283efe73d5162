# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Thermal training as a task: steps, schedule, averages, precision, and what it refuses."""

import dataclasses

import numpy as np
import pytest
import torch

from helpers.run_states import differences
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import load_bundle
from thermal_depth_ros.samples import DataConfig, open_samples
from thermal_depth_ros.training.engine.accelerator import make_accelerator
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.thermal.batch import ThermalBatch
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.objective import ThermalMaps
from thermal_depth_ros.training.thermal.task import ThermalTask, step_pictures
from thermal_depth_ros.training.video.effects.picture import EFFECTS

RUN = RunConfig(batch_size=2, device='cpu', threads=1, seed=3)
METHOD = ThermalTrainingConfig(
    architecture='tiny',
    stage1_epochs=2,
    stage2_epochs=1,
    min_valid_elements=0,
    learning_rate=1e-3,
    pose_source='odometry',
)


@pytest.fixture(scope='session')
def samples_of(small_drive, tmp_path_factory):
    """Open the samples of the small drive; decoded once."""
    cache = tmp_path_factory.mktemp('samples')

    def make(**values):
        shared = {'width': 80, 'height': 64, 'frame_interval': 1, 'cache_dir': str(cache)}
        return open_samples(DataConfig(bags=(str(small_drive),), **{**shared, **values}))

    return make


@pytest.fixture(scope='session')
def samples(samples_of):
    return samples_of()


@pytest.fixture
def make_task(samples):
    """Make a task that has entered so many stages."""

    def make(entered=1, run=RUN, of=samples, **values):
        _forget_accelerator()
        task = ThermalTask(dataclasses.replace(METHOD, **values), run, of)
        accelerator = make_accelerator(run)
        for stage in task.stages[:entered]:
            task.enter(stage, accelerator)
        return task

    yield make
    _forget_accelerator()


def _forget_accelerator():
    """Let accelerate forget the precision that it was told first."""
    from accelerate.state import AcceleratorState, GradientState

    AcceleratorState._reset_state(True)
    GradientState._reset_state()


def batch(task, epoch=0):
    return task.load([SampleKey(index, epoch, 3) for index in (1, 4)])


def parameters(task, prefix=''):
    state = task.state()['networks']
    return {name: value.clone() for name, value in state.items() if name.startswith(prefix)}


def changed(before, after):
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_steps_learn(make_task):
    task = make_task(stage1_backbone='trained', start_depth=8.0)
    losses = [task.step(batch(task)).losses for _ in range(8)]
    assert losses[-1]['total'] < 0.9 * losses[0]['total']
    assert set(losses[0]) == {'total', 'reconstruction', 'geometry', 'smoothness', 'pose'}
    assert all(not value.requires_grad and value.ndim == 0 for value in losses[0].values())


def test_a_frozen_backbone_does_not_change_in_any_bit(make_task, tiny_hybrid_bundle):
    """Nor do the running statistics of its convolutional stem."""
    task = make_task(start_bundle=str(tiny_hybrid_bundle))
    before = parameters(task, 'depth.')
    task.step(batch(task))
    moved = changed(before, parameters(task, 'depth.'))
    assert moved and all(name.startswith('depth.head.') for name in moved)


def test_stage_two_moves_adapters_and_head_and_leaves_the_pre_trained_weights(make_task):
    task = make_task(entered=2)
    before = parameters(task)
    task.step(batch(task))
    task.step(batch(task))
    moved = changed(before, parameters(task))
    kinds = {
        'backbone' if 'backbone' in name and 'lora_' not in name and 'adapters' not in name else ''
        for name in moved
    }
    assert kinds == {''}
    for part in ('lora_A', 'lora_B', 'adapters', 'head', 'pose.'):
        assert any(part in name for name in moved), part


@pytest.mark.parametrize('entered', [1, 2])
@pytest.mark.parametrize('average_decay', [0.0, 0.5])
def test_a_saved_task_continues_exactly(make_task, entered, average_decay):
    task = make_task(entered, average_decay=average_decay, schedule='cosine', warmup_steps=3)
    task.step(batch(task))
    saved = _copied(task.state())
    for epoch in (1, 2):
        task.step(batch(task, epoch))
    again = make_task(entered, average_decay=average_decay, schedule='cosine', warmup_steps=3)
    again.load_state(saved)
    for epoch in (1, 2):
        again.step(batch(again, epoch))
    assert differences(task.state(), again.state()) == []


def test_the_schedule_of_an_earlier_version_continues(make_task):
    """It counted the steps of the stage under another name."""
    task = make_task(schedule='constant', warmup_steps=4)
    state = _copied(task.state())
    del state['steps']
    task.load_state({**state, 'stage_steps': 2})
    task.step(batch(task))
    assert task.state()['steps'] == 3
    assert task.state()['optimiser']['param_groups'][0]['lr'] == pytest.approx(0.75e-3)


def _copied(value):
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    return type(value)(map(_copied, value)) if isinstance(value, (list, tuple)) else value


def test_the_average_is_validated_and_exported_and_carried_into_stage_two(make_task, tmp_path):
    task = make_task(average_decay=0.9)
    start = parameters(task, 'pose.')
    for _ in range(3):
        task.step(batch(task))
    own = parameters(task, 'pose.')
    average = {n: v for n, v in task.state()['average']['average'].items() if n in own}
    assert changed(own, average)
    path = task.export(tmp_path / 'b', {})
    stored = load_bundle(path).networks['pose'].state_dict()
    assert all(torch.equal(stored[name.removeprefix('pose.')], average[name]) for name in average)
    assert not changed(own, parameters(task, 'pose.')), 'training continues with its own weights'
    task.enter(task.stages[1], task._accelerator)
    assert not changed(average, parameters(task, 'pose.'))
    assert changed(start, parameters(task, 'pose.'))


def test_validation_changes_nothing(make_task):
    task = make_task(average_decay=0.9)
    task.step(batch(task))
    before = _copied(task.state())
    figures = task.validate()
    assert differences(before, task.state()) == []
    assert {'abs_rel', 'abs_rel_metric', 'delta1'} <= set(figures)
    assert all(np.isfinite(value) for value in figures.values())


def test_learning_rates():
    method = dataclasses.replace(METHOD, warmup_steps=4, schedule='constant')
    assert [method.rate_factor(step, 4, 2) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    cosine = dataclasses.replace(METHOD, schedule='cosine')
    found = [cosine.rate_factor(step, 4, 2) for step in (0, 2, 4, 6, 8, 50)]
    assert found == pytest.approx([1.0, 0.853553, 0.5, 0.146447, 0.0, 0.0], abs=1e-6)
    assert METHOD.rate_factor(123, 4, 2) == 1.0


def test_each_stage_has_its_schedule_and_peak(make_task):
    task = make_task(entered=0, schedule='cosine', stage2_learning_rate=5e-4, variant='no_adapters')
    accelerator = make_accelerator(RUN)
    for stage, peak in zip(task.stages, (1e-3, 5e-4), strict=True):
        task.enter(stage, accelerator)
        rates = []
        for _ in range(2):
            task.step(batch(task))
            rates.append(task.state()['optimiser']['param_groups'][0]['lr'])
        assert rates[0] == pytest.approx(peak) and rates[1] < peak


def test_on_a_gpu_networks_compute_in_16_bits_and_losses_in_32(make_task):
    """The CPU stands in for it: the same autocast."""
    task = make_task(run=dataclasses.replace(RUN, precision='bf16'))
    seen = {}
    hooks = {'head': task._start.depth.head.tail1, 'pose': task._start.pose.encoder}
    for name, module in hooks.items():
        module.register_forward_hook(
            lambda _m, _i, out, name=name: seen.update({name: _dtype(out)})
        )
    losses = task.step(batch(task)).losses
    assert seen == {'head': torch.bfloat16, 'pose': torch.bfloat16}
    exact = make_task(run=dataclasses.replace(RUN, precision='fp32'))
    expected = exact.step(batch(exact)).losses
    for name, value in losses.items():
        assert value.dtype == torch.float32
        assert value.item() == pytest.approx(expected[name].item(), rel=0.03), name


def _dtype(out):
    return out.dtype if isinstance(out, torch.Tensor) else out[-1].dtype


def test_samples_are_named(make_task, small_drive):
    task = make_task(entered=0)
    (name,) = task.describe([SampleKey(2, 0, 0)])
    assert name == f'{small_drive} /thermal/image_raw frames 3,2,4'


def test_what_the_recordings_lack_is_named_at_once(samples_of):
    nothing = samples_of(pose_topic='none', twist_topic='none')
    for values, messages in (
        ({'pose_source': 'odometry'}, ['pose_source: odometry needs the pose of every image']),
        (
            {'pose_source': 'both', 'velocity_weight': 1.0},
            ['pose_source: both needs', 'velocity_weight: needs a twist for every image'],
        ),
        ({'pose_source': 'network', 'velocity_weight': 1.0}, ['velocity_weight: needs a twist']),
    ):
        with pytest.raises(SettingsError) as error:
            ThermalTask(dataclasses.replace(METHOD, **values), RUN, nothing)
        assert all(message in str(error.value) for message in messages)
    ThermalTask(dataclasses.replace(METHOD, pose_source='network'), RUN, nothing)


def test_a_threshold_that_no_batch_reaches_is_refused(samples):
    """With it the loss would be zero in every step, without any error."""
    few = dataclasses.replace(METHOD, min_valid_elements=2 * 64 * 80)
    with pytest.raises(SettingsError, match='min_valid_elements: 10240 is not below the 10240'):
        ThermalTask(few, RUN, samples)
    ThermalTask(few, dataclasses.replace(RUN, batch_size=3), samples)


def test_8_bit_video_trains_and_the_samples_say_what_is_lost(make_task, small_drive, tmp_path):
    """The automatic gain control of a camera, which maps every image by itself."""
    video = _as_8_bit(small_drive, tmp_path / 'agc')
    data = DataConfig(
        bags=(str(video),), width=80, height=64, frame_interval=1, cache_dir=str(tmp_path / 'c')
    )
    eight = open_samples(data)
    assert not eight.deep
    assert any('8-bit' in note and 'temperatures are lost' in note for note in eight.notes)
    for kind in ('window', 'temporal_mapping'):
        task = make_task(of=eight, stage1_loss_image=kind, mapping='celsius')
        losses = task.step(batch(task)).losses
        assert all(torch.isfinite(value) for value in losses.values())


def _as_8_bit(path, out):
    """Copy a recording, its thermal images stretched to 8 bits one by one."""
    from rosbags.highlevel import AnyReader
    from rosbags.rosbag2 import StoragePlugin, Writer
    from rosbags.typesys import Stores, get_typestore

    store = get_typestore(Stores.ROS2_JAZZY)
    plugin = StoragePlugin.MCAP
    with (
        AnyReader([path], default_typestore=store) as reader,
        Writer(out, version=9, storage_plugin=plugin) as writer,
    ):
        made = {
            c.id: writer.add_connection(c.topic, c.msgtype, typestore=store)
            for c in reader.connections
        }
        for connection, stamp, raw in reader.messages():
            if connection.topic == '/thermal/image_raw':
                message = reader.deserialize(raw, connection.msgtype)
                counts = message.data.view(np.uint16).reshape(64, 80).astype(float)
                grey = (counts - counts.min()) / (counts.max() - counts.min())
                data = (255 * grey).astype(np.uint8).reshape(-1)
                message = dataclasses.replace(message, encoding='mono8', step=80, data=data)
                raw = store.serialize_cdr(message, connection.msgtype)
            writer.write(made[connection.id], stamp, raw)
    return out


def given(height=6, width=8):
    size = (2, 1, height, width)
    image = torch.linspace(0, 1, height * width).reshape(height, width)
    images = image.repeat(2, 3, 1, 1, 1)
    batch = ThermalBatch(
        image=images,
        K=torch.eye(3).repeat(2, 1, 1),
        T=torch.eye(4).repeat(2, 2, 1, 1),
        travelled_m=torch.zeros(2, 2),
        zoom=torch.ones(2),
        focal_ratio=torch.ones(2),
        loss_image=(images - 0.45) / 0.225,
    )
    mask = torch.ones(size, dtype=torch.bool)
    return batch, ThermalMaps(torch.full(size, 3.0), batch.loss_image[:, 1], mask)


def test_every_picture_is_rgb_of_the_first_triplet():
    batch, maps = given()
    maps.mask[1] = False
    pictures = step_pictures(batch, maps)
    assert set(pictures) == {'input', 'depth', 'loss image', 'warped neighbour', 'mask'}
    for picture in pictures.values():
        assert picture.shape == (6, 8, 3) and picture.dtype == np.uint8
    grey = (np.linspace(0, 1, 48) * 255).reshape(6, 8)
    for name in ('input', 'loss image', 'warped neighbour'):
        np.testing.assert_allclose(pictures[name][..., 0], grey, atol=1.01)
    assert (pictures['mask'] == 255).all()


@pytest.mark.parametrize('value', [torch.nan, torch.inf])
def test_a_step_that_went_wrong_has_pictures_too(value):
    """They are made before the loss is looked at, which then says what is wrong."""
    batch, maps = given()
    broken = torch.full_like(maps.depth, value)
    maps = dataclasses.replace(maps, depth=broken, warped=broken)
    assert step_pictures(batch, maps)['depth'].shape == (6, 8, 3)


@pytest.mark.parametrize('on', [False, True])
def test_samples_with_effects_are_shown_as_compared_and_as_seen(make_task, on):
    task = make_task(thermal_noise=0.3 if on else 0.0, effect_probability=1.0)
    pictures = task.step(batch(task)).pictures()
    assert (EFFECTS in pictures) is on
    if on:
        plain, seen = np.split(pictures[EFFECTS], 2)  # two samples of 80x64
        assert plain.shape == seen.shape == (64, 160, 3)
        np.testing.assert_array_equal(seen[:, :80], pictures['input'])
        np.testing.assert_array_equal(plain[:, :80], pictures['loss image'])
        assert np.abs(seen.astype(float) - plain).mean() > 5


def test_the_ground_pulls_for_its_steps_alone(make_task):
    """Its weight falls in even steps from 1, and is 0 from then on."""
    task = make_task(
        stage1_backbone='trained', start_depth=1.0, pose_source='network', ground_steps=2
    )
    task.step(batch(task))
    first = task._objective.ground_weight.item()
    found = [task.step(batch(task)).losses['ground'].item() for _ in range(2)]
    assert first == 1.0 and task._objective.ground_weight.item() == 0.0
    assert found[0] > 0 and found[1] == 0
    assert 'ground_weight' not in ''.join(task.state()['networks'])
