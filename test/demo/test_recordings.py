# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The shipped recordings are what demo/README.md and attribution.yaml say they are."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from thermal_depth_ros.bags.cameras import find_cameras
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.depth_reader import depth_from_message
from thermal_depth_ros.messages.odometry import transform_to_matrix
from thermal_depth_ros.messages.stamps import stamp_ns

START_NS = 1_700_000_000 * 10**9
PERMITTED = {'CC BY 4.0', 'MIT', 'Apache-2.0'}
IMAGES = {
    # name: topic, frames, shape, type, seconds
    'recording': [
        ('/thermal/image_raw/compressed', 19, (512, 640), np.uint8, 24.5),
        ('/rgb/image_raw/compressed', 120, (360, 540, 3), np.uint8, 238 / 15),
    ],
    'recording_street': [('/rgb/image_raw/compressed', 9, (608, 968, 3), np.uint8, 8.0)],
    'recording_lepton': [('/thermal/image_raw/compressed', 60, (120, 160), np.uint16, 59 / 9)],
}
CASES = [(name, *case) for name, cases in IMAGES.items() for case in cases]


@pytest.fixture(scope='module')
def folder(repository: Path) -> Path:
    return repository / 'demo'


@pytest.mark.parametrize(('name', 'topic', 'count', 'shape', 'dtype', 'seconds'), CASES)
def test_every_image_decodes_and_is_in_time(folder, name, topic, count, shape, dtype, seconds):
    kind = topic.split('/')[1]
    with Recording(folder / name) as recording:
        records = list(recording.read([topic]))
        images = [decode_camera_image(record.message, kind) for record in records]
        stamps = [stamp_ns(record.message.header) for record in records]
        assert not recording.problems
    assert len(records) == count
    assert {(image.shape, image.dtype) for image in images} == {(shape, np.dtype(dtype))}
    assert stamps == [record.time_ns for record in records]
    assert stamps[0] == START_NS
    assert (stamps[-1] - stamps[0]) / 1e9 == pytest.approx(seconds, abs=2e-3)
    assert np.diff(stamps).min() > 0
    assert np.diff(stamps).max() <= 2_000_000_000
    # Each frame is another one, and none is blank.
    assert all(np.any(a != b) for a, b in zip(images, images[1:], strict=False))
    assert min(image.std() for image in images) > 5


def test_sixteen_bit_counts_are_counts(folder):
    with Recording(folder / 'recording_lepton') as recording:
        images = [
            decode_camera_image(r.message, 'thermal')
            for r in recording.read(['/thermal/image_raw/compressed'])
        ]
    assert min(image.min() for image in images) > 256
    assert len(np.unique(images[0])) > 100


def test_each_image_has_its_calibration_and_its_place(folder):
    with Recording(folder / 'recording') as recording:
        transforms = recording.first('/tf_static').message.transforms
        assert recording.topics['/tf_static'].latched
        for camera in find_cameras(recording):
            infos = [r.message for r in recording.read([camera.info_topic])]
            image = recording.first(camera.image_topic).message
            model = camera_from_info(infos[0])
            assert model.calibrated
            assert (model.height, model.width) == decode_camera_image(image, camera.kind).shape[:2]
            assert len(infos) == recording.topics[camera.image_topic].count
            assert infos[0].header.frame_id == image.header.frame_id
            (mount,) = [t for t in transforms if t.child_frame_id == image.header.frame_id]
            T = transform_to_matrix(mount.transform)
            assert mount.header.frame_id == 'base_link'
            # Forward of the camera is forward of the body, its down is down.
            assert T[:3, 2] == pytest.approx([1, 0, 0])
            assert T[:3, 1] == pytest.approx([0, 0, -1])


def test_every_recording_names_sources_with_a_permitted_licence(folder):
    listing = yaml.safe_load((folder / 'attribution.yaml').read_text())
    recordings = {path.parent.name for path in folder.glob('*/metadata.yaml')}
    assert set(listing) == recordings == set(IMAGES)
    text = (folder / 'README.md').read_text()
    for name, entries in listing.items():
        topics = {topic.split('/')[1] for topic, *_ in IMAGES[name]}
        assert {entry['topics'].strip('/') for entry in entries} == topics
        for entry in entries:
            assert entry['licence'] in PERMITTED
            assert entry['changes']
            assert entry['url'] in text
            assert entry['licence_url'].split('://')[1].split('/')[0]
    # MIT asks for the notice itself, CC BY for the link and the changes.
    assert 'Permission is hereby granted, free of charge' in text
    assert 'Copyright (c) 2020 Arda Duzceker' in text
    assert 'creativecommons.org/licenses/by/4.0' in text
    assert text.count('Changes: ') == 4
    assert 'Copyright (c) 2019-2021 Toyota Research Institute' in text


def test_the_folder_stays_small(folder):
    size = sum(path.stat().st_size for path in folder.rglob('*') if path.is_file())
    assert size < 10e6


def test_images_are_those_of_the_source(folder, shared_data):
    """The JPEG data were cut out, not compressed again; 16-bit counts are exact."""
    pairs = [('aerial_thermal8', '/thermal/image_raw/compressed', 116, 1)]
    pairs += [('handheld_rgbd', '/rgb/image_raw/compressed', 0, 2)]
    for source, topic, first, step in pairs:
        with Recording(shared_data / source) as recording:
            full = [bytes(r.message.data) for r in recording.read([topic])]
        with Recording(folder / 'recording') as recording:
            shipped = [bytes(r.message.data) for r in recording.read([topic])]
        assert shipped == full[first : first + step * len(shipped) : step]
    with Recording(shared_data / 'lepton_thermal16.bag') as recording:
        raw = [r.message for r in recording.read()][:60]
    with Recording(folder / 'recording_lepton') as recording:
        records = recording.read(['/thermal/image_raw/compressed'])
        for message, record in zip(raw, records, strict=True):
            counts = message.data.view('<u2').reshape(message.height, message.width)
            assert np.array_equal(cv2.imdecode(record.message.data, -1), counts)


def test_the_street_has_the_points_of_its_lidar(folder):
    depths, infos = [], {}
    with Recording(folder / 'recording_street') as recording:
        for record in recording.read(['/ground_truth/rgb/depth/compressed']):
            depths.append((record.time_ns, depth_from_message(record.message)))
        for record in recording.read(['/rgb/camera_info']):
            infos[record.time_ns] = camera_from_info(record.message)
        (transforms,) = [r.message.transforms for r in recording.read(['/tf_static'])]
        frames = {r.message.header.frame_id for r in recording.read(['/rgb/image_raw/compressed'])}
    assert [time for time, _ in depths] == list(infos)
    assert frames < {transform.child_frame_id for transform in transforms}
    for time_ns, depth_m in depths:
        camera = infos[time_ns]
        assert depth_m.shape == (camera.height, camera.width)
        known = np.isfinite(depth_m) & (depth_m > 0)
        assert 3000 < known.sum() < 20000
        assert 1.0 < depth_m[known].min() < 10.0 < depth_m[known].max() < 65.536


def test_the_street_is_that_of_the_source(folder, shared_data):
    """Half the size: each pixel is the mean of four, but for JPEG; K fits the smaller image."""
    names = ('front', 'front_left', 'front_right')
    with Recording(shared_data / 'driving_lidar') as recording:
        topics = [f'/{name}/image_rect/compressed' for name in names]
        full = [decode_camera_image(r.message, 'rgb') for t in topics for r in recording.read([t])]
        info = recording.first('/front/camera_info').message
    with Recording(folder / 'recording_street') as recording:
        shipped = [
            decode_camera_image(r.message, 'rgb')
            for r in recording.read(['/rgb/image_raw/compressed'])
        ]
        half = recording.first('/rgb/camera_info').message
    for large, small in zip(full, shipped, strict=True):
        means = large.reshape(608, 2, 968, 2, 3).mean((1, 3))
        assert np.abs(means - small).mean() < 4.0
    # The corner between the first four pixels is a whole pixel of the smaller image.
    for point in ((0.5, 0.5), (1000.5, 600.5)):
        ray = [(p - c) / f for p, c, f in zip(point, info.k[[2, 5]], info.k[[0, 4]], strict=True)]
        pixel = [r * f + c for r, f, c in zip(ray, half.k[[0, 4]], half.k[[2, 5]], strict=True)]
        assert pixel == pytest.approx([(p - 0.5) / 2 for p in point])
