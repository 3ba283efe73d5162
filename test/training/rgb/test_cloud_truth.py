# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Points as the ground truth of validation images, against the images they were made from."""

import dataclasses

import numpy as np
import pytest
import torch

from helpers.day_and_night import data_config, silent
from helpers.evaluations import copy_drive, true_messages
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.evaluation.truth.labels import LabelMap
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import LatestCalibration
from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.depthseg import DepthSegOutput
from thermal_depth_ros.samples import SamplesError
from thermal_depth_ros.samples.opening import open_samples
from thermal_depth_ros.training.rgb.cloud_truth import read_cloud_truth
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.data import open_validation
from thermal_depth_ros.training.rgb.task import listed_of
from thermal_depth_ros.training.rgb.validation import RgbValidation

INPUTS = ['/rgb/image_raw', '/rgb/camera_info', '/tf_static', '/ground_truth/odometry']
NEAREST = 'robotcar_40m'  # points go to the nearest pixel
BOTH = frozenset({'depth', 'labels'})


class AlwaysRoad:
    """A network that sees a road everywhere, 1 m away."""

    n_classes = 19

    def __call__(self, image, depth_scales, class_scales):
        logits = torch.zeros(len(image), self.n_classes, *image.shape[-2:])
        logits[:, 0] = 1.0
        return DepthSegOutput((torch.full_like(image[:, :1], 0.5),), (logits,), image, image)


def true_maps(drive):
    depth = true_messages(drive, '/ground_truth/rgb/depth')
    labels = true_messages(drive, '/ground_truth/rgb/labels')
    return [tuple(map(image_to_array, pair)) for pair in zip(depth, labels, strict=True)], depth


@pytest.fixture(scope='module')
def pointed(world, tmp_path_factory):
    """Return the drive by day with its true images as points with classes."""
    path = tmp_path_factory.mktemp('pointed') / 'day'
    drive = world / 'day'
    with Recording(drive) as recording:
        camera = LatestCalibration(False).camera(recording.first('/rgb/camera_info').message)
    maps, messages = true_maps(drive)
    rays = CameraRays(camera)
    with Recording(drive) as recording, RecordingWriter(path) as writer:
        for record in recording.read(INPUTS):
            writer.copy(record)
        for (depth_m, labels), message in zip(maps, messages, strict=True):
            stamp, frame = stamp_ns(message.header), message.header.frame_id
            made = depth_cloud(bag_types(), depth_m, rays, stamp, frame, label=labels)
            writer.write('/lidar/points', contract.POINT_CLOUD, made, stamp)
    return path


@pytest.fixture(scope='module')
def config(world, pointed):
    return data_config(world, bags=(str(pointed),), night_bags=())


def frames_of(config):
    (part,) = open_samples(config, silent).validation.parts
    return part.frames


def test_points_become_the_maps_they_were_made_from(world, config):
    frames = frames_of(config)
    truth = read_cloud_truth(frames, config, NEAREST, range(len(frames)), BOTH, silent)
    maps, messages = true_maps(world / 'day')
    by_stamp = {stamp_ns(m.header): pair for m, pair in zip(messages, maps, strict=True)}
    assert len(frames) > 1 and not truth.notes
    for index, stamp in enumerate(frames.stamps_ns.tolist()):
        depth_m, labels = by_stamp[stamp]
        known = np.isfinite(depth_m)
        assert known.any() and not known.all()
        inside = np.zeros_like(known)
        inside[2:-2, 2:-2] = True  # of the margin of a pixel, where no point counts
        there = known & inside
        found, ids = truth.depth_m(index), truth.class_ids(index)
        np.testing.assert_allclose(found[there], depth_m[there], rtol=1e-5)
        assert (ids[there] == labels[there]).all()
        assert (found[~known] == 0).all() and (ids[~known] == 65535).all()


def test_validation_takes_points_where_there_are_no_images(world, config):
    method = RgbTrainingConfig(protocol=NEAREST, validation_limit=2)
    network = build_networks('rgb', {'n_classes': 19, 'light_width': 8, 'encoder_width': 16})
    results = []
    for which in (config, data_config(world, night_bags=())):
        data = open_validation(open_samples(which, silent).validation, which, method, silent)
        measure = RgbValidation(
            {'day': data}, LabelMap(CITYSCAPES_19.names), (0.1, 100.0), NEAREST, 2, 60.0
        )
        results.append(measure(network['depthseg'], torch.device('cpu')))
    points, images = results
    assert points['day_abs_rel'] == pytest.approx(images['day_abs_rel'], rel=0.1)
    # Sky has a class in the images, and no points.
    assert points['day_miou'] > 0 and set(points) == set(images)


def test_mean_iou_is_over_the_listed_classes(world):
    config = data_config(world, night_bags=())
    method = RgbTrainingConfig(protocol=NEAREST, validation_limit=2)
    data = open_validation(open_samples(config, silent).validation, config, method, silent)
    names = CITYSCAPES_19.names
    base = RgbValidation({'day': data}, LabelMap(names), (0.1, 100.0), NEAREST, 2, 60.0)

    def miou(*listed):
        measure = dataclasses.replace(base, listed=listed)
        return measure(AlwaysRoad(), torch.device('cpu'))['day_miou']

    single = [miou(name) for name in ('road', 'building')]
    assert miou('road', 'building') == pytest.approx(np.mean(single))
    assert single[0] > single[1] == 0.0


def test_classes_of_the_settings(world):
    assert listed_of(('nuscenes_8',), CITYSCAPES_19.names)[:2] == ('road', 'sidewalk')
    assert listed_of(('all',), ('a', 'b')) == ('a', 'b')
    assert listed_of(('b',), ('a', 'b')) == ('b',)
    with pytest.raises(SettingsError, match='validation_classes: no class road, sidewalk'):
        listed_of(('nuscenes_8',), ('a', 'b'))


def test_points_that_cannot_be_projected(pointed, config, world, tmp_path):
    bag = copy_drive(pointed, tmp_path / 'bag', ['/rgb/image_raw', '/lidar/points'])
    calibration = tmp_path / 'rgb.yaml'
    with Recording(pointed) as recording:
        info = recording.first('/rgb/camera_info').message
    k = ', '.join(map(str, info.k))
    calibration.write_text(
        f'image_width: {info.width}\nimage_height: {info.height}\n'
        f'camera_matrix: {{rows: 3, cols: 3, data: [{k}]}}\n'
        'distortion_model: plumb_bob\n'
        'distortion_coefficients: {rows: 1, cols: 5, data: [0, 0, 0, 0, 0]}\n'
    )
    given = dataclasses.replace(config, bags=(str(bag),), calibration=str(calibration))
    frames = frames_of(given)
    found = read_cloud_truth(frames, given, NEAREST, [0], frozenset({'labels'}), silent)
    assert not found.labels and 'no points can be projected' in found.notes[0]
    named = dataclasses.replace(given, label_topic='/lidar/points')
    with pytest.raises(SamplesError, match='/lidar/points: .*no points can be projected'):
        read_cloud_truth(frames, named, NEAREST, [0], BOTH, silent)
