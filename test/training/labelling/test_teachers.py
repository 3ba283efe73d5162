# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Teachers of classes: every family of transformers, our own bundles, and what cannot teach."""

import json
import shutil

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.tiny_teachers import SEMANTIC_FAMILIES, edit_json, save_depth, save_semantic
from thermal_depth_ros.bundles import CITYSCAPES_19, BundleError, load_bundle
from thermal_depth_ros.bundles.label_mapping import LabelMapping, LabelMappingError
from thermal_depth_ros.networks.mask_classifiers import (
    MASK_CLASSIFIERS,
    mask2former_class,
    mask_classifier_class,
    query_class_scores,
)
from thermal_depth_ros.training.labelling.model_folder import TeacherError
from thermal_depth_ros.training.labelling.teachers import load_semantic_teacher, map_scores

CPU = torch.device('cpu')


@pytest.fixture(scope='session')
def semantic_folders(tmp_path_factory):
    """Return the folder of a family; its classes have another order than ours."""
    root, made = tmp_path_factory.mktemp('semantic'), {}

    def folder(family):
        if family not in made:
            made[family] = save_semantic(root / f'tiny_{family}', family)
        return made[family]

    return folder


@pytest.fixture(scope='session')
def mask2former(semantic_folders):
    return semantic_folders('mask2former')


@pytest.fixture
def copy(mask2former, tmp_path):
    shutil.copytree(mask2former, tmp_path / 'copy')
    return tmp_path / 'copy'


def images(count, height, width):
    """Return images (N, 3, H, W) of 8 bits, in [0, 1]."""
    random = torch.Generator().manual_seed(4)
    return torch.randint(0, 256, (count, 3, height, width), generator=random) / 255.0


def opened_by_its_library(folder, family):
    """Return model and image processor, without any code of ours but the omitted loss."""
    from transformers import AutoImageProcessor, AutoModelForSemanticSegmentation

    opens = AutoModelForSemanticSegmentation
    if family in MASK_CLASSIFIERS:
        opens = mask_classifier_class(family)
    return opens.from_pretrained(folder).eval(), AutoImageProcessor.from_pretrained(folder)


@pytest.mark.parametrize('family', SEMANTIC_FAMILIES)
def test_best_classes_are_those_of_the_family(semantic_folders, family):
    folder = semantic_folders(family)
    teacher = load_semantic_teacher(folder, CPU)
    assert teacher.normalised == (family not in MASK_CLASSIFIERS)
    assert teacher.name == f'tiny_{family}' and None not in teacher.mapping.targets
    shown = images(2, 64, 96)
    scores = teacher.scores(shown)
    assert scores.shape == (2, 19, 64, 96) and scores.min() >= 0 and scores.max() <= 1
    assert scores.std() > 1e-3

    model, processor = opened_by_its_library(folder, family)
    options = {'do_center_crop': False} if family == 'beit' else {}
    arrays = [(255 * image).round().byte().permute(1, 2, 0).numpy() for image in shown]
    fed = {'pixel_values': processor(images=arrays, return_tensors='pt', **options)['pixel_values']}
    if family == 'oneformer':
        from transformers import AutoTokenizer, OneFormerProcessor

        both = OneFormerProcessor(processor, AutoTokenizer.from_pretrained(folder))
        fed['task_inputs'] = both(arrays, ['semantic'] * 2, return_tensors='pt')['task_inputs']
    with torch.inference_mode():
        out = model(**fed)
    size, ours = (64, 96), scores.flip(1)  # in the order of the teacher
    if family in MASK_CLASSIFIERS:
        logits, masks = out.class_queries_logits, out.masks_queries_logits
        torch.testing.assert_close(ours, query_class_scores(logits, masks, size))
        # The family resizes masks after the sigmoid, we before it: compared without resizing.
        size = tuple(masks.shape[-2:])
        ours = query_class_scores(logits, masks, size)
    theirs = processor.post_process_semantic_segmentation(out, target_sizes=[size] * 2)
    best = ours.argmax(1)
    agreement = float((best == torch.stack(theirs)).float().mean())
    assert agreement > (0.9 if family in MASK_CLASSIFIERS else 0.999)
    assert len(best.unique()) > 1


def test_scores_are_those_of_the_model_under_our_class_ids(mask2former):
    teacher = load_semantic_teacher(mask2former, CPU)
    image = images(2, 64, 96)
    model = mask2former_class().from_pretrained(mask2former).eval()
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    fed = (image - torch.tensor(mean).reshape(3, 1, 1)) / torch.tensor(deviation).reshape(3, 1, 1)
    with torch.inference_mode():
        out = model(pixel_values=fed)
        own = query_class_scores(out.class_queries_logits, out.masks_queries_logits, (64, 96))
    torch.testing.assert_close(teacher.scores(image), own.flip(1), atol=1e-4, rtol=1e-3)
    assert own.std() > 1e-3


def test_probabilities_of_pixels_sum_to_one(semantic_folders):
    teacher = load_semantic_teacher(semantic_folders('segformer'), CPU)
    sums = teacher.scores(images(1, 50, 75)).sum(1)
    torch.testing.assert_close(sums, torch.ones(1, 50, 75))


def test_images_of_any_size_get_scores_of_their_size(mask2former):
    teacher = load_semantic_teacher(mask2former, CPU)
    assert teacher.scores(images(1, 50, 75)).shape == (1, 19, 50, 75)


def test_padding_of_the_image_processor_is_taken_off(copy, mask2former):
    shown = images(1, 64, 96)
    edit_json(copy / 'preprocessor_config.json', pad_size={'height': 128, 'width': 192})
    padded = load_semantic_teacher(copy, CPU)
    fed = padded._input.of(shown)
    assert fed.pixels.shape == (1, 3, 128, 192) and fed.valid == (64, 96)
    maps = torch.arange(32 * 48.0).reshape(1, 1, 32, 48)
    torch.testing.assert_close(fed.without_padding(maps), maps[..., :16, :24])
    assert padded.scores(shown).shape == (1, 19, 64, 96)


def test_the_preprocessor_of_the_folder_decides_the_normalisation(copy):
    image = images(1, 64, 64)
    before = load_semantic_teacher(copy, CPU).scores(image)
    changes = {'image_mean': [0.1, 0.2, 0.3], 'image_std': [0.5, 0.5, 0.5]}
    edit_json(copy / 'preprocessor_config.json', **changes)
    changed = load_semantic_teacher(copy, CPU)
    assert not torch.allclose(changed.scores(image), before)
    edit_json(copy / 'preprocessor_config.json', do_normalize=False)
    fed = load_semantic_teacher(copy, CPU)._input.of(images(1, 64, 96))
    torch.testing.assert_close(fed.pixels, images(1, 64, 96), atol=1e-6, rtol=0)


CODE = {'AutoModelForSemanticSegmentation': 'evil.Model'}


@pytest.mark.parametrize(
    ('damage', 'words'),
    [
        (lambda f: (f / 'config.json').unlink(), 'config.json: No such file'),
        (lambda f: (f / 'config.json').write_text('{'), 'config.json: not JSON'),
        (lambda f: edit_json(f / 'config.json', model_type='bert'), "model_type is 'bert'"),
        (lambda f: edit_json(f / 'config.json', model_type='detr'), "model_type is 'detr'"),
        (lambda f: edit_json(f / 'config.json', id2label=None), 'id2label does not name'),
        (lambda f: edit_json(f / 'config.json', auto_map=CODE), 'never executed'),
        (
            lambda f: edit_json(f / 'config.json', backbone_config={'auto_map': CODE}),
            'never executed',
        ),
        (lambda f: edit_json(f / 'preprocessor_config.json', auto_map=CODE), 'never executed'),
        (
            lambda f: edit_json(
                f / 'config.json', architectures=['SegformerForImageClassification']
            ),
            'SegformerForImageClassification, not a Mask2Former.*no model of semantic',
        ),
        (lambda f: (f / 'model.safetensors').unlink(), 'model.safetensors is missing'),
        (
            lambda f: (f / 'model.safetensors').rename(f / 'pytorch_model.bin'),
            'model.safetensors is missing; pickled .bin weights are not read',
        ),
        (lambda f: (f / 'model.safetensors').write_bytes(b'x' * 100), 'cannot be loaded'),
        (lambda f: edit_json(f / 'config.json', decoder_layers=4), 'the weights do not fit'),
        (lambda f: edit_json(f / 'config.json', num_queries=9), 'cannot be loaded'),
        (
            lambda f: (f / 'preprocessor_config.json').unlink(),
            'preprocessor_config.json is missing; it tells size',
        ),
        (
            lambda f: edit_json(f / 'preprocessor_config.json', image_processor_type='Unknown'),
            'cannot be loaded',
        ),
        (
            lambda f: edit_json(f / 'preprocessor_config.json', image_std=[1, 0, 1]),
            'image_std .* is not positive',
        ),
        (
            lambda f: edit_json(f / 'preprocessor_config.json', image_mean=3),
            'image_mean 3 is not three numbers',
        ),
        (
            lambda f: edit_json(
                f / 'preprocessor_config.json', size={'height': 10**6, 'width': 10**6}
            ),
            'size .* is not in 1..4096',
        ),
    ],
)
def test_a_folder_that_is_not_complete_is_refused_with_the_reason(copy, damage, words):
    damage(copy)
    with pytest.raises(TeacherError, match=words) as caught:
        load_semantic_teacher(copy, CPU)
    assert '\n' not in str(caught.value)


def test_a_depth_model_teaches_no_classes(tmp_path):
    folder = save_depth(tmp_path / 'depth', 'dpt')
    with pytest.raises(TeacherError, match='DPTForDepthEstimation, not a DPTForSemantic'):
        load_semantic_teacher(folder, CPU)


def test_oneformer_needs_its_tokenizer(semantic_folders, tmp_path):
    folder = tmp_path / 'copy'
    shutil.copytree(semantic_folders('oneformer'), folder)
    for name in ('vocab.json', 'merges.txt', 'tokenizer_config.json'):
        (folder / name).unlink()
    with pytest.raises(TeacherError, match=r'vocab.json and merges.txt are missing'):
        load_semantic_teacher(folder, CPU)


def test_a_file_for_training_is_not_downloaded(semantic_folders, tmp_path, monkeypatch):
    folder = tmp_path / 'copy'
    shutil.copytree(semantic_folders('oneformer'), folder)
    edit_json(folder / 'preprocessor_config.json', class_info_file='cityscapes_panoptic.json')
    monkeypatch.setattr('socket.socket.connect', lambda *a: pytest.fail('touched the network'))
    assert load_semantic_teacher(folder, CPU).name == 'copy'


def test_shards_outside_the_folder_are_refused(copy):
    (copy / 'model.safetensors').unlink()
    index = {'weight_map': {'a': '../elsewhere.safetensors'}}
    (copy / 'model.safetensors.index.json').write_text(json.dumps(index))
    with pytest.raises(TeacherError, match='elsewhere.safetensors. is no file name'):
        load_semantic_teacher(copy, CPU)


def test_missing_shards_are_named(copy):
    (copy / 'model.safetensors').unlink()
    index = {'weight_map': {'a': 'model-1-of-2.safetensors', 'b': 'model-2-of-2.safetensors'}}
    (copy / 'model.safetensors.index.json').write_text(json.dumps(index))
    (copy / 'model-1-of-2.safetensors').write_bytes(b'')
    with pytest.raises(TeacherError, match='copy: model-2-of-2.safetensors is missing'):
        load_semantic_teacher(copy, CPU)


def test_other_classes_need_a_mapping(copy, tmp_path):
    names = {str(i): f'thing {i}' for i in range(19)}
    edit_json(copy / 'config.json', id2label=names, label2id=None)
    with pytest.raises(LabelMappingError, match='thing 0.*a mapping'):
        load_semantic_teacher(copy, CPU)
    (tmp_path / 'map.yaml').write_text('thing 4: sky\nthing 5: sky\nthing 6: road\n')
    teacher = load_semantic_teacher(copy, CPU, mapping_file=tmp_path / 'map.yaml')
    assert '16 of 19 classes of the teacher' in teacher.mapping.unmapped(teacher.classes)
    assert 'car' in teacher.mapping.untaught
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
    torch.testing.assert_close(teacher.scores(image), logits.softmax(1), rtol=1e-3, atol=1e-5)
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
    with pytest.raises(TeacherError, match='4 classes, but the mapping is for 2'):
        map_scores(scores, LabelMapping((0, 1), CITYSCAPES_19))
