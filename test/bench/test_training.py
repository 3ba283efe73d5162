# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The bench of the trainer: that the plain loop does the same, and what is made of the laps."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from thermal_depth_ros.bench import training, training_figures, work
from thermal_depth_ros.bench.bag_triplets import BagTriplets
from thermal_depth_ros.bench.contestants import Contestant, Lap
from thermal_depth_ros.bench.plain_loop import PlainLoop
from thermal_depth_ros.bench.processes import BenchError
from thermal_depth_ros.bench.training import TrainingBench, run_training
from thermal_depth_ros.bench.training_figures import StageSpeed, Trained
from thermal_depth_ros.networks.trainable import trainable_parameters
from thermal_depth_ros.samples.opening import open_samples
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.drive import Drive
from thermal_depth_ros.simulation.drive_writer import write_drive
from thermal_depth_ros.training.registry import task_kind
from thermal_depth_ros.training.task import SampleKey
from thermal_depth_ros.training.thermal_objective import ThermalObjective
from thermal_depth_ros.training.thermal_start import PRESETS

CPU = torch.device('cpu')


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    path = tmp_path_factory.mktemp('bench') / 'drive'
    size = {'thermal_width': 90, 'thermal_height': 70, 'rgb_width': 32, 'rgb_height': 32}
    config = SimulationConfig(duration_s=1.2, shutter='none', distortion=-0.05, **size)
    write_drive(Drive(config), path)
    return path


@pytest.fixture
def settings(drive, tmp_path):
    return {
        'bags': [str(drive)],
        'cache_dir': str(tmp_path / 'cache'),
        'width': 80,
        'height': 64,
        'frame_interval': 2,
        'leave_out_still': False,
        'validation_fraction': 0.0,
        'architecture': 'tiny',
        'min_valid_elements': 0,
        'batch_size': 2,
        'device': 'cpu',
        'threads': 1,
    }


def test_decoded_triplets_are_those_of_the_cache(settings):
    data, *_ = task_kind('thermal').build(settings)
    samples = open_samples(data).train
    triplets = BagTriplets(samples, data)
    assert len(triplets) == len(samples) >= 3
    for index in (2, 0):
        cached, decoded = samples.triplet(index), triplets.triplet(index)
        np.testing.assert_array_equal(decoded.images, cached.images)
        np.testing.assert_array_equal(decoded.K, cached.K)
        assert decoded.stamps_ns == cached.stamps_ns and decoded.where == cached.where
    triplets.close()


@pytest.mark.parametrize('stage', ['stage1', 'stage2'])
def test_the_plain_loop_has_the_loss_and_the_gradients_of_the_trainer(settings, stage):
    data, method, _ = task_kind('thermal').build(settings)
    samples = open_samples(data).train
    loop = PlainLoop(method, stage, samples, CPU)
    batch = loop._make_batch([SampleKey(0, 0, 0), SampleKey(1, 0, 0)])
    depth, pose = loop._networks
    loop._networks.eval()  # statistics of four passes are not those of one
    trained = trainable_parameters(loop._networks)
    assert len(trained) < len(list(loop._networks.parameters()))
    plain = loop.loss(batch)
    expected = torch.autograd.grad(plain, trained)
    ours = ThermalObjective(depth, pose, method)(batch)['total']
    assert ours.item() == pytest.approx(plain.item(), rel=1e-5)
    for mine, theirs in zip(torch.autograd.grad(ours, trained), expected, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-6)


def test_a_step_of_the_plain_loop_learns(settings):
    data, method, _ = task_kind('thermal').build(settings)
    loop = PlainLoop(method, 'stage1', open_samples(data).train, CPU)
    before = [p.detach().clone() for p in trainable_parameters(loop._networks)]
    assert math.isfinite(loop.step([SampleKey(0, 0, 0), SampleKey(1, 0, 0)]))
    after = trainable_parameters(loop._networks)
    assert all(not torch.equal(a, b) for a, b in zip(after, before, strict=True))


@pytest.mark.parametrize(('policy', 'backbone_passes'), [('head', 1), ('adapters', 2), ('full', 3)])
def test_operations_of_a_step_of_the_paper(policy, backbone_passes):
    """GMACs of the parts as `bench --efficiency` prints them."""
    backbone, head, pose = 40.935e9, 64.540e9, 3.002e9
    triplet = 3 * (backbone_passes * backbone + 3 * head) + 4 * 3 * pose
    found = work.training_flops({}, (256, 320), policy, 4)
    assert found == pytest.approx(2 * 4 * triplet, rel=1e-3)


@pytest.mark.parametrize(
    ('name', 'tflops'),
    [('NVIDIA H200', 989.5), ('NVIDIA H100 PCIe', 756), ('NVIDIA A100-SXM4-80GB', 312)],
)
def test_peaks_of_known_devices(monkeypatch, name, tflops):
    monkeypatch.setattr(torch.cuda, 'get_device_name', lambda device: name)
    peak, source = work.peak_flops(torch.device('cuda'))
    assert peak == tflops * 1e12 and 'data sheet' in source


def test_the_cpu_is_measured(monkeypatch):
    monkeypatch.setitem(work._MATRIX, 'cpu', 64)
    peak, source = work.peak_flops(CPU)
    assert peak > 0 and 'here' in source


def figures(device, settings, speeds, monkeypatch):
    monkeypatch.setattr(training_figures, 'peak_flops', lambda device: (1e12, 'somewhere'))
    monkeypatch.setattr(torch.cuda, 'get_device_name', lambda device: 'some GPU')
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda: True)
    trained = Trained(*task_kind('thermal').build(settings), torch.device(device))
    return list(training_figures.training_figures(speeds, trained))


def laps(*seconds, waited_s=0.0):
    return tuple(Lap(10, s, waited_s) for s in seconds)


def test_what_a_cpu_cannot_tell_is_unmeasured(settings, monkeypatch):
    speed = StageSpeed('stage1', laps(10.0, 40.0, 12.0), laps(4.0, 8.0, 5.0))
    ratio, used, waiting, schedule = figures('cpu', settings, [speed], monkeypatch)
    assert ratio.value == pytest.approx(2.5) and ratio.met is True  # of 2.5, 5 and 2.4
    assert '4 against 1.67 samples/s' in ratio.detail and 'fp32' in ratio.detail
    flops = work.training_flops(PRESETS['tiny'], (64, 80), 'head', 2)
    assert used.value == pytest.approx(100 * flops * 2.0 / 1e12)
    for figure in (waiting, schedule):
        assert math.isnan(figure.value) and figure.met is None and 'unmeasured' in figure.detail
    assert '2.4 h' in schedule.detail


def test_figures_of_a_gpu(settings, monkeypatch):
    of_paper = {**settings, 'architecture': 'paper', 'batch_size': 4}
    of_paper['freeze_random_backbone'] = True
    speeds = [
        StageSpeed('stage1', laps(4.0), laps(0.2, waited_s=0.001)),
        StageSpeed('stage2', laps(4.0), laps(1.0, waited_s=0.03)),
    ]
    monkeypatch.setattr(training_figures, '_utilisation', lambda *given: None)
    found = [f for f in figures('cuda', of_paper, speeds, monkeypatch) if f]
    one, two, waiting_one, waiting_two, schedule = found
    assert (one.value, two.value) == (pytest.approx(20.0), pytest.approx(4.0))
    assert (one.met, two.met) == (True, False), 'at least five times'
    assert 'bf16 on some GPU' in one.detail
    assert (waiting_one.value, waiting_two.value) == (pytest.approx(0.5), pytest.approx(3.0))
    assert (waiting_one.met, waiting_two.met) == (True, False)
    # 890,000 triplets at 200 and as many at 40 per second.
    assert schedule.value == pytest.approx((890000 / 200 + 890000 / 40) / 3600)
    assert schedule.target == 2.4 and schedule.met is False


def test_a_run_from_a_recording_to_figures(drive, settings, monkeypatch):
    monkeypatch.setattr(training, '_LAP_S', 1e-3)
    monkeypatch.setattr(training, '_TRIPLETS_READ', 3)
    own = {name: settings[name] for name in ('width', 'height', 'frame_interval', 'threads')}
    own |= {'min_valid_elements': 0, 'batch_size': 2, 'workers': 0}
    options = TrainingBench(drive, 'tiny', rounds=1, settings=own)
    reading, ratio, *_ = run_training(options)
    assert reading.value > 1 and 'ms against' in reading.detail
    assert ratio.value > 0 and 'tiny networks' in ratio.name


def test_what_goes_wrong_is_said(tmp_path, settings):
    with pytest.raises(BenchError, match='nowhere'):
        list(run_training(TrainingBench(tmp_path / 'nowhere')))
    contestant = Contestant('ours', 'stage1', {**settings, 'bags': [str(tmp_path / 'gone')]})
    try:
        with pytest.raises(BenchError, match='ours training, stage1: .*gone'):
            contestant.lap(1)
    finally:
        contestant.close()


def test_a_cache_that_holds_other_images_is_noticed(settings):
    data, *_ = task_kind('thermal').build(settings)
    samples = open_samples(data).train
    triplets = BagTriplets(samples, data)

    class Other(BagTriplets):
        def __init__(self):
            self.close = triplets.close

        def triplet(self, index):
            right = triplets.triplet(index)
            return dataclasses.replace(right, images=right.images + 1)

    with pytest.raises(BenchError, match='the cache holds other images'):
        training._reading(samples, Other())
