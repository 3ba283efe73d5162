# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Teachers of classes and depth: a tiny Mask2Former, our own bundles, and what cannot teach."""

import json
import shutil

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from thermal_depth_ros.bundles import CITYSCAPES_19, BundleError, load_bundle
from thermal_depth_ros.bundles.label_mapping import LabelMapping, LabelMappingError
from thermal_depth_ros.networks.mask2former import mask2former_class, query_class_scores
from thermal_depth_ros.training.labelling.mask2former_folder import TeacherError
from thermal_depth_ros.training.labelling.teachers import (
    DepthTeacher,
    load_semantic_teacher,
    map_scores,
)

CPU = torch.device('cpu')
NAMES = CITYSCAPES_19.names


@pytest.fixture(scope='session')
def mask2former(tmp_path_factory):
    """Folder of a Mask2Former with random weights, its classes in another order than ours."""
    from transformers import Mask2FormerConfig, SwinConfig

    torch.manual_seed(3)
    backbone = SwinConfig(
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 1, 1],
        window_size=4,
        image_size=64,
        out_features=['stage1', 'stage2', 'stage3', 'stage4'],
    )
    config = Mask2FormerConfig(
        backbone_config=backbone,
        feature_size=32,
        mask_feature_size=32,
        hidden_dim=32,
        encoder_feedforward_dim=16,
        dim_feedforward=16,
        encoder_layers=1,
        decoder_layers=2,
        num_attention_heads=2,
        num_queries=6,
        id2label=dict(enumerate(reversed(NAMES))),
    )
    folder = tmp_path_factory.mktemp('teachers') / 'tiny_mask2former'
    mask2former_class()(config).save_pretrained(folder)
    return folder


@pytest.fixture
def copy(mask2former, tmp_path):
    shutil.copytree(mask2former, tmp_path / 'copy')
    return tmp_path / 'copy'


def test_scores_are_those_of_the_model_under_our_class_ids(mask2former):
    teacher = load_semantic_teacher(mask2former, CPU)
    assert not teacher.normalised and teacher.name == 'tiny_mask2former'
    image = torch.rand(2, 3, 64, 96)
    scores = teacher.scores(image)
    assert scores.shape == (2, 19, 64, 96) and scores.min() >= 0 and scores.max() <= 1
    model = mask2former_class().from_pretrained(mask2former).eval()
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    fed = (image - torch.tensor(mean).reshape(3, 1, 1)) / torch.tensor(deviation).reshape(3, 1, 1)
    with torch.inference_mode():
        out = model(pixel_values=fed)
        own = query_class_scores(out.class_queries_logits, out.masks_queries_logits, (64, 96))
    torch.testing.assert_close(scores, own.flip(1))
    assert own.std() > 1e-3


def test_images_of_any_size_get_scores_of_their_size(mask2former):
    teacher = load_semantic_teacher(mask2former, CPU)
    assert teacher.scores(torch.rand(1, 3, 50, 75)).shape == (1, 19, 50, 75)


def test_the_preprocessor_of_the_folder_decides_the_normalisation(copy):
    image = torch.rand(1, 3, 64, 64)
    before = load_semantic_teacher(copy, CPU).scores(image)
    values = {'image_mean': [0.1, 0.2, 0.3], 'image_std': [0.5, 0.5, 0.5]}
    (copy / 'preprocessor_config.json').write_text(json.dumps(values))
    changed = load_semantic_teacher(copy, CPU)
    assert not torch.allclose(changed.scores(image), before)
    assert changed._mean.flatten().tolist() == pytest.approx([0.1, 0.2, 0.3])
    (copy / 'preprocessor_config.json').write_text('{"do_normalize": false}')
    assert load_semantic_teacher(copy, CPU)._deviation.flatten().tolist() == [1.0, 1.0, 1.0]


def _edit(path, **changes):
    values = json.loads(path.read_text())
    values.update(changes)
    path.write_text(json.dumps(values))


@pytest.mark.parametrize(
    ('damage', 'words'),
    [
        (lambda f: (f / 'config.json').unlink(), 'config.json: No such file'),
        (lambda f: (f / 'config.json').write_text('{'), 'config.json: not JSON'),
        (lambda f: _edit(f / 'config.json', model_type='bert'), "model_type is 'bert'"),
        (lambda f: _edit(f / 'config.json', id2label=None), 'id2label does not name'),
        (lambda f: (f / 'model.safetensors').unlink(), 'model.safetensors is missing'),
        (
            lambda f: (f / 'model.safetensors').rename(f / 'pytorch_model.bin'),
            'model.safetensors is missing; pickled .bin weights are not read',
        ),
        (lambda f: (f / 'model.safetensors').write_bytes(b'x' * 100), 'cannot be loaded'),
        (lambda f: _edit(f / 'config.json', decoder_layers=4), 'the weights do not fit'),
        (lambda f: _edit(f / 'config.json', num_queries=9), 'cannot be loaded'),
        (
            lambda f: (f / 'preprocessor_config.json').write_text('{"image_std": [1, 0, 1]}'),
            'image_std .* is not positive',
        ),
        (
            lambda f: (f / 'preprocessor_config.json').write_text('{"image_mean": 3}'),
            'image_mean 3 is not three numbers',
        ),
    ],
)
def test_a_folder_that_is_not_complete_is_refused_with_the_reason(copy, damage, words):
    damage(copy)
    with pytest.raises(TeacherError, match=words) as caught:
        load_semantic_teacher(copy, CPU)
    assert '\n' not in str(caught.value)


def test_missing_shards_are_named(copy):
    (copy / 'model.safetensors').unlink()
    index = {'weight_map': {'a': 'model-1-of-2.safetensors', 'b': 'model-2-of-2.safetensors'}}
    (copy / 'model.safetensors.index.json').write_text(json.dumps(index))
    (copy / 'model-1-of-2.safetensors').write_bytes(b'')
    with pytest.raises(TeacherError, match='copy: model-2-of-2.safetensors is missing'):
        load_semantic_teacher(copy, CPU)


def test_other_classes_need_a_mapping(copy, tmp_path):
    names = {str(i): f'thing {i}' for i in range(19)}
    _edit(copy / 'config.json', id2label=names, label2id=None)
    with pytest.raises(LabelMappingError, match='thing 0.*a mapping'):
        load_semantic_teacher(copy, CPU)
    (tmp_path / 'map.yaml').write_text('thing 4: sky\nthing 5: sky\nthing 6: road\n')
    teacher = load_semantic_teacher(copy, CPU, mapping_file=tmp_path / 'map.yaml')
    scores = teacher.scores(torch.rand(1, 3, 64, 64))
    assert scores[:, 10].max() > 0 and scores[:, 0].max() > 0
    assert not scores[:, [1, 2, 5, 18]].any()


def test_nothing_is_downloaded_for_a_name(monkeypatch):
    monkeypatch.setattr('socket.socket.connect', lambda *a: pytest.fail('touched the network'))
    with pytest.raises(BundleError, match='not found'):
        load_semantic_teacher('facebook/mask2former-swin-large-cityscapes-semantic', CPU)


def test_the_identity_of_a_teacher_changes_with_its_weights_and_its_classes(copy, tmp_path):
    one = load_semantic_teacher(copy, CPU).identity
    assert load_semantic_teacher(copy, CPU).identity == one and one.startswith('copy ')
    (tmp_path / 'map.yaml').write_text('sky: sky\nroad: road\n')
    assert load_semantic_teacher(copy, CPU, mapping_file=tmp_path / 'map.yaml').identity != one
    mask2former_class().from_pretrained(copy, num_queries=6).half().save_pretrained(copy)
    assert load_semantic_teacher(copy, CPU).identity != one


def test_probabilities_of_a_part_of_the_classes_do_not_sum_to_one(tiny_rgb_bundle, tmp_path):
    (tmp_path / 'map.yaml').write_text('sky: sky\nroad: road\n')
    teacher = load_semantic_teacher(tiny_rgb_bundle, CPU, mapping_file=tmp_path / 'map.yaml')
    assert not teacher.normalised


def test_our_own_bundles_teach_with_probabilities(tiny_rgb_bundle):
    teacher = load_semantic_teacher(tiny_rgb_bundle, CPU)
    assert teacher.normalised
    image = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        logits = load_bundle(tiny_rgb_bundle).networks['depthseg'](image).logits[0]
    torch.testing.assert_close(teacher.scores(image), logits.softmax(1))
    large = teacher.scores(F.interpolate(image, (100, 150)))
    assert large.shape == (1, 19, 100, 150)
    torch.testing.assert_close(large.sum(1), torch.ones(1, 100, 150))


def test_bundles_without_semantics_cannot_teach(depth_bundle, tiny_thermal_bundle):
    with pytest.raises(TeacherError, match='depth alone'):
        load_semantic_teacher(depth_bundle, CPU)
    with pytest.raises(BundleError, match="kind is 'thermal'"):
        load_semantic_teacher(tiny_thermal_bundle, CPU)


def test_scores_of_joined_classes_add_up_to_one_at_most():
    scores = torch.tensor([0.3, 0.4, 0.9, 0.2]).reshape(1, 4, 1, 1)
    found = map_scores(scores, LabelMapping((13, 13, 13, None), CITYSCAPES_19))
    assert found.shape == (1, 19, 1, 1)
    assert found[0, 13, 0, 0] == 1.0 and np.count_nonzero(found) == 1
    found = map_scores(scores, LabelMapping((13, 13, None, 0), CITYSCAPES_19))
    torch.testing.assert_close(found[0, [0, 13], 0, 0], torch.tensor([0.2, 0.7]))
    with pytest.raises(ValueError, match='4 classes, but the mapping is for 2'):
        map_scores(scores, LabelMapping((0, 1), CITYSCAPES_19))


@pytest.mark.parametrize('fixture', ['depth_bundle', 'tiny_rgb_bundle'])
def test_disparity_is_that_of_the_network(request, fixture):
    bundle = request.getfixturevalue(fixture)
    image = torch.rand(2, 3, 64, 96)
    with torch.inference_mode():
        sigmoid = load_bundle(bundle).networks['depthseg'](image).disparities[0]
    teacher = DepthTeacher(bundle, CPU)
    assert teacher.depth_range == (0.1, 100.0)
    torch.testing.assert_close(teacher.disparity(image), 0.01 + (10 - 0.01) * sigmoid)


def test_disparity_of_images_of_another_size_get_their_own_size_back(depth_bundle):
    image = torch.rand(1, 3, 64, 96)
    teacher = DepthTeacher(depth_bundle, CPU)
    large = F.interpolate(image, (128, 192), mode='nearest')
    found = teacher.disparity(large)
    assert found.shape == (1, 1, 128, 192)
    small = teacher.disparity(image)
    wanted = F.interpolate(small, (128, 192), mode='bilinear', align_corners=False)
    torch.testing.assert_close(found, wanted)


def test_a_thermal_bundle_cannot_teach(tiny_thermal_bundle):
    with pytest.raises(BundleError, match="kind is 'thermal'"):
        DepthTeacher(tiny_thermal_bundle, CPU)
