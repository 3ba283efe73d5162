# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The choice of camera, bundle and topics, and what is refused."""

import dataclasses

import numpy as np
import pytest

from helpers import adaptation_bags as bags
from helpers.drives import record_drive
from helpers.thermal_bags import write
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.base.yaml_text import dump_yaml
from thermal_depth_ros.bundles import read_spec, save_bundle
from thermal_depth_ros.bundles.sections import StoredModel
from thermal_depth_ros.training.adaptation.config import AdaptConfig
from thermal_depth_ros.training.adaptation.errors import AdaptationError
from thermal_depth_ros.training.adaptation.recording_grades import grade_recordings
from thermal_depth_ros.training.adaptation.survey import find_material
from thermal_depth_ros.training.thermal.checks import check_start
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig


@pytest.fixture
def found(tmp_path, tiny_thermal_bundle):
    def find(contents, **settings):
        path = (str(write(tmp_path / 'bag', contents)),)
        config = AdaptConfig(**{'bundle': str(tiny_thermal_bundle), **settings})
        return find_material(path, config)

    return find


@pytest.mark.parametrize(('fit', 'size'), [('exact', (128, 160)), ('upper_bound', (64, 160))])
def test_samples_have_the_size_that_the_node_feeds(found, tmp_path, tiny_hybrid_bundle, fit, size):
    spec = read_spec(tiny_hybrid_bundle)
    fitted = dataclasses.replace(spec, architecture={**spec.architecture, 'input_fit': fit})
    save_bundle(tmp_path / 'fitted', fitted)
    contents = bags.passing_walls(4)
    contents.images = [(t, np.tile(image, (1, 2)), kind) for t, image, kind in contents.images]
    settings = {'bundle': str(tmp_path / 'fitted'), 'cache_dir': str(tmp_path / 'cache')}
    material = found(contents, **settings)
    assert material.input_size == size
    data = material.data(('bag',), AdaptConfig())
    assert (data.height, data.width) == size


def test_true_depth_of_another_camera_is_not_used(found):
    contents = bags.foreign_depth(bags.passing_walls(4))
    material = found(contents)
    assert material.depth_topic == 'none'
    assert any('rgb/depth belongs to another camera' in remark for remark in material.remarks)


def test_true_depth_of_another_camera_is_refused_if_named(found):
    contents = bags.foreign_depth(bags.passing_walls(4))
    with pytest.raises(AdaptationError, match='its frame is rgb_optical, that of /thermal'):
        found(contents, depth_topic='/ground_truth/rgb/depth')


def test_points_of_a_lidar_are_true_depth(found):
    contents = bags.with_lidar(bags.passing_walls(4))
    material = found(contents)
    assert (material.depth_topic, material.lidar_topic) == ('none', bags.LIDAR)
    points = material.points(('bag',), AdaptConfig(), lambda *_: None)
    assert material.has_depth and (points.topic, points.pose_topic) == (bags.LIDAR, '/odom')
    assert any('points of /lidar/points' in remark for remark in material.remarks)


@pytest.mark.parametrize(
    ('settings', 'points'),
    [({'depth_topic': bags.LIDAR}, True), ({'depth_topic': 'none'}, False)],
)
def test_points_may_be_named_or_left(found, settings, points):
    material = found(bags.with_lidar(bags.passing_walls(4)), **settings)
    assert material.has_depth == points


def test_points_without_a_mounting_are_left_or_refused(found, tmp_path):
    contents = bags.with_lidar(bags.passing_walls(4), mounted=False)
    material = found(contents)
    assert not material.has_depth
    assert material.points(('bag',), AdaptConfig(), lambda *_: None) is None
    config = AdaptConfig(bundle=material.name, depth_topic=bags.LIDAR)
    with pytest.raises(AdaptationError, match='points of /lidar/points cannot be projected: no'):
        find_material((str(tmp_path / 'bag'),), config)


def test_without_odometry_metres_are_unknown(found):
    material = found(bags.passing_walls(4, poses=False))
    assert material.pose_topic == 'none'
    assert any('do not tell metres' in remark for remark in material.remarks)


def test_of_several_cameras_one_must_be_named(tmp_path, tiny_rgb_bundle):
    drive = (str(record_drive(tmp_path / 'drive', duration_s=0.3)),)
    with pytest.raises(AdaptationError, match=r'/rgb/image_raw \(rgb\).*--image-topic or --kind'):
        find_material(drive, AdaptConfig())
    assert find_material(drive, AdaptConfig(kind='rgb')).image_topic == '/rgb/image_raw'
    assert find_material(drive, AdaptConfig(image_topic='/thermal/image_raw')).kind == 'thermal'
    chosen = find_material(drive, AdaptConfig(bundle=str(tiny_rgb_bundle)))
    assert chosen.kind == 'rgb' and chosen.pose_topic == '/wheel/odometry'


def test_without_a_camera_the_topics_are_listed(found):
    contents = dataclasses.replace(bags.passing_walls(3), images=[])
    with pytest.raises(AdaptationError, match=r'no thermal camera; topics:[\s\S]*/odom'):
        found(contents)


def test_the_bundle_must_be_of_the_camera(found):
    with pytest.raises(AdaptationError, match='is of kind thermal, not rgb'):
        found(bags.passing_walls(3), kind='rgb')


def test_an_imported_rgb_network_is_refused_with_what_can_be_done(tmp_path, tiny_rgb_bundle):
    spec = read_spec(tiny_rgb_bundle)
    architecture = {'backbone': 'vit_small_patch14_dinov2.lvd142m', 'readout': 'ignore'}
    spec = dataclasses.replace(spec, architecture=architecture, labels=None)
    save_bundle(tmp_path / 'anything', spec)
    drive = write(tmp_path / 'bag', bags.coloured(bags.passing_walls(3)))
    config = AdaptConfig(bundle=str(tmp_path / 'anything'))
    with pytest.raises(
        AdaptationError, match=r'\(vit_small.*not trained here.*label --depth-teach'
    ):
        find_material((str(drive),), config)


def test_an_onnx_model_is_not_trained(found, tmp_path, tiny_thermal_bundle):
    spec = dataclasses.replace(
        read_spec(tiny_thermal_bundle),
        architecture={'model': 'model.onnx', 'model_output': 'depth_m'},
        weights=StoredModel('model.onnx', '1' * 64),
    )
    (tmp_path / 'exported').mkdir()
    (tmp_path / 'exported' / 'bundle.yaml').write_text(dump_yaml(spec.to_dict()))
    with pytest.raises(AdaptationError, match='bundle: .*exported is an ONNX model'):
        found(bags.passing_walls(3), bundle=str(tmp_path / 'exported'))
    method = ThermalTrainingConfig(start_bundle=str(tmp_path / 'exported'))
    with pytest.raises(SettingsError, match='start_bundle: .*exported is an ONNX model'):
        check_start(method)


def test_without_intrinsics_it_says_what_to_give(tmp_path, tiny_thermal_bundle):
    contents = dataclasses.replace(bags.passing_walls(3), k=None)
    path = (str(write(tmp_path / 'bag', contents)),)
    config = AdaptConfig(bundle=str(tiny_thermal_bundle), cache_dir=str(tmp_path / 'cache'))
    with pytest.raises(AdaptationError, match='no CameraInfo belongs to /thermal/image_raw'):
        grade_recordings(path, find_material(path, config), config, lambda *_: None)
