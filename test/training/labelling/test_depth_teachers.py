# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Teachers of depth: models of transformers of every family, and our own bundles."""

import dataclasses
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.tiny_depth_anything import original_state
from helpers.tiny_teachers import DEPTH_FAMILIES, edit_json, save_depth, save_semantic
from thermal_depth_ros.bundles import BundleError, load_bundle, save_bundle
from thermal_depth_ros.bundles.import_depth_anything import (
    DepthAnythingImport,
    import_depth_anything,
)
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.inference.pipeline import open_pipeline
from thermal_depth_ros.training.labelling.annotators import DepthAnnotator
from thermal_depth_ros.training.labelling.config import (
    AUTO_OUTPUT,
    DEPTH_M,
    INVERSE_DEPTH,
    RELATIVE_DEPTH,
)
from thermal_depth_ros.training.labelling.depth_teachers import load_depth_teacher
from thermal_depth_ros.training.labelling.model_folder import TeacherError

CPU = torch.device('cpu')
OUTPUTS = {
    'depth_anything': INVERSE_DEPTH,
    'depth_anything_metric': DEPTH_M,
    'dpt': INVERSE_DEPTH,
    'glpn': DEPTH_M,
    'zoedepth': DEPTH_M,
    'depth_pro': DEPTH_M,
}


@pytest.fixture(scope='session')
def depth_folders(tmp_path_factory):
    root, made = tmp_path_factory.mktemp('depth'), {}

    def folder(family):
        if family not in made:
            made[family] = save_depth(root / f'tiny_{family}', family)
        return made[family]

    return folder


@pytest.fixture
def copied(depth_folders, tmp_path):
    def copy(family):
        shutil.copytree(depth_folders(family), tmp_path / family)
        return tmp_path / family

    return copy


def images(count, height, width):
    """Return images (N, 3, H, W) of 8 bits, in [0, 1]."""
    random = torch.Generator().manual_seed(4)
    return torch.randint(0, 256, (count, 3, height, width), generator=random) / 255.0


@pytest.mark.parametrize('family', DEPTH_FAMILIES)
def test_depth_is_that_of_the_family(depth_folders, family):
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    folder = depth_folders(family)
    teacher = load_depth_teacher(folder, CPU, AUTO_OUTPUT)
    assert teacher.output == OUTPUTS[family] and teacher.relative == (teacher.output != DEPTH_M)
    shown = images(2, 60, 90)
    found = teacher.disparity(shown)
    assert found.shape == (2, 1, 60, 90) and found.std() > 1e-4

    model = AutoModelForDepthEstimation.from_pretrained(folder).eval()
    processor = AutoImageProcessor.from_pretrained(folder)
    arrays = [(255 * image).round().byte().permute(1, 2, 0).numpy() for image in shown]
    fed = processor(images=arrays, return_tensors='pt')['pixel_values']
    with torch.inference_mode():
        out = model(pixel_values=fed)
    sizes = [(60, 90)] * 2
    options = {'source_sizes': sizes} if family == 'zoedepth' else {}
    theirs = processor.post_process_depth_estimation(out, target_sizes=sizes, **options)
    expected = torch.stack([one['predicted_depth'] for one in theirs])[:, None]
    if teacher.output == DEPTH_M:
        expected = 1.0 / expected.clamp(0.1, 100.0)
    torch.testing.assert_close(found, expected)


def test_depth_up_to_scale_is_inverted(depth_folders):
    folder = depth_folders('glpn')
    shown = images(1, 64, 64)
    metres = load_depth_teacher(folder, CPU, DEPTH_M).disparity(shown)
    relative = load_depth_teacher(folder, CPU, RELATIVE_DEPTH)
    torch.testing.assert_close(relative.disparity(shown), metres)
    assert relative.relative and load_depth_teacher(folder, CPU, INVERSE_DEPTH).relative


def test_a_configuration_that_does_not_tell_what_is_predicted_needs_the_setting(copied):
    folder = copied('dpt')
    config = folder / 'config.json'
    edit_json(config, backbone_config={'model_type': 'dinov2'}, is_hybrid=False)
    with pytest.raises(TeacherError, match='does not tell whether dpt predicts metres'):
        load_depth_teacher(folder, CPU, AUTO_OUTPUT)


def test_depth_pro_without_a_field_of_view_is_relative(copied):
    from thermal_depth_ros.training.labelling.depth_teachers import depth_output
    from thermal_depth_ros.training.labelling.model_folder import DEPTH, ModelFolder

    folder = copied('depth_pro')
    assert depth_output(ModelFolder(folder, DEPTH)) == DEPTH_M
    edit_json(folder / 'config.json', use_fov_model=False)
    assert depth_output(ModelFolder(folder, DEPTH)) == RELATIVE_DEPTH


@pytest.mark.parametrize(
    ('damage', 'words'),
    [
        (lambda f: (f / 'config.json').unlink(), 'config.json: No such file'),
        (lambda f: edit_json(f / 'config.json', auto_map={'AutoConfig': 'x.Y'}), 'never executed'),
        (lambda f: edit_json(f / 'config.json', model_type='segformer'), 'not a model of depth'),
        (lambda f: (f / 'preprocessor_config.json').unlink(), 'preprocessor_config.json is miss'),
        (lambda f: edit_json(f / 'config.json', fusion_hidden_size=8), 'cannot be loaded'),
        (lambda f: edit_json(f / 'config.json', depth_estimation_type='odd'), 'cannot be loaded'),
    ],
)
def test_a_folder_that_cannot_teach_is_refused_in_one_line(copied, damage, words):
    folder = copied('depth_anything')
    damage(folder)
    with pytest.raises(TeacherError, match=words) as caught:
        load_depth_teacher(folder, CPU, AUTO_OUTPUT)
    assert '\n' not in str(caught.value)


def test_an_image_processor_of_another_task_is_refused(copied):
    folder = copied('depth_anything')
    edit_json(folder / 'preprocessor_config.json', image_processor_type='ViTImageProcessor')
    with pytest.raises(TeacherError, match='ViTImageProcessor.* no depth'):
        load_depth_teacher(folder, CPU, AUTO_OUTPUT).disparity(images(1, 56, 56))


def test_a_segmentation_model_teaches_no_depth(tmp_path):
    folder = save_semantic(tmp_path / 'dpt', 'dpt')
    with pytest.raises(TeacherError, match='DPTForSemanticSegmentation, not a DPTForDepth'):
        load_depth_teacher(folder, CPU, AUTO_OUTPUT)


def test_what_a_bundle_predicts_is_not_a_matter_of_choice(depth_bundle):
    with pytest.raises(TeacherError, match='depth-output depth_m: for models of transformers'):
        load_depth_teacher(depth_bundle, CPU, DEPTH_M)


@pytest.mark.parametrize('fixture', ['depth_bundle', 'tiny_rgb_bundle'])
def test_disparity_is_that_of_the_network(request, fixture):
    bundle = request.getfixturevalue(fixture)
    image = torch.rand(2, 3, 64, 96)
    with torch.inference_mode():
        sigmoid = load_bundle(bundle).networks['depthseg'](image).disparities[0]
    teacher = load_depth_teacher(bundle, CPU, AUTO_OUTPUT)
    assert teacher.depth_range == (0.1, 100.0)
    expected = 0.01 + (10 - 0.01) * sigmoid  # summed in another order
    torch.testing.assert_close(teacher.disparity(image), expected, rtol=1e-4, atol=1e-4)


def test_disparity_of_images_of_another_size_get_their_own_size_back(depth_bundle):
    image = torch.rand(1, 3, 64, 96)
    teacher = load_depth_teacher(depth_bundle, CPU, AUTO_OUTPUT)
    large = F.interpolate(image, (128, 192), mode='nearest')
    found = teacher.disparity(large)
    assert found.shape == (1, 1, 128, 192)
    small = teacher.disparity(image)
    wanted = F.interpolate(small, (128, 192), mode='bilinear', align_corners=False)
    torch.testing.assert_close(found, wanted)


def test_a_thermal_bundle_cannot_teach(tiny_thermal_bundle):
    with pytest.raises(BundleError, match="kind is 'thermal'"):
        load_depth_teacher(tiny_thermal_bundle, CPU, AUTO_OUTPUT)


@pytest.mark.parametrize('metric_max_depth_m', [None, 20.0])
def test_an_imported_depth_anything_teaches_what_its_pipeline_shows(tmp_path, metric_max_depth_m):
    torch.save(original_state(), tmp_path / 'tiny.pth')
    said = DepthAnythingImport(
        tmp_path / 'tiny.pth', 'rgb', 'any', metric_max_depth_m, input_side=98
    )
    import_depth_anything(tmp_path / 'bundle', said)
    teacher = load_depth_teacher(tmp_path / 'bundle', CPU, AUTO_OUTPUT)
    assert teacher.relative == (metric_max_depth_m is None)
    image = images(1, 60, 90)
    colours = _colours(image)
    camera = PinholeCamera(90, 60, 80.0, 80.0, 45.0, 30.0)
    frame = CameraFrame(1, 'optical', colours, camera)
    config = RgbConfig(bundle=str(tmp_path / 'bundle'), device='cpu', min_depth_m=0.0)
    pipeline = open_pipeline('rgb', dataclasses.replace(config, max_depth_m=1e4))
    depth_m = pipeline.process(frame, {'depth'}).depth.depth_m
    pipeline.close()
    shown = np.isfinite(depth_m) & (depth_m < 100.0)
    assert shown.mean() > 0.5
    found = 1.0 / teacher.disparity(image)[0, 0].numpy()
    np.testing.assert_allclose(found[shown], depth_m[shown], rtol=2e-3)


def test_depth_follows_the_focal_length_as_in_the_pipeline(depth_bundle, tmp_path):
    """The canonical camera has half the focal length: what it would see as 5 m is 10 m away."""
    height, width = 64, 96
    focal_px = 80.0
    plain = load_bundle(depth_bundle)
    spec = dataclasses.replace(plain.spec, canonical_focal_px=focal_px / 2)
    save_bundle(tmp_path / 'longer', dataclasses.replace(spec, input_size=(height, width)))
    camera = PinholeCamera(2 * width, 2 * height, 2 * focal_px, 2 * focal_px, 95.5, 63.5)
    teacher = load_depth_teacher(tmp_path / 'longer', CPU, AUTO_OUTPUT)
    assert teacher.focal_ratio(camera) == pytest.approx(2.0)
    assert load_depth_teacher(depth_bundle, CPU, AUTO_OUTPUT).focal_ratio(camera) == 1.0

    image = images(1, 2 * height, 2 * width)
    store = SimpleNamespace(image=lambda index: _colours(image), camera=camera)
    found = DepthAnnotator(teacher, tmp_path, 'depth')._predicted(store, np.array([0]))[0]
    config = RgbConfig(bundle=str(tmp_path / 'longer'), device='cpu', sky_is_far=False)
    pipeline = open_pipeline('rgb', dataclasses.replace(config, min_depth_m=0.0, max_depth_m=1e4))
    frame = CameraFrame(1, 'optical', _colours(image), camera)
    depth_m = pipeline.process(frame, {'depth'}).depth.depth_m
    pipeline.close()
    # Resized as depth there, as its inverse here.
    assert np.median(np.abs(1.0 / found / depth_m - 1.0)) < 0.01


def _colours(image: torch.Tensor) -> np.ndarray:
    return (255.0 * image[0]).round().byte().permute(1, 2, 0).numpy()
