# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Models of transformers as pipelines: what becomes of what they predict."""

import numpy as np
import pytest
import torch

from helpers.tiny_teachers import edit_json, save_depth, save_semantic
from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.bundles.label_mapping import LabelMappingError, match_labels
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.training.labelling.config import AUTO_OUTPUT
from thermal_depth_ros.training.labelling.depth_teachers import load_depth_teacher
from thermal_depth_ros.training.labelling.model_folder import SEMANTIC, ModelFolder, TeacherError
from thermal_depth_ros.training.labelling.teacher_pipeline import ModelOpener
from thermal_depth_ros.training.labelling.teachers import FolderTeacher

CPU = torch.device('cpu')
CONFIG = RgbConfig(device='cpu', min_depth_m=0.0, max_depth_m=10000.0, sky_is_far=False)


@pytest.fixture(scope='module')
def image():
    return np.random.default_rng(3).integers(0, 256, (40, 56, 3), np.uint8)


def as_tensor(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255.0


def test_relative_depth_is_the_inverse_of_what_the_model_predicts(tmp_path, image):
    folder = save_depth(tmp_path / 'tiny', 'depth_anything')
    pipeline = ModelOpener(folder)(CONFIG)
    found = pipeline.process(CameraFrame(1, 'optical', image), {'depth', 'semantic'})
    predicted = load_depth_teacher(folder, CPU, AUTO_OUTPUT).disparity(as_tensor(image))[0, 0]
    depth_m, predicted = found.depth.depth_m, predicted.numpy()
    assert depth_m.shape == (40, 56) and (predicted > 0).any()
    # Nothing nearer than 10 km is cut off.
    seen = predicted > 1e-4
    np.testing.assert_allclose(depth_m[seen], 1.0 / predicted[seen], rtol=1e-5)
    assert np.isposinf(depth_m[predicted <= 0]).all()
    assert found.semantics is None and 'no classes' in found.plan.withheld['semantic']
    assert not pipeline.description.metric_scale.metric


def test_classes_are_the_best_of_cityscapes(tmp_path, image):
    folder = save_semantic(tmp_path / 'tiny', 'mask2former')
    opener = ModelOpener(folder)
    pipeline = opener(CONFIG)
    found = pipeline.process(CameraFrame(1, 'optical', image), {'depth', 'semantic'})
    opened = ModelFolder(folder, SEMANTIC)
    mapping = match_labels(opened.class_names, CITYSCAPES_19, None)
    scores = FolderTeacher(opened, mapping, CPU).scores(as_tensor(image))[0].numpy()
    expected = np.where(scores.max(0) > 0, scores.argmax(0), UNLABELLED)
    assert (found.semantics.labels == expected).all() and found.depth is None
    assert pipeline.description.labels is CITYSCAPES_19 and opener.note == ''


def test_classes_that_do_not_match_are_named(tmp_path):
    folder = save_semantic(tmp_path / 'tiny', 'segformer')
    names = {str(i): f'thing {i}' for i in range(19)}
    edit_json(folder / 'config.json', id2label={**names, '3': 'sky'}, label2id=None)
    assert 'the teacher knows no road, side' in ModelOpener(folder).note
    edit_json(folder / 'config.json', id2label=names, label2id=None)
    with pytest.raises(LabelMappingError, match='its 19 classes are thing 0'):
        ModelOpener(folder)


def test_folders_without_such_a_model_are_refused_before_anything_is_loaded(tmp_path):
    with pytest.raises(TeacherError, match='no such folder'):
        ModelOpener(tmp_path / 'nowhere')
    (tmp_path / 'config.json').write_text('{"model_type": "bert"}')
    with pytest.raises(TeacherError, match="'bert', not a model of depth .*; .*not a model of sem"):
        ModelOpener(tmp_path)
