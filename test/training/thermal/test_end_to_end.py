# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Thermal training from a recording to a running node: trained, killed, resumed, exported, used.

What is trained is tiny, and so is what it learns; that every part fits the next is what counts.
"""

import signal
import time

import numpy as np
import pytest
import torch

from helpers import toy
from helpers.double_precision import SCRIPT, double_precision
from helpers.processes import options, processes
from helpers.run_states import differences, end_of_run
from helpers.waiting import eventually
from thermal_depth_ros.bundles import load_bundle, validate_bundle
from thermal_depth_ros.frames.config import ThermalConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.inference.pipeline import open_pipeline
from thermal_depth_ros.networks.thermal_input import depth_input
from thermal_depth_ros.samples import DataConfig, open_samples
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.training.engine import loop
from thermal_depth_ros.training.engine.loop import train
from thermal_depth_ros.training.engine.metrics_logger import read_history
from thermal_depth_ros.training.registry import run_config, task_kind

# 19 triplets, 4 steps an epoch: 4 steps of stage one, 8 of stage two, 4 of motion alone.
TINY = {
    'width': 80,
    'height': 64,
    'frame_interval': 1,
    'validation_frames': 3,
    'architecture': 'tiny',
    'stage1_epochs': 1,
    'stage2_epochs': 2,
    'motion_epochs': 1,
    'learning_rate': 3e-4,
    'schedule': 'cosine',
    'warmup_steps': 2,
    'average_decay': 0.9,
    'min_valid_elements': 1000,
    'pose_source': 'both',
    'pose_interval': 2,
    'velocity_weight': 0.1,
    'weights_dtype': 'fp32',
    'batch_size': 4,
    'device': 'cpu',
    'threads': 1,
    'log_every_steps': 1,
    'checkpoint_every_steps': 3,
    'tensorboard': False,
}
STEPS = {'stage1': 4, 'stage2': 8, 'motion': 4}
COMMAND = ('-m', 'thermal_depth_ros.cli.main')
PROCESSES = ('-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2')


@pytest.fixture(scope='module', autouse=True)
def _quickly():
    """Let no training in this process draw charts, which take longer than it does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, 'write_report', toy.plain_report)
        yield


@pytest.fixture(scope='module')
def settings(small_drive, tmp_path_factory):
    """Return the settings of a run."""
    cache = tmp_path_factory.mktemp('cache')
    return {'bags': str(small_drive), 'cache_dir': str(cache), **TINY}


@pytest.fixture(scope='module')
def start(settings):
    """Start `thermal-depth train` in a process of its own."""
    with processes() as started:
        yield lambda output, command=COMMAND, **changes: started(
            *command, 'train', *options({**settings, 'output': output, **changes})
        )


def finish(process):
    """Wait for the end of a run; return what it said."""
    said, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    return said


def train_here(settings, output, **changes):
    """Train in this process, to the end."""
    kind = task_kind('thermal')
    values = {**settings, 'workers': 0, **changes}
    configs = kind.build({**values, 'bags': [settings['bags']], 'output': str(output)})
    return train(kind.make(configs, lambda *_: None), run_config(configs), configs=configs)


@pytest.fixture(scope='module')
def whole(settings, tmp_path_factory):
    """An output folder of the run that nothing interrupts."""
    output = tmp_path_factory.mktemp('runs') / 'whole'
    outcome = train_here(settings, output)
    assert outcome.finished and outcome.step == 16
    return output


@pytest.fixture(scope='module')
def bundle(whole):
    return load_bundle(whole / 'bundle', kind='thermal')


def losses(output):
    return [
        (r['stage'], r['losses']) for r in read_history(output / 'history.jsonl') if 'losses' in r
    ]


def test_every_stage_trains_and_every_epoch_is_validated(whole):
    found = losses(whole)
    assert [stage for stage, _ in found] == [name for name, n in STEPS.items() for _ in range(n)]
    of_views = {'total', 'reconstruction', 'geometry', 'smoothness', 'pose', 'velocity'}
    for stage, terms in found:
        assert set(terms) == ({'total', 'pose'} if stage == 'motion' else of_views)
        assert all(np.isfinite(value) for value in terms.values())
    figures = [r for r in read_history(whole / 'history.jsonl') if 'validation' in r]
    assert len(figures) == 4
    assert {'abs_rel', 'abs_rel_metric', 'delta1', 'rmse'} <= set(figures[-1]['validation'])
    assert (whole / 'report.html').is_file()


def test_a_killed_run_ends_bit_identical(start, settings, whole, tmp_path):
    """Killed in stage two, when its adapters have learned already, at whatever step it is in."""
    output = tmp_path / 'killed'
    process = start(output, workers=1)
    end = time.monotonic() + 300
    while not list((output / 'checkpoints').glob('step-000000006.*.pt')):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    assert not (output / 'bundle').exists()
    assert train_here(settings, output).finished
    assert differences(end_of_run(whole), end_of_run(output)) == []
    weights = [
        (folder / 'bundle' / 'weights.safetensors').read_bytes() for folder in (whole, output)
    ]
    assert weights[0] == weights[1]


def test_two_processes_give_the_losses_of_one(start, settings, tmp_path):
    """Through both stages, with the same global batch.

    In double precision, so that rounding cannot grow while the networks learn; see
    `helpers.double_precision`. With motions that are not learned and without the auto-mask: what is
    at the edge of a mask counts or not by its last digit, and at the start of a pose network all of
    the border is.
    """
    one, two = tmp_path / 'one', tmp_path / 'two'
    few = {
        'pose_source': 'odometry',
        'velocity_weight': 0.0,
        'auto_mask': False,
        'learning_rate': 1e-4,
        'max_steps': 6,
        'validate_every_epochs': 0,  # on images in single precision
    }
    with double_precision():
        train_here(settings, one, **few)
    said = finish(start(two, (*PROCESSES, SCRIPT), workers=0, **few))
    assert said.count('finished after step 6') == 1, 'one process speaks for all'
    expected, found = losses(one), losses(two)
    assert [stage for stage, _ in found] == ['stage1'] * 4 + ['stage2'] * 2
    for (_, terms), (_, wanted) in zip(found, expected, strict=True):
        assert terms == pytest.approx(wanted, rel=1e-9, abs=0)


def test_the_bundle_says_how_it_was_made(whole, bundle, small_drive):
    assert validate_bundle(whole / 'bundle') == []
    spec = bundle.spec
    assert spec.input_size == (64, 80)
    assert spec.scale.metric and spec.scale.source == 'poses on /wheel/odometry in training'
    assert spec.untrained_parts == ('depth.backbone',), 'it was frozen and random'
    assert spec.training['settings']['bags'] == [str(small_drive)]
    assert spec.training['steps'] == 16 and 'abs_rel' in spec.training['metrics']
    assert spec.architecture['adapter_channels'] == 4


def test_the_bundle_runs_in_the_pipeline(whole, bundle, settings):
    """Depth is what the exported network gives for the image mapped as in training."""
    data = DataConfig(
        bags=(settings['bags'],),
        **{name: settings[name] for name in ('cache_dir', 'width', 'height', 'frame_interval')},
    )
    frames = open_samples(data).train
    pipeline = open_pipeline(
        'thermal', ThermalConfig(bundle=str(whole / 'bundle'), device='cpu', max_depth_m=1000.0)
    )
    level = np.eye(4)
    level[:3, :3] = [[0, 0, 1], [-1, 0, 0], [0, -1, 0]]
    try:
        for index in (0, 1):
            seen = frames.frame(index)
            fx, fy, cx, cy = seen.K[0, 0], seen.K[1, 1], seen.K[0, 2], seen.K[1, 2]
            camera = PinholeCamera(80, 64, fx, fy, cx, cy)
            frame = CameraFrame(seen.stamp_ns, 'thermal_optical', seen.image, camera)
            output = pipeline.process(frame, frozenset({'depth', 'odometry', 'tf'}), level)
    finally:
        pipeline.close()
    mapping = ThermalPreprocessing.from_dict(bundle.spec.preprocessing)
    image = torch.from_numpy(mapping(seen.image))[None, None]
    with torch.no_grad():
        expected = 1 / bundle.networks['depth'](depth_input(image))[0, 0]
    np.testing.assert_allclose(output.depth.depth_m, expected, rtol=1e-4)
    assert output.scale.metric and output.odometry.state == 'tracking'


@pytest.mark.ros
def test_the_bundle_runs_in_the_node(whole, graph):
    from thermal_depth_ros.nodes.camera.thermal_node import ThermalNode

    node = graph.start(ThermalNode, network='bundle', bundle=str(whole / 'bundle'))
    graph.send_transform('base_link', 'thermal_optical', (0.0, 0.0, 1.0), (-0.5, 0.5, -0.5, 0.5))
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'depth', 'odometry')
    graph.run_frames('thermal', 'odometry', 2)
    message = graph.run_frames('thermal', 'thermal/depth/image')[-1]
    assert message.encoding == '32FC1' and (message.height, message.width) == (48, 64)
    depth = np.frombuffer(message.data, np.float32)
    assert np.isfinite(depth).any() and (depth[np.isfinite(depth)] > 0).all()
    assert graph.logged('depth.backbone', level=30), 'what is untrained is said'
    assert eventually(lambda: graph.part('thermal: model')[2]['device'] == 'cpu')
    assert node.wanted() >= {'depth', 'odometry'}
