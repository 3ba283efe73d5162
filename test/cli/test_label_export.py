# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`label --export`, scored by `evaluate`: models of transformers and the truth as teachers."""

import json
import re

import cv2
import numpy as np
import pytest
import torch

from helpers.drives import record_drive
from helpers.tiny_teachers import save_depth, save_semantic
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.samples.config import ImagesConfig, cache_root
from thermal_depth_ros.samples.depth_labels import DepthLabels
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.training.labelling.depth_teachers import FolderDepthTeacher

HEIGHT, WIDTH, FRAMES = 64, 96, 6
TRUE_DEPTH, TRUE_LABELS = '/ground_truth/rgb/depth', '/ground_truth/rgb/labels'
EXACT = ('--corruption.boundary-px', '0', '--corruption.confusion', '0')


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    rates = {'rgb_rate_hz': 10.0, 'thermal_rate_hz': 1.0}
    street = {'light': 'day', 'scene': 'street', 'duration_s': 0.6, 'seed': 5}
    path = tmp_path_factory.mktemp('drives') / 'by_day'
    return record_drive(path, rgb=(HEIGHT, WIDTH), **street, **rates)


@pytest.fixture
def label(drive, tmp_path, monkeypatch):
    """Label the drive; return the exit code."""
    monkeypatch.chdir(tmp_path)
    size = ['--width', str(WIDTH), '--height', str(HEIGHT)]
    place = ['--cache-dir', str(tmp_path / 'cache'), '--bags', str(drive)]
    return lambda *options: main(['label', *place, *size, *map(str, options)])


@pytest.fixture
def evaluate(drive, tmp_path):
    """Score predictions of the drive; return the RGB part of metrics.json."""

    def call(predictions, *options):
        output = tmp_path / 'evaluation'
        arguments = ['--predictions', str(predictions), '-o', str(output), *options]
        assert main(['evaluate', str(drive), '--rgb', '/rgb/image_raw', *arguments]) == 0
        return json.loads((output / 'metrics.json').read_text())['cameras']['rgb']

    return call


def true_maps(drive, topic):
    with Recording(drive) as recording:
        return [image_to_array(record.message) for record in recording.read([topic])]


@pytest.fixture
def knowing_depth(monkeypatch, drive, tmp_path):
    """Make depth models predict 3 / depth - 0.1 of the drive, and return the folder of one."""
    true = [np.where(np.isfinite(d) & (d > 0), d, 1e4) for d in true_maps(drive, TRUE_DEPTH)]
    order = iter(range(-1, 10**6))  # the first image is one to choose the engine by

    def predicted(self, image):
        depth = [true[next(order) % FRAMES] for _ in image]
        return torch.from_numpy(3.0 / np.stack(depth)[:, None] - 0.1).float()

    monkeypatch.setattr(FolderDepthTeacher, 'predicted', predicted)
    return save_depth(tmp_path / 'tiny_dpt', 'dpt')


@pytest.mark.parametrize('form', ['png', 'mcap'])
def test_true_classes_are_scored_as_perfect(label, evaluate, tmp_path, drive, form):
    options = ('--teacher', 'truth', *EXACT, '--export', 'export', '--export-format', form)
    assert label(*options) == 0
    found = evaluate(tmp_path / 'export', '--depth', 'none')
    assert found['segmentation']['miou'] == pytest.approx(1.0)
    if form == 'png':
        files = sorted((tmp_path / 'export' / 'Labels_RGB').iterdir())
        true = true_maps(drive, TRUE_LABELS)
        assert len(files) == FRAMES and files[0].stem.startswith('1700000000')
        np.testing.assert_array_equal(cv2.imread(str(files[0]), cv2.IMREAD_UNCHANGED), true[0])
        names = (tmp_path / 'export' / 'label_names.yaml').read_text()
        assert names.startswith('0: road\n') and '18: bicycle' in names


@pytest.mark.parametrize('form', ['png', 'mcap'])
def test_a_teacher_of_depth_and_classes_is_scored(label, evaluate, tmp_path, form):
    classes = save_semantic(tmp_path / 'segformer', 'segformer')
    depth = save_depth(tmp_path / 'metric', 'depth_anything_metric')
    teachers = ('--teacher', classes, '--depth-teacher', depth)
    assert label(*teachers, '--export', 'export', '--export-format', form) == 0
    found = evaluate(tmp_path / 'export')
    assert found['depth']['images'] == FRAMES
    assert found['depth']['metric']['abs_rel'] > 0 and 0 <= found['segmentation']['miou'] < 0.5


def test_relative_labels_stay_relative_without_known_depth(
    label, tmp_path, drive, knowing_depth, capsys
):
    assert label('--depth-teacher', knowing_depth) == 0
    said = capsys.readouterr().out
    assert 'the labels are relative, and training aligns each image' in said
    config = ImagesConfig(
        bags=(str(drive),), width=WIDTH, height=HEIGHT, cache_dir=str(tmp_path / 'cache')
    )
    data = config.data(config.bags)
    frames = open_images(data, lambda *_: None).recordings[0]
    labels = DepthLabels.find(cache_root(data), 'depth', frames.store)
    assert labels.relative and labels.read(0).min() == 0 and labels.read(0).max() == 1
    assert label('--depth-teacher', knowing_depth, '--export', 'export') == 1
    assert 'relative, so that there is no depth to export' in capsys.readouterr().err


@pytest.mark.parametrize('form', ['png', 'mcap'])
def test_relative_labels_are_scaled_to_known_depth(
    label, evaluate, tmp_path, knowing_depth, capsys, form
):
    export = ('--export', 'export', '--export-format', form)
    assert label('--depth-teacher', knowing_depth, '--scale-topic', TRUE_DEPTH, *export) == 0
    said = capsys.readouterr().out
    assert '1 / depth = 0.3333 x + 0.03333' in said and f'of 6 images of {TRUE_DEPTH}' in ' '.join(
        said.split()
    )
    assert re.search(r'of a constant 0\.\d+, of a fixed map 0\.\d+', ' '.join(said.split()))
    found = evaluate(tmp_path / 'export', '--labels', 'none')
    # 1/512 m of rounding in PNG files, at most 3e-5 in the labels.
    assert found['depth']['metric']['abs_rel'] < 0.002
    assert found['depth']['median_ratio'] == pytest.approx(1.0, abs=1e-3)


def test_an_export_is_a_recording_with_truth_for_others(label, tmp_path, drive, tiny_rgb_bundle):
    assert label('--teacher', 'truth', *EXACT, '--export', 'export', '--export-format', 'png') == 0
    with Recording(tmp_path / 'export') as recording:
        topics = {topic: info.count for topic, info in recording.topics.items()}
    assert topics['/rgb/image_raw'] == topics[TRUE_LABELS] == topics['/rgb/camera_info'] == FRAMES
    assert topics['/rgb/semantic/label_info'] == 1
    options = ['--bundle', str(tiny_rgb_bundle), '-o', str(tmp_path / 'scores')]
    labels = ['--label-map', str(tmp_path / 'export' / 'label_names.yaml')]
    assert main(['evaluate', str(tmp_path / 'export'), *options, *labels]) == 0


def test_classes_unknown_to_either_side_are_named(label, tmp_path, capsys):
    folder = save_semantic(tmp_path / 'segformer', 'segformer')
    (tmp_path / 'map.yaml').write_text('road: road\nsky: sky\ncar: car\n')
    assert label('--teacher', folder, '--mapping', 'map.yaml') == 0
    said = ' '.join(capsys.readouterr().out.split())
    assert 'the teacher knows no sidewalk, building' in said
    assert 'bicycle; 16 of 19 classes of the teacher are not used: bicycle, motorcycle' in said


def test_labels_are_exported_at_the_size_of_the_images(label, tmp_path):
    options = ('--teacher', 'truth', *EXACT, '--export', 'export', '--export-format', 'png')
    assert label(*options, '--width', '48', '--height', '32') == 0
    file = next((tmp_path / 'export' / 'Labels_RGB').iterdir())
    assert cv2.imread(str(file), cv2.IMREAD_UNCHANGED).shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (('--export', '.'), '. exists already; --force replaces it'),
        (('--export', '.', '--export-format', 'png', '--force'), 'is no export of labels'),
        (('--depth-teacher', 'no_model'), 'config.json: No such file'),
        (('--scale-topic', '/nowhere', '--depth-teacher', 'tiny'), '/nowhere'),
        (
            ('--scale-topic', TRUE_DEPTH, '--depth-teacher', 'tiny', '--depth-output', 'depth_m'),
            "scale_topic: '/ground_truth/rgb/depth' is for relative teachers; tiny is none",
        ),
    ],
)
def test_what_cannot_be_exported_is_said_once(label, tmp_path, capsys, options, words):
    (tmp_path / 'no_model').mkdir()
    if 'tiny' in options:
        save_depth(tmp_path / 'tiny', 'dpt')
    assert label('--teacher', 'truth', *options) == 1
    said = capsys.readouterr().err
    assert words in said and said.count('error:') == 1


def test_an_earlier_export_is_replaced_on_demand(label, tmp_path, capsys):
    export = ('--teacher', 'truth', '--export', 'export', '--export-format', 'png')
    assert label(*export) == 0
    (tmp_path / 'export' / 'RGB' / 'old.png').write_bytes(b'')
    assert label(*export) == 1 and 'exists already' in capsys.readouterr().err
    assert label(*export, '--force') == 0
    assert not (tmp_path / 'export' / 'RGB' / 'old.png').exists()
