# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`label`: teachers over a synthetic drive, shared by processes, going on where it ended."""

import dataclasses

import cv2
import numpy as np
import pytest
import torch

from helpers.drives import record_drive
from thermal_depth_ros.bundles import CITYSCAPES_19, SeedWeights, save_bundle
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.samples.config import ImagesConfig, cache_root
from thermal_depth_ros.samples.depth_labels import DepthLabels
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.semantic_labels import SemanticLabels
from thermal_depth_ros.samples.single_images import open_images
from thermal_depth_ros.training.labelling.config import AUTO_OUTPUT
from thermal_depth_ros.training.labelling.depth_teachers import load_depth_teacher
from thermal_depth_ros.training.labelling.teachers import load_semantic_teacher

CPU = torch.device('cpu')
SIZE = ['--width', '96', '--height', '64']
FRAMES = 6


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    rates = {'rgb_rate_hz': 10.0, 'thermal_rate_hz': 1.0}
    street = {'light': 'day', 'scene': 'street', 'duration_s': 0.6, 'seed': 5}
    path = tmp_path_factory.mktemp('drives') / 'by_day'
    return record_drive(path, rgb=(64, 96), **street, **rates)


@pytest.fixture
def run(drive, tmp_path, monkeypatch):
    """Label the drive; return the exit code."""
    monkeypatch.chdir(tmp_path)

    def call(*options):
        return main(
            ['label', '--bags', str(drive), *SIZE, '--cache-dir', str(tmp_path / 'cache'), *options]
        )

    return call


@pytest.fixture
def frames(drive, tmp_path):
    """Return the root of the cache and the images of the drive."""
    cache = str(tmp_path / 'cache')
    config = ImagesConfig(bags=(str(drive),), width=96, height=64, cache_dir=cache)
    data = config.data(config.bags)
    return cache_root(data), open_images(data, lambda *_: None).recordings[0]


def tensor(frames, index):
    return torch.from_numpy(frames.image(index)).permute(2, 0, 1)[None].float() / 255


def test_both_teachers_at_once(run, frames, tiny_rgb_bundle, tmp_path, capsys):
    bundle = str(tiny_rgb_bundle)
    assert run('--teacher', bundle, '--depth-teacher', bundle, '--top', '2') == 0
    said = capsys.readouterr().out
    assert f'classes: {FRAMES} images labelled, 0 had been before, of {FRAMES}' in said
    assert 'contact sheet: out/label/semantic.png' in said
    assert said.count('rgb_tiny runs in torch fp32\n') == 2
    root, images = frames
    classes = SemanticLabels.find(root, 'semantic', images.store)
    depth = DepthLabels.find(root, 'depth', images.store)
    assert classes.classes == CITYSCAPES_19.names and classes.normalised and classes.top == 2
    seen = {
        int(label)
        for index in range(FRAMES)
        for label in np.unique(classes.read(index).class_ids[0])
    }
    assert ('classes never seen: ' in said) == (len(seen) < len(classes.classes))
    scores = load_semantic_teacher(bundle, CPU).scores(tensor(images, 4))[0].numpy()
    kept = classes.read(4)
    np.testing.assert_array_equal(kept.class_ids[0], scores.argmax(0))
    np.testing.assert_allclose(kept.scores[0] / 255, scores.max(0), atol=0.003)
    teacher = load_depth_teacher(bundle, CPU, AUTO_OUTPUT)
    disparity = teacher.disparity(tensor(images, 4))[0, 0].numpy()
    disparity /= teacher.focal_ratio(images.camera)
    np.testing.assert_allclose(depth.read(4), disparity, rtol=2e-4)
    sheet = cv2.imread(str(tmp_path / 'out' / 'label' / 'semantic.png'))
    assert sheet is not None and sheet.std() > 10


def test_it_continues_and_keeps_what_is_there(run, frames, capsys):
    assert run('--teacher', 'truth') == 0
    root, images = frames
    before = SemanticLabels.find(root, 'semantic', images.store).read(3)
    assert 'classes never seen: ' in capsys.readouterr().out  # a few frames do not show them all
    assert run('--teacher', 'truth') == 0
    assert f'0 images labelled, {FRAMES} had been before' in capsys.readouterr().out
    after = SemanticLabels.find(root, 'semantic', images.store).read(3)
    np.testing.assert_array_equal(before.class_ids, after.class_ids)
    assert run('--teacher', 'truth', '--corruption.seed', '4') == 1
    assert 'were made with other settings' in capsys.readouterr().err


def test_processes_share_the_images(run, frames, monkeypatch):
    monkeypatch.setenv('WORLD_SIZE', '2')
    root, images = frames
    for rank, done in (('1', FRAMES // 2), ('0', FRAMES)):
        monkeypatch.setenv('RANK', rank)
        assert run('--teacher', 'truth') == 0
        made = SemanticLabels.find(root, 'semantic', images.store)
        assert made.done().sum() == done


def test_a_truth_without_errors_is_the_truth(run, frames):
    exact = ('--corruption.boundary-px', '0', '--corruption.confusion', '0')
    assert run('--teacher', 'truth', *exact) == 0
    root, images = frames
    made = SemanticLabels.find(root, 'semantic', images.store)
    from thermal_depth_ros.bags.recording import Recording
    from thermal_depth_ros.messages.image import image_to_array

    with Recording(images.path) as recording:
        true = [
            image_to_array(record.message)
            for record in recording.read(['/ground_truth/rgb/labels'])
        ]
    for row, labels in enumerate(true):
        kept = made.read(row)
        known = labels != 255
        np.testing.assert_array_equal(kept.class_ids[0][known], labels[known])
        assert (kept.scores[0][known] > 0).all() and not kept.scores[0][~known].any()


def test_classes_of_another_set(run, frames, tmp_path, capsys):
    ours = tmp_path / 'classes.yaml'
    ours.write_text('- {name: ground, colour: [90, 60, 90]}\n')
    assert run('--teacher', 'truth', '--classes', str(ours)) == 1
    assert 'a mapping from its names to ours is needed' in capsys.readouterr().err
    ours.write_text('- {name: ground, colour: [90, 60, 90]}\n- {name: sky, colour: [0, 0, 255]}\n')
    assert run('--teacher', 'truth', '--classes', str(ours), '--name', 'same_names') == 0
    said = ' '.join(capsys.readouterr().out.split())
    assert 'by name: the teacher knows no ground; 18 of 19 classes of the teacher are not' in said
    mapping = tmp_path / 'mapping.yaml'
    mapping.write_text('road: ground\nsidewalk: ground\nsky: sky\ncar: null\n')
    options = ('--classes', str(ours), '--mapping', str(mapping))
    assert run('--teacher', 'truth', *options) == 0
    root, images = frames
    made = SemanticLabels.find(root, 'semantic', images.store)
    assert made.classes == ('ground', 'sky')
    kept = made.read(0)
    assert set(np.unique(kept.class_ids)) <= {0, 1}
    assert (kept.scores[0] == 0).any()  # cars and houses


def test_labels_of_another_size_are_not_found(run, frames):
    assert run('--teacher', 'truth', '--width', '128') == 0
    root, images = frames
    with pytest.raises(SamplesError, match='have not been made'):
        SemanticLabels.find(root, 'semantic', images.store)


def test_scores_that_do_not_sum_to_one_are_refused(run, monkeypatch, tiny_rgb_bundle, capsys):
    from thermal_depth_ros.training.labelling.teachers import BundleTeacher

    right = BundleTeacher._own_scores
    monkeypatch.setattr(BundleTeacher, '_own_scores', lambda self, image: right(self, image) * 0.5)
    assert run('--teacher', str(tiny_rgb_bundle)) == 1
    assert 'scores do not sum to one' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (('--teacher', 'nowhere'), 'nowhere'),
        (('--teacher', 'truth', '--label-topic', '/tf_static'), 'TFMessage'),
        (('--teacher', 'truth', '--label-topic', 'none'), 'no true classes for'),
        (('--teacher', 'truth', '--corruption.confusion', '2'), 'confusion: 2.0 is above'),
        (('--teacher', 'truth', '--mapping', 'nofile.yaml'), 'nofile.yaml'),
        (('--teacher', 'truth', '--classes', 'nofile.yaml'), 'nofile.yaml'),
        (('--depth-teacher', 'nowhere'), 'nowhere'),
        (('--depth-teacher', 'rgb_default', '--engine', 'tensorrt', '--device', 'cpu'), 'CUDA'),
        (('--teacher', 'truth', '--bags'), 'bags: no training recording'),
    ],
)
def test_what_cannot_be_used_is_named(run, capsys, options, words):
    assert run(*options) == 1
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1


def test_a_bundle_without_classes_is_no_semantic_teacher(run, tiny_rgb_bundle, tmp_path, capsys):
    from thermal_depth_ros.bundles import read_spec

    spec = dataclasses.replace(
        read_spec(tiny_rgb_bundle),
        architecture={'n_classes': 0, 'light_width': 0},
        labels=None,
        weights=SeedWeights(untrained=True, seed=1),
    )
    save_bundle(tmp_path / 'depth_alone', spec)
    assert run('--teacher', str(tmp_path / 'depth_alone')) == 1
    assert 'depth alone' in capsys.readouterr().err


def test_without_a_teacher_there_is_nothing_to_do(run, capsys):
    with pytest.raises(SystemExit) as left:
        run()
    assert left.value.code == 2 and 'nothing to do' in capsys.readouterr().err
