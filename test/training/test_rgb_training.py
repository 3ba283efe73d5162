# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""DepthSegNet24 from bags to a bundle: labels, translations, steps, validation, pipeline."""

import dataclasses
import json
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from helpers.run_states import differences
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import (
    CITYSCAPES_19,
    BundleSpec,
    Scale,
    SeedWeights,
    load_bundle,
    read_spec,
    save_bundle,
)
from thermal_depth_ros.bundles.spec import TRANSLATION_PREPROCESSING
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.inference.pipeline import open_pipeline
from thermal_depth_ros.inference.translator import Translator
from thermal_depth_ros.losses.reprojection import ReprojectionOptions, Source, reprojection_loss
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.samples import SamplesError, open_samples
from thermal_depth_ros.samples.config import cache_root
from thermal_depth_ros.samples.rgb_config import DayNightDataConfig, RgbDataConfig
from thermal_depth_ros.samples.semantic_labels import SemanticLabels
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.samples.translated_frames import TranslatedFrames
from thermal_depth_ros.training.engine import performance
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.registry import task_kind
from thermal_depth_ros.training.rgb.batch import Augmentation, BatchMaker, PairedSamples
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.data import open_day_and_night
from thermal_depth_ros.training.rgb.domain import Translation, Wanted, make_domain
from thermal_depth_ros.training.rgb.monocular_config import MonocularConfig
from thermal_depth_ros.training.rgb.start import DEPTH, POSE, start_networks
from thermal_depth_ros.training.rgb.task import RgbTask, rate_factor

H, W = 64, 96
SIZE = ['--width', str(W), '--height', str(H)]
QUICK = ['--device', 'cpu', '--threads', '1', '--workers', '0', '--tensorboard', 'false']
QUICK += ['--batch-size', '2', '--leave-out-still', 'false', '--validation-fraction', '0.3']
PLAIN = Augmentation(max_zoom=1.0, flip_probability=0.0, jitter_probability=0.0)


def silent(*_):
    """Tell nobody."""


def counterpart(image):
    """Stand in for a translation: something else, from which the image can be told."""
    return 255 - image


@pytest.fixture(scope='module')
def world(tmp_path_factory):
    """Return a folder with drives by day and night, their labels and translations cached."""
    folder = tmp_path_factory.mktemp('world')
    size = ['--rgb-width', str(W), '--rgb-height', str(H), '--thermal-rate-hz', '1']
    size += ['--thermal-width', '16', '--thermal-height', '16', '--scene', 'street', '--seed', '7']
    for light, seconds in (('day', '0.9'), ('night', '0.7')):
        options = ['-o', str(folder / light), '--light', light, '--duration-s', seconds]
        assert main(['simulate', *options, *size]) == 0
    cache = ['--cache-dir', str(folder / 'cache')]
    bags = [str(folder / light) for light in ('day', 'night')]
    sheet = ['--sheet', str(folder / 'labels.png')]
    assert main(['label', '--bags', *bags, *SIZE, *cache, *sheet, '--teacher', 'truth']) == 0
    for light, name in (('day', 'day_to_night'), ('night', 'night_to_day')):
        translate(folder, light, name)
    return folder


def data_config(world, **values):
    defaults = {
        'bags': (str(world / 'day'),),
        'night_bags': (str(world / 'night'),),
        'width': W,
        'height': H,
        'skip_stationary': False,
        'validation_fraction': 0.3,
        'cache_dir': str(world / 'cache'),
    }
    return DayNightDataConfig(**{**defaults, **values})


def recording(world, light):
    config = data_config(world, bags=(str(world / light),), night_bags=())
    return cache_root(config), open_images(config, silent).recordings[0]


def translate(world, light, name, leave_out=()):
    root, frames = recording(world, light)
    made = TranslatedFrames.make(root, name, frames.store, 'inverted')
    with made.writer() as writer:
        for index, row in enumerate(frames.rows.tolist()):
            if index not in leave_out:
                made.write(writer, row, counterpart(frames.image(index)))


@pytest.fixture(scope='module')
def data(world):
    """Return everything that is opened for a training without a depth teacher."""
    return open_day_and_night(
        data_config(world), RgbTrainingConfig(day_distillation=False), 'cpu', silent
    )


def make_batch(data, augmentation=PLAIN, indices=(0, 1)):
    maker = pickle.loads(
        pickle.dumps(BatchMaker(PairedSamples(data.day, data.night), augmentation))
    )
    return maker([SampleKey(index, epoch=0, seed=5) for index in indices])


def test_day_and_night_of_different_size_make_pairs(data):
    pairs = PairedSamples(data.day, data.night)
    day, night = len(data.day), len(data.night)
    assert day > night > 0 and len(pairs) == day
    keys = [SampleKey(index, 0, 5) for index in range(day)]
    chosen = [pairs.chosen(key, key.generator()) for key in keys]
    assert [one for one, _ in chosen] == list(range(day))
    assert all(0 <= other < night for _, other in chosen)
    again = [pairs.chosen(key, key.generator()) for key in keys]
    assert chosen == again
    assert '/day ' in pairs.describe(keys[0]) and '/night ' in pairs.describe(keys[0])


def test_a_batch_holds_what_belongs_together(data, world):
    batch = make_batch(data)
    triplet = data.day.samples.triplet(1)
    target = torch.from_numpy(triplet.images[0]).permute(2, 0, 1) / 255
    torch.testing.assert_close(batch['day_image'][1, 0], target)
    torch.testing.assert_close(batch['day_seen'], batch['day_image'][:, 0])
    torch.testing.assert_close(batch['day_motion'], batch['day_image'])
    torch.testing.assert_close(batch['day_counterpart'][1], 1 - target)
    torch.testing.assert_close(batch['night_counterpart'], 1 - batch['night_image'][:, 0])
    root, frames = recording(world, 'day')
    row = data.day.samples.target_row(1)[1]
    kept = SemanticLabels.find(root, 'semantic', frames.store).read(row)
    np.testing.assert_array_equal(batch['day_class_ids'][1], kept.class_ids)
    np.testing.assert_array_equal(batch['day_scores'][1], kept.scores)
    assert batch['day_K'][0].numpy() == pytest.approx(triplet.K, abs=1e-3)
    assert batch['day_zoom'].tolist() == [1.0, 1.0] and 'day_disparity' not in batch


def test_members_of_a_pair_share_view_and_colours(data):
    mirrored = Augmentation(max_zoom=1.0, flip_probability=1.0, jitter_probability=0.0)
    plain, flipped = make_batch(data), make_batch(data, mirrored)
    for name in ('image', 'motion', 'counterpart', 'class_ids', 'scores'):
        torch.testing.assert_close(flipped[f'day_{name}'], plain[f'day_{name}'].flip(-1))
    centres = [made['day_K'][0, 0, 2].item() for made in (plain, flipped)]
    assert sum(centres) == pytest.approx(W - 1, abs=1e-3)
    drawn = Augmentation(max_zoom=1.5, flip_probability=0.5, jitter_probability=1.0)
    seen = make_batch(data, drawn)
    assert not torch.equal(seen['day_seen'], seen['day_image'][:, 0])
    zoom = seen['day_zoom'][0].item() ** 2
    focal = [seen['day_K'][0, i, i].item() / plain['day_K'][0, i, i].item() for i in (0, 1)]
    assert focal[0] * focal[1] == pytest.approx(zoom, rel=1e-4) and zoom > 1
    known = seen['day_class_ids'].unique().tolist()
    assert set(known) <= set(plain['day_class_ids'].unique().tolist())
    again = make_batch(data, drawn)
    torch.testing.assert_close(seen['day_seen'], again['day_seen'])


def test_the_pose_network_sees_images_as_they_are(data):
    plain = make_batch(data)
    enlarged = make_batch(data, Augmentation(2.0, flip_probability=0.0, jitter_probability=0.0))
    assert (enlarged['day_zoom'] > 1).all()
    for light in ('day', 'night'):
        torch.testing.assert_close(enlarged[f'{light}_motion'], plain[f'{light}_motion'])
        torch.testing.assert_close(enlarged[f'{light}_T'], plain[f'{light}_T'])
        torch.testing.assert_close(enlarged[f'{light}_seen'], enlarged[f'{light}_image'][:, 0])
        assert not torch.equal(enlarged[f'{light}_seen'], plain[f'{light}_seen'])


def test_without_a_pose_network_that_learns_no_images_are_made_for_it(data):
    drawn = Augmentation(max_zoom=1.5, flip_probability=0.5, jitter_probability=1.0)
    whole = make_batch(data, drawn)
    lean = make_batch(data, dataclasses.replace(drawn, motion=False))
    assert set(whole) - set(lean) == {'day_motion', 'night_motion'}
    for name, values in lean.items():
        torch.testing.assert_close(values, whole[name])


def wanted(**values):
    return Wanted(**{'translation': 'gaps', 'classes': 'semantic', **values})


def test_missing_counterparts_are_named_left_out_or_made(world, data):
    translate(world, 'day', 'gaps', leave_out=(2, 3))
    samples, root = data.opened.train, cache_root(data_config(world))
    with pytest.raises(SamplesError, match='frames 2,3 have none; `thermal-depth translate`'):
        make_domain(samples, root, wanted(), silent)
    domain = make_domain(samples, root, wanted(missing_translations='skip'), silent)
    assert len(domain) == len(samples) - 2
    assert 'frames 2,3 have none and are left out' in domain.notes[0]
    assert not any(name.split()[-1].startswith(('2,', '3,')) for name in domain.samples.names)
    other = Translation(counterpart, 'another')
    with pytest.raises(SamplesError, match='made with other settings'):
        make_domain(samples, root, wanted(missing_translations='make'), silent, other)
    same = Translation(counterpart, 'inverted')
    domain = make_domain(samples, root, wanted(missing_translations='make'), silent, same)
    assert len(domain) == len(samples) and not domain.notes
    number = next(i for i, n in enumerate(domain.samples.names) if n.split()[-1].startswith('2,'))
    np.testing.assert_array_equal(
        domain.counterpart(number), counterpart(domain.samples.triplet(number).images[0])
    )


def test_a_translation_bundle_makes_what_is_missing(world, tmp_path):
    architecture = {'n_blocks': 1, 'width': 2}
    spec = BundleSpec(
        kind='translation',
        architecture=architecture,
        input_size=(H, W),
        preprocessing=TRANSLATION_PREPROCESSING,
        scale=Scale(metric=False, factor=1.0, source='none'),
        weights=SeedWeights(untrained=True, seed=3),
        licence='Apache-2.0',
    )
    networks = build_networks('translation', architecture, seed=3)
    bundle = tmp_path / 'translation'
    save_bundle(bundle, spec, networks, untrained_parts=())
    method = RgbTrainingConfig(
        day_distillation=False,
        missing_translations='make',
        translation_bundle=str(bundle),
        day_translation='fresh_night',
        night_translation='fresh_day',
    )
    data = open_day_and_night(data_config(world), method, 'cpu', silent)
    for domain, direction in ((data.day, 'day_to_night'), (data.night, 'night_to_day')):
        made = Translator(bundle, direction, torch.device('cpu'))
        image = domain.samples.triplet(0).images[0]
        np.testing.assert_array_equal(domain.counterpart(0), made(image))
        assert len(domain.classes) == 19
    assert len(data.day) + len(data.night) > 2


def test_what_was_never_made_is_named(world, data):
    samples, root = data.opened.train, cache_root(data_config(world))
    for values, words in (
        ({'translation': 'nothing'}, "translated images 'nothing'"),
        ({'translation': '', 'classes': 'nothing'}, "semantic labels 'nothing'"),
        ({'translation': '', 'depth': 'nothing'}, "depth labels 'nothing'"),
    ):
        with pytest.raises(SamplesError, match=words):
            make_domain(samples, root, wanted(**values), silent)


def test_labels_of_different_classes_by_day_and_by_night(world):
    ours = world / 'classes.yaml'
    ours.write_text('- {name: road, colour: [1, 2, 3]}\n- {name: sky, colour: [0, 0, 255]}\n')
    mapping = world / 'mapping.yaml'
    mapping.write_text('road: road\nsky: sky\n')
    shared = [*SIZE, '--cache-dir', str(world / 'cache'), '--name', 'two']
    options = ['--classes', str(ours), '--mapping', str(mapping), '--teacher', 'truth']
    sheet = ['--sheet', str(world / 'two.png')]
    assert main(['label', '--bags', str(world / 'night'), *shared, *options, *sheet]) == 0
    by_day = ['--bags', str(world / 'day'), *shared, *sheet]
    assert main(['label', *by_day, '--teacher', 'truth']) == 0
    method = RgbTrainingConfig(day_distillation=False, class_labels='two')
    with pytest.raises(SamplesError, match='labels of different classes: by day'):
        open_day_and_night(data_config(world), method, 'cpu', silent)


def test_contradictions_are_named_before_anything_is_opened():
    kind = task_kind('rgb')
    values = {'bags': ('a',), 'width': 100, 'missing_translations': 'make'}
    with pytest.raises(SettingsError) as error:
        kind.build(values)
    assert 'missing_translations: make needs a translation_bundle' in str(error.value)
    with pytest.raises(SettingsError) as error:
        kind.build({'bags': ('a',), 'width': 100})
    assert 'night_bags: real_night needs' in str(error.value)
    assert 'width: 100 is not a multiple of 32' in str(error.value)
    with pytest.raises(SettingsError, match='night_bags: a is also listed as a daytime recording'):
        kind.build({'bags': ('a',), 'night_bags': ('a',)})
    with pytest.raises(SettingsError, match='start_depth: 200 is not between'):
        task_kind('depth_teacher').build({'bags': ('a',), 'start_depth': 200.0})


def test_schedules():
    def rates(**values):
        method = MonocularConfig(**values)
        return [rate_factor(step, 2, method) for step in (0, 29, 30, 60, 79)]

    assert rates() == pytest.approx([1, 1, 0.1, 0.01, 0.01])
    assert rates(schedule='none') == [1] * 5
    assert rates(schedule='poly') == pytest.approx(
        [1, (51 / 80) ** 0.9, (50 / 80) ** 0.9, (20 / 80) ** 0.9, (1 / 80) ** 0.9]
    )
    assert rates(schedule='none', warmup_steps=60)[:2] == pytest.approx([1 / 60, 0.5])


def test_starts(tiny_rgb_bundle, tmp_path):
    method = RgbTrainingConfig(light_width=8, start_depth=8.0)
    start = start_networks(method, 19, seed=1)
    assert {DEPTH, POSE} <= start.untrained
    sigma = start.network(torch.full((1, 3, H, W), 0.5)).disparities[0]
    assert 4 < (1 / (0.01 + 9.99 * sigma)).median() < 16
    bundle = start_networks(
        dataclasses.replace(method, start_bundle=str(tiny_rgb_bundle)), 19, seed=1
    )
    theirs = build_networks('rgb', dict(read_spec(tiny_rgb_bundle).architecture), seed=7)
    for name, value in theirs['depthseg'].encoder.state_dict().items():
        torch.testing.assert_close(bundle.network.encoder.state_dict()[name], value)
    fewer = start_networks(
        dataclasses.replace(method, start_bundle=str(tiny_rgb_bundle)), 5, seed=1
    )
    assert 'seg_decoder' not in fewer.source and 'depthseg.encoder' in fewer.source
    bad = tmp_path / 'weights.pth'
    bad.write_bytes(b'nothing')
    with pytest.raises(SettingsError, match='encoder_weights: .*weights.pth'):
        start_networks(dataclasses.replace(method, encoder_weights=str(bad)), 19, seed=1)
    narrow = start_networks(dataclasses.replace(method, encoder_width=8), 19, seed=1)
    assert narrow.architecture['encoder_width'] == 8
    assert narrow.network.encoder.resnet.conv1.out_channels == 8
    assert narrow.pose.encoder.resnet.conv1.out_channels == 8
    both = dataclasses.replace(method, encoder_width=8, encoder_weights=str(bad))
    assert any(problem.startswith('encoder_width: ') for problem in both.problems())


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
    pictures = {path.stem.split('-', 2)[2] for path in out.rglob('*.png')}
    assert {'synthetic_night', 'night_depth', 'day_classes', 'day_enhanced'} <= pictures

    _, frames = recording(world, 'night')
    pipeline = open_pipeline('rgb', RgbConfig(bundle=str(out / 'bundle'), device='cpu'))
    frame = CameraFrame(1, 'rgb_optical', frames.image(0), frames.camera)
    made = pipeline.process(frame, {'depth', 'semantic', 'semantic_confidence'})
    pipeline.close()
    assert made.depth.depth_m.shape == (H, W) and made.semantics.labels.shape == (H, W)
    assert set(np.unique(made.semantics.labels)) <= set(range(19))


def test_true_depth_and_poses_explain_the_images_best(tmp_path):
    """Samples, intrinsics, motions and warp go together: nothing else explains the neighbours."""
    drive = tmp_path / 'moving'
    size = ['--rgb-width', str(W), '--rgb-height', str(H), '--thermal-rate-hz', '1']
    size += ['--thermal-width', '16', '--thermal-height', '16', '--light', 'day', '--seed', '13']
    assert main(['simulate', '-o', str(drive), *size, '--duration-s', '0.8']) == 0
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
    triplet, depth = samples.triplet(1), samples.depth_m(1)
    images = torch.from_numpy(triplet.images).permute(0, 3, 1, 2)[None].float() / 255
    T = torch.from_numpy(triplet.T_target_source)[None].float()
    K = torch.from_numpy(triplet.K)[None].float()
    options = ReprojectionOptions(smoothness_weight=0.0, max_depth=1000.0)

    def loss(depth_m):
        disparity = torch.from_numpy(1.0 / depth_m)[None, None].float()
        sigma = (disparity - 1e-3) / (10.0 - 1e-3)
        sources = [Source(images[:, 1 + side], T[:, side]) for side in (0, 1)]
        return reprojection_loss(images[:, 0], sources, [sigma], K, options).total.item()

    true = np.where(depth > 0, depth, 1000.0)  # the sky
    others = (true * 1.5, true / 1.5, np.full_like(true, 8.0), np.full_like(true, 900.0))
    assert loss(true) < 0.8 * min(loss(other) for other in others)


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
    original = nn.Module.compile

    def trace(module, **how):
        original(module, backend='eager', fullgraph=True, **how)

    monkeypatch.setattr(nn.Module, 'compile', trace)
    monkeypatch.setattr(performance, '_what_is_missing', lambda device: '')
    batch = make_batch(data)
    del batch['day_counterpart']  # its terms are those of the others again
    tasks = [entered(data, compile=wanted) for wanted in ('on', 'auto')]
    for seed in (1, 2):
        found, expected = (step(task, batch, seed) for task in tasks)
        assert found == pytest.approx(expected, rel=1e-3)
    from torch._dynamo.utils import counters

    assert counters['stats']['unique_graphs'] == 1, 'once for all steps'
    assert list(tasks[0].state()['networks']) == list(tasks[1].state()['networks'])


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
def test_what_does_not_fit_is_said_in_one_line(world, tmp_path, capsys, options, words):
    assert run(world, tmp_path, 'rgb', '--day-distillation', 'false', *options) == 1
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1
