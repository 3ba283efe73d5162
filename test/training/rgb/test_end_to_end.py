# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""DepthSegNet24 from bags to a bundle and the pipeline, by the commands."""

import json

import numpy as np
import pytest
import torch

from helpers.day_and_night import SIZE, H, W, recording
from helpers.drives import record_drive
from helpers.sample_truth import true_depth_m
from helpers.tiny_teachers import save_depth
from thermal_depth_ros.bundles import (
    CITYSCAPES_19,
    load_bundle,
    read_spec,
    save_bundle,
)
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.inference.pipeline import open_pipeline
from thermal_depth_ros.losses.reprojection import ReprojectionOptions, Source, reprojection_loss
from thermal_depth_ros.samples import open_samples
from thermal_depth_ros.samples.config import RgbDataConfig

QUICK = ['--device', 'cpu', '--threads', '1', '--workers', '0', '--tensorboard', 'false']
QUICK += ['--batch-size', '2', '--skip-stationary', 'false', '--validation-fraction', '0.3']
QUICK += ['--keep-checkpoints', '1']  # 340 MB each


def run(world, output, task, *options):
    bags = ['--bags', str(world / 'day')]
    if task == 'rgb':
        bags += ['--night-bags', str(world / 'night'), '--light-width', '4']
    place = ['--output', str(output), '--cache-dir', str(world / 'cache')]
    return main(['train', '--task', task, *bags, *SIZE, *QUICK, *place, *options])


def lines(output):
    return [json.loads(line) for line in (output / 'history.jsonl').read_text().splitlines()]


def test_from_recordings_to_the_pipeline(world, tmp_path):
    """Teach depth by day, label with it, train by day and night, and run what comes of it."""
    teacher = tmp_path / 'teacher'
    assert run(world, teacher, 'depth_teacher', '--max-steps', '1') == 0
    spec = read_spec(teacher / 'bundle')
    assert spec.labels is None and spec.architecture['light_width'] == 0 and spec.trained
    day = ['--bags', str(world / 'day'), *SIZE, '--cache-dir', str(world / 'cache')]
    sheet = ['--sheet', str(tmp_path / 'depth.png')]
    assert main(['label', *day, *sheet, '--depth-teacher', str(teacher / 'bundle')]) == 0

    out = tmp_path / 'rgb'
    ours = ('--weights-dtype', 'fp16', '--pose-source', 'odometry', '--pictures-every-steps', '1')
    quick = ('--consistency-space', 'disp', '--log-every-steps', '1', '--class-balance', '0.4')
    assert run(world, out, 'rgb', '--max-steps', '2', *ours, *quick) == 0
    *steps, validation = lines(out)
    names = set(steps[0]['losses'])
    assert {'day', 'synthetic_night', 'night', 'consistency', 'synthetic_consistency'} <= names
    assert {'distillation', 'segmentation_day', 'segmentation_night', 'light', 'pose'} <= names
    assert all(np.isfinite(list(step['losses'].values())).all() for step in steps)
    figures = validation['validation']
    for light in ('day', 'night'):
        assert figures[f'{light}_abs_rel'] > 0 and 0 <= figures[f'{light}_miou'] <= 100
    spec = read_spec(out / 'bundle')
    assert spec.labels == CITYSCAPES_19 and spec.trained and spec.scale.metric
    assert spec.weights.dtype == 'fp16' and spec.input_size == (H, W)
    assert 0.05 <= spec.calibration.temperature <= 20 and 'true classes' in spec.calibration.source
    pictures = {path.stem.split('-', 2)[2] for path in out.rglob('*.png')}
    assert {'synthetic_night', 'night_depth', 'day_classes', 'day_enhanced'} <= pictures

    _, frames = recording(world, 'night')
    pipeline = open_pipeline('rgb', RgbConfig(bundle=str(out / 'bundle'), device='cpu'))
    frame = CameraFrame(1, 'rgb_optical', frames.image(0), frames.camera)
    made = pipeline.process(frame, {'depth', 'semantic', 'semantic_confidence'})
    pipeline.close()
    assert made.depth.depth_m.shape == (H, W) and made.semantics.labels.shape == (H, W)
    assert set(np.unique(made.semantics.labels)) <= set(range(19))


@pytest.fixture
def trained_rgb_bundle(tmp_path, tiny_rgb_bundle):
    """The tiny bundle as one whose weights count as trained."""
    bundle = load_bundle(tiny_rgb_bundle)
    save_bundle(tmp_path / 'start', bundle.spec, bundle.networks, untrained_parts=())
    return tmp_path / 'start'


@pytest.mark.usefixtures('without_report')
@pytest.mark.parametrize(
    ('training', 'parts'),
    [
        ('full', {'encoder', 'depth_decoder', 'seg_decoder'}),
        ('frozen', {'depth_decoder'}),
    ],
)
def test_training_goes_on_from_a_whole_bundle(world, tmp_path, trained_rgb_bundle, training, parts):
    """Depth is trained; light enhancement stays as it is, and the classes are taught by the old.

    On a frozen encoder they stay as they are, without a loss. So do coarse scales of depth that are
    not compared.
    """
    out = tmp_path / 'whole'
    start = ('--start-bundle', str(trained_rgb_bundle), '--start-architecture', 'bundle')
    start += ('--encoder-training', training)
    start += () if training == 'full' else ('--reprojection-scales', 'finest')
    ours = ('--max-steps', '2', '--log-every-steps', '1', '--pictures-every-steps', '1')
    assert run(world, out, 'depth_teacher', *start, *ours) == 0
    old, new = load_bundle(trained_rgb_bundle), load_bundle(out / 'bundle')
    assert new.spec.labels == CITYSCAPES_19
    assert new.spec.networks_architecture == old.spec.networks_architecture
    changed = {
        name
        for name in ('light', 'encoder', 'depth_decoder', 'seg_decoder')
        for a, b in zip(
            old.networks['depthseg'].get_submodule(name).state_dict().values(),
            new.networks['depthseg'].get_submodule(name).state_dict().values(),
            strict=True,
        )
        if not torch.equal(a, b)
    }
    assert changed == parts
    steps = [line for line in lines(out) if 'losses' in line]
    scales = (network.networks['depthseg'].depth_decoder.outputs for network in (old, new))
    same = [torch.equal(a.weight, b.weight) for a, b in zip(*scales, strict=True)]
    assert same == ([False] * 4 if training == 'full' else [False, True, True, True])
    taught = [step['losses'].get('segmentation_day', 0) > 0 for step in steps]
    assert all(taught) if training == 'full' else not any(taught)


@pytest.mark.usefixtures('without_report')
def test_the_outputs_of_coarser_scales_are_trained_alone(world, tmp_path, trained_rgb_bundle):
    out = tmp_path / 'coarser'
    start = ('--start-bundle', str(trained_rgb_bundle), '--start-architecture', 'bundle')
    ours = ('--depth-scales', 'coarser', '--depth-weight', '1', '--day-weight', '0')
    poses = ('--pose-weight', '0', '--pose-source', 'odometry', '--encoder-training', 'frozen')
    assert run(world, out, 'depth_teacher', *start, *ours, *poses, '--max-steps', '2') == 0
    old, new = (load_bundle(path).networks for path in (trained_rgb_bundle, out / 'bundle'))
    weights = [networks['depthseg'].state_dict() for networks in (old, new)]
    changed = {name for name in weights[0] if not torch.equal(*(one[name] for one in weights))}
    coarser = [f'depth_decoder.outputs.{scale}' for scale in (1, 2, 3)]
    assert changed == {f'{name}.{part}' for name in coarser for part in ('weight', 'bias')}
    motion = [networks['pose'].state_dict() for networks in (old, new)]
    assert all(torch.equal(*(one[name] for one in motion)) for name in motion[0])


def test_a_whole_bundle_needs_its_depth_range(world, tmp_path, tiny_rgb_bundle, capsys):
    start = ('--start-bundle', str(tiny_rgb_bundle), '--start-architecture', 'bundle')
    out = tmp_path / 'range'
    assert run(world, out, 'depth_teacher', *start, '--max-depth', '50') == 1
    assert 'min_depth, max_depth: 0.1 and 50 are not those of' in capsys.readouterr().err
    assert run(world, out, 'rgb', *start) == 1
    assert 'start_architecture: bundle is for the task depth_teacher' in capsys.readouterr().err


@pytest.mark.usefixtures('without_report')
def test_a_relative_model_of_transformers_teaches_depth(world, tmp_path):
    folder = save_depth(tmp_path / 'tiny_depth_anything', 'depth_anything')
    day = ['--bags', str(world / 'day'), *SIZE, '--cache-dir', str(world / 'cache')]
    names = ['--depth-name', 'relative', '--sheet', str(tmp_path / 'depth.png')]
    assert main(['label', *day, *names, '--depth-teacher', str(folder)]) == 0
    out = tmp_path / 'rgb'
    options = ('--depth-labels', 'relative', '--max-steps', '1', '--log-every-steps', '1')
    assert run(world, out, 'rgb', *options) == 0
    losses = lines(out)[0]['losses']
    # Scale and shift are those of the network, so that depths of 0.1 to 100 differ little.
    assert 0 < losses['distillation'] < 100


def test_true_depth_and_poses_explain_the_images_best(tmp_path):
    """Samples, intrinsics, motions and warp go together: nothing else explains the neighbours."""
    drive = record_drive(
        tmp_path / 'moving',
        rgb=(H, W),
        light='day',
        scene='winding',
        weather='dry',
        seed=4,
        duration_s=0.8,
        thermal_rate_hz=1.0,
    )
    samples = open_samples(
        RgbDataConfig(
            bags=(str(drive),),
            width=W,
            height=H,
            cache_dir=str(tmp_path / 'cache'),
            pose_topic='/ground_truth/odometry',
            validation_frames=5,
        )
    ).validation
    triplet, depth = samples.triplet(1), true_depth_m(samples, 1)
    images = torch.from_numpy(triplet.images).permute(0, 3, 1, 2)[None].float() / 255
    T = torch.from_numpy(triplet.T_target_source)[None].float()
    K = torch.from_numpy(triplet.K)[None].float()
    options = ReprojectionOptions(smoothness_weight=0.0, max_depth=1000.0)

    def loss(depth_m):
        disparity = torch.from_numpy(1.0 / depth_m)[None, None].float()
        sigmoid = (disparity - 1e-3) / (10.0 - 1e-3)
        sources = [Source(images[:, 1 + side], T[:, side]) for side in (0, 1)]
        return reprojection_loss(images[:, 0], sources, [sigmoid], K, options).total.item()

    true = np.where(depth > 0, depth, 1000.0)  # the sky
    others = (true * 1.5, true / 1.5, np.full_like(true, 8.0), np.full_like(true, 900.0))
    assert loss(true) < 0.8 * min(loss(other) for other in others)


def step(task, batch, seed):
    torch.manual_seed(seed)
    return {name: value.item() for name, value in task.step(batch).losses.items()}


def test_without_night_only_the_validation_sees_it(world, tmp_path):
    switches = ('--real-night', 'false', '--synthetic-night', 'false')
    switches += ('--light-enhancement', 'false', '--day-distillation', 'false')
    assert run(world, tmp_path, 'rgb', '--max-steps', '1', '--log-every-steps', '1', *switches) == 0
    step, validation = lines(tmp_path)
    assert set(step['losses']) == {'day', 'segmentation_day', 'total'}
    assert {'day_miou', 'night_miou'} <= set(validation['validation'])


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (('--class-labels', 'other'), "semantic labels 'other'"),
        (('--sky-class', 'heaven'), "sky_class: 'heaven' is not one of road"),
        (('--true-label-map', 'nofile.yaml'), 'true_label_map: nofile.yaml'),
        (('--pose-source', 'odometry', '--pose-topic', 'none'), 'pose_source: odometry needs'),
        (('--label-topic', '/tf_static'), 'TFMessage'),
        (('--batch-size', '64'), 'batch_size: 64 is more than the'),
    ],
)
def test_what_does_not_fit_is_reported_in_one_line(world, tmp_path, capsys, options, words):
    assert run(world, tmp_path, 'rgb', '--day-distillation', 'false', *options) == 1
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1
