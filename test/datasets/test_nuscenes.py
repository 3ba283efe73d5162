# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A miniature of nuScenes as its archives unpack, converted and evaluated."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from helpers.data_sets import (
    HEIGHT,
    WIDTH,
    Truth,
    check_poses,
    convert,
    messages,
    refused,
    rgb_of,
    score,
    topics,
)
from helpers.miniatures import converted, miniature
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.datasets.config import NuscenesConfig
from thermal_depth_ros.datasets.layouts import nuscenes_tables
from thermal_depth_ros.datasets.layouts.nuscenes import plans
from thermal_depth_ros.datasets.splits import split_lines
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.image import image_to_array

VERSION = 'v1.0-mini'
K = np.array([[20.0, 0, 11.5], [0, 20, 7.5], [0, 0, 1]])
KEYFRAMES, START_US = 5, 1_532_402_927_600_000
DAY, NIGHT = 'scene-0061', 'scene-1077'
T_BASE_CAMERA = np.array([[0.0, 0, 1, 1.7], [-1, 0, 0, 0.02], [0, -1, 0, 1.5], [0, 0, 0, 1]])
T_BASE_LIDAR = rigid.exponential(np.array([0.9, 0.0, 1.8, 0.01, -0.02, -1.55]))
CAR, ROAD = (CITYSCAPES_19.names.index(name) for name in ('car', 'road'))
LATE_US = 40_000  # of the sweep after the image


def at_time(us: int) -> np.ndarray:
    """Return T_world_base of a vehicle that turns."""
    s = us / 1e6
    T = rigid.exponential(np.array([0, 0, 0, 0, 0, 0.15 * s]))
    T[:3, 3] = [400.0 + 4 * s, 1100.0 + 0.5 * s**2, 0.0]
    return T


def motion_fields(T: np.ndarray) -> dict:
    x, y, z, w = rigid.quaternion_from_matrix(T[:3, :3])
    return {'translation': T[:3, 3].tolist(), 'rotation': [w, x, y, z]}


def sweep(number: int) -> np.ndarray:
    """Return x, y, z, intensity, ring (N, 5), one of the points too near to the camera."""
    rng = np.random.default_rng(number)
    xyz = rng.uniform([-8, -8, -2], [8, 30, 2], (400, 3))
    near = rigid.invert(T_BASE_LIDAR) @ T_BASE_CAMERA @ [0.0, 0.0, 0.7, 1.0]
    xyz[0] = near[:3]
    return np.hstack([xyz, rng.uniform(0, 255, (400, 2))]).astype(np.float32)


def classes(number: int) -> np.ndarray:
    return np.random.default_rng(50 + number).choice([17, 24, 28], 400).astype(np.uint8)


class Tables:
    """Records of the tables, in the order they are added."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rows: dict[str, list] = {}

    def add(self, table: str, **fields) -> str:
        rows = self.rows.setdefault(table, [])
        token = f'{table}_{len(rows)}'
        rows.append({'token': token, **fields})
        return token

    def shot(self, sample: str, sensor: str, us: int, name: str, key: bool) -> str:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pose = self.add('ego_pose', timestamp=us, **motion_fields(at_time(us - START_US)))
        return self.add(
            'sample_data',
            sample_token=sample,
            ego_pose_token=pose,
            calibrated_sensor_token=sensor,
            timestamp=us,
            fileformat='jpg',
            is_key_frame=key,
            height=HEIGHT,
            width=WIDTH,
            filename=name,
            prev='',
            next='',
        )

    def write(self) -> None:
        for table, rows in self.rows.items():
            path = self.root / VERSION / f'{table}.json'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(rows, indent=0))


def write_scene(tables: Tables, name: str, description: str, sensors: dict[str, str]) -> None:
    """Write keyframes twice a second, and one image between each two."""
    scene = tables.add('scene', name=name, description=description, log_token='', nbr_samples=5)
    (tables.root / 'lidarseg' / VERSION).mkdir(parents=True, exist_ok=True)
    for n in range(KEYFRAMES):
        us = START_US + n * 500_000
        sample = tables.add('sample', timestamp=us, scene_token=scene, prev='', next='')
        for key, time in ((True, us), (False, us + 80_000)):
            folder = 'samples' if key else 'sweeps'
            file = f'{folder}/CAM_FRONT/{name}__CAM_FRONT__{time}.jpg'
            tables.shot(sample, sensors['CAM_FRONT'], time, file, key)
            rgb = cv2.resize(rgb_of(n), (WIDTH, HEIGHT))
            assert cv2.imwrite(str(tables.root / file), rgb[..., ::-1])
        file = f'samples/LIDAR_TOP/{name}__LIDAR_TOP__{us + LATE_US}.pcd.bin'
        token = tables.shot(sample, sensors['LIDAR_TOP'], us + LATE_US, file, True)
        sweep(n).tofile(tables.root / file)
        labels = f'lidarseg/{VERSION}/{token}_lidarseg.bin'
        classes(n).tofile(tables.root / labels)
        tables.add('lidarseg', sample_data_token=token, filename=labels)


def write_nuscenes(root: Path) -> Path:
    """Write two scenes, one of each light, and the lists of the development kit."""
    tables = Tables(root)
    for index in range(32):
        tables.add('category', name=f'class_{index}', description='', index=index)
    sensors = {}
    for channel, T, matrix in (
        ('CAM_FRONT', T_BASE_CAMERA, K.tolist()),
        ('LIDAR_TOP', T_BASE_LIDAR, []),
    ):
        token = tables.add('sensor', channel=channel, modality='')
        sensors[channel] = tables.add(
            'calibrated_sensor', sensor_token=token, camera_intrinsic=matrix, **motion_fields(T)
        )
    write_scene(tables, DAY, 'Parked truck, construction', sensors)
    write_scene(tables, NIGHT, 'Night, big street, after RAIN', sensors)
    tables.write()
    (tables.root / 'splits.py').write_text(
        f"train_detect = \\\n    ['{DAY}']\n\ntrain_track: list = ['scene-0001']\n\n"
        'train = list(sorted(set(train_detect + train_track)))\n\n'
        f"val = ['{NIGHT}', 'scene-9999']\n\nimport nothing_of_it\n"
    )
    return root


miniature_of_nuscenes = miniature(write_nuscenes)


@pytest.fixture
def nuscenes(miniature_of_nuscenes) -> Path:
    return miniature_of_nuscenes[0]


recording = converted('miniature_of_nuscenes', 'nuscenes', f'day-clear/{DAY}')


def projected(number: int) -> dict[tuple[int, int], tuple[float, int]]:
    """Return depth and class by column and row as the development kit projects a sweep."""
    found = {}
    us = number * 500_000
    T = at_time(us + LATE_US) @ T_BASE_LIDAR
    T = np.linalg.inv(T_BASE_CAMERA) @ np.linalg.inv(at_time(us)) @ T
    for point, label in zip(sweep(number).astype(float), classes(number), strict=True):
        x, y, z = (T @ [*point[:3], 1.0])[:3]
        if z <= 1.0:
            continue
        u, v, _ = K @ [x / z, y / z, 1.0]
        if 1 < u < WIDTH - 1 and 1 < v < HEIGHT - 1:
            found[int(u), int(v)] = (z, int(label))
    return found


def test_a_scene(recording):
    assert topics(recording) == {
        '/rgb/image_raw/compressed': 2 * KEYFRAMES,
        '/rgb/camera_info': 2 * KEYFRAMES,
        '/ground_truth/rgb/depth': KEYFRAMES,
        '/ground_truth/rgb/labels': KEYFRAMES,
        '/ground_truth/rgb/label_info': 1,
        '/ground_truth/odometry': 3 * KEYFRAMES,
        '/tf_static': 1,
    }
    camera = camera_from_info(messages(recording, '/rgb/camera_info')[0])
    assert np.array_equal(camera.K, K)
    assert messages(recording, '/rgb/image_raw/compressed')[0].format.startswith('bgr8; jpeg')
    names = messages(recording, '/ground_truth/rgb/label_info')[0].class_map
    assert (len(names), names[17].class_name) == (32, 'class_17')
    times = sorted(START_US + n * 500_000 + late for n in range(KEYFRAMES) for late in (0, 80_000))
    truth = Truth([], [], [at_time(us - START_US) @ T_BASE_CAMERA for us in times])
    check_poses(recording, 'rgb', truth)


def test_truth_is_that_of_the_sweeps_of_keyframes(recording, tmp_path, repository):
    truth = Truth()
    depths = messages(recording, '/ground_truth/rgb/depth')
    labels = messages(recording, '/ground_truth/rgb/labels')
    for number, pair in enumerate(zip(depths, labels, strict=True)):
        depth, ids = map(image_to_array, pair)
        wanted = projected(number)
        assert len(wanted) > 20
        assert {(u, v) for v, u in np.argwhere(depth > 0).tolist()} == set(wanted)
        assert np.allclose([depth[v, u] for u, v in wanted], [z for z, _ in wanted.values()])
        assert [int(ids[v, u]) for u, v in wanted] == [label for _, label in wanted.values()]
        assert ((ids == 255) == (depth == 0)).all()
        filled = np.where(depth > 0, depth, 5.0)
        truth.depth_m += [filled, filled]  # of the keyframe, and of the image after it
        named = np.where(ids == 17, CAR, ROAD).astype(np.uint8)
        truth.labels += [named, named]
    stamps = {m.header.stamp.sec * 10**9 + m.header.stamp.nanosec for m in depths}
    assert stamps == {(START_US + n * 500_000) * 1000 for n in range(KEYFRAMES)}
    label_map = repository / 'config' / 'label_maps' / 'nuscenes_lidarseg.yaml'
    options = ['--label-map', label_map, '--classes', 'car', 'road']
    exact = score(recording, 'rgb', truth, tmp_path / 'exact', options=options)
    shifted = score(recording, 'rgb', truth, tmp_path / 'shifted', shift=True, options=options)
    assert exact['depth']['images'] == KEYFRAMES
    assert (exact['depth']['metric']['abs_rel'], exact['segmentation']['miou']) == (0.0, 1.0)
    assert shifted['depth']['metric']['abs_rel'] > 1e-3
    assert shifted['segmentation']['miou'] < 0.9


def test_tables_of_depthsegnet_find_lights_and_classes(recording, tmp_path):
    """True depth and classes as files are without error in the tables, shifted depth is not."""
    data = recording.parents[1]
    for condition, scene in (('day-clear', recording), ('night', data / 'night-rain' / NIGHT)):
        for name, shift in (('exact', 0), ('shifted', 1)):
            folder = tmp_path / name / condition / scene.name
            for what in ('depth', 'labels'):
                (folder / what).mkdir(parents=True)
            for message in messages(scene, '/ground_truth/rgb/depth'):
                depth = np.roll(image_to_array(message), shift, axis=1)
                stamp = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
                np.save(folder / 'depth' / f'{stamp}.npy', np.where(depth > 0, depth, 5.0))
            for message in messages(scene, '/ground_truth/rgb/labels'):
                stamp = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
                ids = np.where(image_to_array(message) == 17, CAR, ROAD).astype(np.uint8)
                assert cv2.imwrite(str(folder / 'labels' / f'{stamp}.png'), ids)
    rows = [f'--predictions={tmp_path / name}' for name in ('exact', 'shifted')]
    assert main(['table', 'dsn-5', '--data', str(data), *rows, '-o', str(tmp_path / 'out')]) == 0
    found = json.loads((tmp_path / 'out' / 'dsn-5.json').read_text())
    figures = {row['name']: row['figures'] for row in found['blocks'][0]['rows']}
    for condition in ('day-clear', 'night'):
        assert figures['exact'][f'{condition}.miou'] == 100.0
        assert figures['exact'][f'{condition}.abs_rel'] == pytest.approx(0, abs=1e-6)
        assert figures['shifted'][f'{condition}.abs_rel'] > 1e-3
    assert f'nuScenes night: {KEYFRAMES} images here' in found['remarks']


def test_scenes_are_named_by_split_light_and_weather(nuscenes, tmp_path, capsys):
    options = ['nuscenes', nuscenes, '-o', tmp_path, '--split', 'val']
    assert '1 of 2 scenes are not there: scene-9999; --partial' in refused(capsys, *options)
    convert(*options, '--partial', '--lidar', '--sweeps', 'false')
    found = topics(tmp_path / 'val' / 'night-rain' / NIGHT)
    assert (found['/rgb/image_raw/compressed'], found['/lidar/points']) == (KEYFRAMES, KEYFRAMES)
    text = refused(capsys, 'nuscenes', nuscenes, '-o', tmp_path, '--split', 'test')
    assert "splits.py: no list 'test'; it has train_detect, train_track, train, val" in text
    assert split_lines(nuscenes, 'train', '', ['splits.py']) == [['scene-0001'], [DAY]]
    names = [plan.name for plan in plans(nuscenes / VERSION, NuscenesConfig())]
    assert names == [f'day-clear/{DAY}', f'night-rain/{NIGHT}']


def test_what_is_missing_or_damaged_is_named(nuscenes, tmp_path, capsys):
    root = shutil.copytree(nuscenes, tmp_path / 'data')
    options = ['nuscenes', root, '-o', tmp_path / 'out']
    for path in root.glob(f'*/CAM_FRONT/{NIGHT}*'):
        path.unlink()
    text = refused(capsys, *options)
    assert f'{NIGHT}: not converted: ' in text
    assert 'its part of the data set is not here' in text
    lidar = next(root.glob(f'samples/LIDAR_TOP/{DAY}*'))
    lidar.write_bytes(lidar.read_bytes()[:-3])
    text = refused(capsys, *options, '--force')
    assert f'{lidar}: 7997 bytes are no whole number of points of 20 bytes' in text
    table = root / VERSION / 'sample_data.json'
    whole = table.read_text()
    table.write_text(whole.replace('samples/LIDAR_TOP/', '/dev/', 1))
    text = refused(capsys, *options, '--force')
    assert 'sample_data.json: /dev/scene-0061__LIDAR_TOP' in text
    assert 'is no file of the data set' in text
    table.write_text(whole)
    table = root / VERSION / 'ego_pose.json'
    table.write_text(table.read_text()[:-300])
    assert 'ego_pose.json: damaged or cut' in refused(capsys, *options, '--force')
    table.write_text('[{"token": "a", "rotation": [1, 0, 0, 0]}]')
    text = refused(capsys, *options, '--force')
    assert "ego_pose.json: record 'a' has no translation" in text
    text = refused(capsys, *options, '--version', 'v2')
    assert f'no tables v2; there are {VERSION}' in text


def test_tables_are_read_in_pieces(nuscenes, tmp_path, monkeypatch):
    whole = nuscenes_tables.Tables(nuscenes, VERSION, ['CAM_FRONT'])
    wanted = {s.name: whole.shots(s, 'CAM_FRONT') for s in whole.scenes}
    monkeypatch.setattr(nuscenes_tables, '_CHUNK', 7)
    pieces = nuscenes_tables.Tables(nuscenes, VERSION, ['CAM_FRONT'])
    assert {s.name: pieces.shots(s, 'CAM_FRONT') for s in pieces.scenes} == wanted
