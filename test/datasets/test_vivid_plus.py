# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A miniature of ViViD++: a ROS 1 bag recorded at wrong times, with poses beside it."""

from pathlib import Path

import numpy as np
from rosbags.rosbag1 import Writer
from rosbags.typesys import Stores, get_typestore

from helpers.data_sets import (
    FRAMES,
    HEIGHT,
    WIDTH,
    Truth,
    convert,
    messages,
    numbers,
    pose_of,
    refused,
    score,
    thermal_of,
    topics,
    write_lines,
)
from helpers.miniatures import camera_points, depth_of_points, miniature
from thermal_depth_ros.geometry.frames import T_FORWARD
from thermal_depth_ros.messages.cloud_reader import cloud_to_xyz
from thermal_depth_ros.messages.image import image_to_array

SEQUENCE = 'campus_day1'
START_NS = 1_600_000_000_000_000_000
STEP_NS = 100_000_000
CALIBRATION = f"""\
image_width: {WIDTH}
image_height: {HEIGHT}
camera_matrix: {{rows: 3, cols: 3, data: [20, 0, 11.5, 0, 20, 7.5, 0, 0, 1]}}
distortion_model: plumb_bob
distortion_coefficients: {{rows: 1, cols: 5, data: [0, 0, 0, 0, 0]}}
"""
K = np.array([[20.0, 0, 11.5], [0, 20, 7.5], [0, 0, 1]])  # of the calibration
T_CAMERA_LIDAR = np.array([[0.0, -1, 0, 0.02], [0, 0, -1, -0.1], [1, 0, 0, -0.2], [0, 0, 0, 1]])


def points_of(number: int) -> np.ndarray:
    return camera_points(number, K)


def write_bag(path: Path) -> None:
    """Write counts and points, whose times of recording are two days late and in another order."""
    store = get_typestore(Stores.ROS1_NOETIC)
    types = store.types
    field = types['sensor_msgs/msg/PointField']
    fields = [field(name=n, offset=4 * i, datatype=7, count=1) for i, n in enumerate('xyz')]
    path.parent.mkdir(parents=True)
    with Writer(path) as writer:
        names = {'/thermal/image_raw': 'sensor_msgs/msg/Image'}
        names |= {'/os1_cloud_node/points': 'sensor_msgs/msg/PointCloud2'}
        connections = {
            topic: writer.add_connection(topic, name, typestore=store)
            for topic, name in names.items()
        }
        for n in range(FRAMES):
            stamp = START_NS + n * STEP_NS
            time = types['builtin_interfaces/msg/Time'](*divmod(stamp, 10**9))
            header = types['std_msgs/msg/Header'](seq=n, stamp=time, frame_id='')
            image = types['sensor_msgs/msg/Image'](
                header, HEIGHT, WIDTH, '16UC1', 0, 2 * WIDTH,
                thermal_of(n).view(np.uint8).reshape(-1),
            )  # fmt: skip
            T = np.linalg.inv(T_CAMERA_LIDAR)
            xyz = (points_of(n) @ T[:3, :3].T + T[:3, 3]).astype(np.float32)
            cloud = types['sensor_msgs/msg/PointCloud2'](
                header, 1, len(xyz), fields, False, 12, 12 * len(xyz),
                xyz.view(np.uint8).reshape(-1), True,
            )  # fmt: skip
            late = stamp + 2 * 86_400 * 10**9
            for topic, message in zip(names, (image, cloud), strict=True):
                data = store.serialize_ros1(message, names[topic])
                writer.write(connections[topic], late, data)
                late += 3 * STEP_NS


def write_vivid(root: Path) -> Truth:
    truth = Truth()
    write_bag(root / 'driving_full' / f'{SEQUENCE}.bag')
    (root / 'thermal.yaml').write_text(CALIBRATION)
    poses = root / 'driving_full' / 'loamposes'
    T_lidar = [pose_of(n) @ T_CAMERA_LIDAR for n in range(FRAMES)]
    times = [(START_NS + n * STEP_NS) / 1e9 for n in range(FRAMES)]
    write_lines(poses / f'{SEQUENCE}_optimized_poses.txt', [numbers(T[:3]) for T in T_lidar])
    write_lines(poses / f'{SEQUENCE}_times.txt', [f'{time:.6f}' for time in times])
    mounts = {'thermal': ('base', T_FORWARD), 'lidar': ('thermal', T_CAMERA_LIDAR)}
    write_lines(root / 'mounts.yaml', [
        f'{child}: {{parent: {parent}, matrix: {T.reshape(-1).tolist()}}}'
        for child, (parent, T) in mounts.items()
    ])  # fmt: skip
    for n in range(FRAMES):
        truth.depth_m.append(depth_of_points(points_of(n)))
        truth.T_world_camera.append(pose_of(n))
    return truth


vivid = miniature(write_vivid)


def options_of(root: Path, output: Path) -> list:
    options = ['vivid++', root, '-o', output, '--mounts', root / 'mounts.yaml']
    return [*options, '--thermal-calibration', root / 'thermal.yaml']


def test_truth_has_no_error(vivid, tmp_path):
    root, truth = vivid
    convert(*options_of(root, tmp_path))
    recording = tmp_path / SEQUENCE
    exact = score(recording, 'thermal', truth, tmp_path / 'exact')
    shifted = score(recording, 'thermal', truth, tmp_path / 'shifted', shift=True)
    assert exact['depth']['images'] == FRAMES
    assert exact['depth']['metric']['abs_rel'] < 1e-5
    assert exact['pose']['score']['ate_mean'] < 1e-5
    assert shifted['depth']['metric']['abs_rel'] > 0.1
    assert shifted['pose']['score']['ate_mean'] > 1e-4


def test_counts_stamps_and_frames(vivid, tmp_path, capsys):
    convert('vivid++', vivid[0], '-o', tmp_path)
    said = capsys.readouterr().out
    assert 'no --thermal-calibration: /thermal/image_raw is without camera_info' in said
    assert 'no mount of the LiDAR' in said
    recording = tmp_path / SEQUENCE
    assert topics(recording) == {
        '/thermal/image_raw': FRAMES,
        '/lidar/points': FRAMES,
        '/ground_truth/lidar/odometry': FRAMES,
        '/tf_static': 1,
    }
    images = messages(recording, '/thermal/image_raw')
    for n, image in enumerate(images):
        assert (image.encoding, image.header.frame_id) == ('16UC1', 'thermal_optical_frame')
        assert (image_to_array(image) == thermal_of(n)).all()
        stamp = image.header.stamp
        assert stamp.sec * 10**9 + stamp.nanosec == START_NS + n * STEP_NS
    cloud = messages(recording, '/lidar/points')[4]
    assert (cloud.header.frame_id, len(cloud_to_xyz(cloud))) == ('lidar', len(points_of(4)))


def test_mounts_and_topics_that_are_wrong(vivid, tmp_path, capsys):
    root = vivid[0]
    mounts = tmp_path / 'mounts.yaml'
    options = ['vivid++', root, '-o', tmp_path / 'out', '--mounts', mounts]
    for content, said in (
        ('thermal: {parent: roof, matrix: []}', "thermal: 'roof' is none of base, lidar"),
        ('thermal: {parent: base, matrix: [1, 2]}', 'thermal: no matrix of 16 numbers'),
        (f'lidar: {{parent: base, matrix: {[2] * 16}}}', 'lidar: the matrix is no rotation'),
        ('[]', 'not a list of `child'),
    ):
        mounts.write_text(content)
        assert said in refused(capsys, *options)
    text = refused(capsys, *options[:4], '--thermal-topic', '/flir')
    assert 'neither /flir nor an RGB camera; it has:\n  /os1_cloud_node/points' in text
    assert 'none of base, lidar' in refused(capsys, *options[:4], '--pose-frame', 'imu')
    assert 'no sequence of ViViD++' in refused(capsys, 'vivid++', tmp_path, '-o', tmp_path / 'x')
