# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`simulate` writes recordings that everything else reads."""

import hashlib

import numpy as np
import pytest

from thermal_depth_ros.bags.cameras import find_cameras
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.odometry import odometry_sample
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.drive import Drive
from thermal_depth_ros.simulation.drive_writer import write_drive

SMALL = ['--thermal-width', '64', '--thermal-height', '48', '--rgb-width', '80']
SMALL += ['--rgb-height', '60', '--duration-s', '1.0', '--scene', 'yard', '--seed', '5']


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    path = tmp_path_factory.mktemp('simulated') / 'drive'
    assert main(['simulate', '-o', str(path), *SMALL]) == 0
    return path


def digests(path):
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(path.iterdir())]


def test_topics_types_and_counts(bag):
    with Recording(bag) as recording:
        found = {name: (info.type, info.count) for name, info in recording.topics.items()}
        latched = {name for name, info in recording.topics.items() if info.latched}
        assert recording.problems == ()
    image, info = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CameraInfo'
    expected = {'/tf_static': ('tf2_msgs/msg/TFMessage', 1)}
    for kind in ('thermal', 'rgb'):
        expected[f'/{kind}/image_raw'] = (image, 10)
        expected[f'/{kind}/camera_info'] = (info, 10)
        expected[f'/ground_truth/{kind}/depth'] = (image, 10)
        expected[f'/ground_truth/{kind}/labels'] = (image, 10)
    expected['/wheel/odometry'] = ('nav_msgs/msg/Odometry', 51)
    expected['/ground_truth/odometry'] = ('nav_msgs/msg/Odometry', 51)
    assert found == expected
    assert latched == {'/tf_static'}


def test_the_two_cameras_are_found_and_nothing_else(bag):
    with Recording(bag) as recording:
        cameras = find_cameras(recording)
    assert [(camera.kind, camera.image_topic) for camera in cameras] == [
        ('rgb', '/rgb/image_raw'),
        ('thermal', '/thermal/image_raw'),
    ]
    assert all(camera.info_topic for camera in cameras)


def test_messages_say_what_the_drive_says(bag):
    size = {'thermal_width': 64, 'thermal_height': 48, 'rgb_width': 80, 'rgb_height': 60}
    drive = Drive(SimulationConfig(seed=5, scene='yard', duration_s=1.0, **size))
    frames = {(frame.kind, frame.index): frame for frame in drive.frames()}
    with Recording(bag) as recording:
        for kind, encoding in (('thermal', 'mono16'), ('rgb', 'rgb8')):
            records = {
                name: recording.first(f'/{name}').message
                for name in (
                    f'{kind}/image_raw',
                    f'ground_truth/{kind}/depth',
                    f'ground_truth/{kind}/labels',
                )
            }
            image, depth, labels = records.values()
            frame = frames[kind, 0]
            assert (image.encoding, depth.encoding, labels.encoding) == (
                encoding,
                '32FC1',
                'mono8',
            )
            np.testing.assert_array_equal(image_to_array(image), frame.image)
            np.testing.assert_array_equal(image_to_array(depth), frame.depth_m)
            np.testing.assert_array_equal(image_to_array(labels), frame.labels)
            assert {m.header.frame_id for m in records.values()} == {f'{kind}_optical_frame'}
            assert len({stamp_ns(m.header) for m in records.values()}) == 1
            info = camera_from_info(recording.first(f'/{kind}/camera_info').message)
            assert info == drive.camera(kind).camera
        transforms = RecordedTransforms(recording)
        placed = transforms.of('/thermal/image_raw').lookup('base_link', 'thermal_optical_frame')
        assert transforms.problems == []
    np.testing.assert_allclose(placed, drive.camera('thermal').T_base_optical, atol=1e-9)


def test_odometry_says_where_the_drive_is(bag):
    drive = Drive(SimulationConfig(seed=5, scene='yard', duration_s=1.0))
    with Recording(bag) as recording:
        truth = [odometry_sample(r.message) for r in recording.read(['/ground_truth/odometry'])]
        wheel = [odometry_sample(r.message) for r in recording.read(['/wheel/odometry'])]
        stamps = {stamp_ns(r.message.header) for r in recording.read(['/rgb/image_raw'])}
    assert stamps <= {sample.stamp_ns for sample in truth}
    start = truth[0].stamp_ns
    for sample in truth[::10]:
        pose = drive.T_odom_base((sample.stamp_ns - start) * 1e-9)
        np.testing.assert_allclose(sample.T_frame_child, pose, atol=1e-9)
    assert {(s.frame_id, s.child_frame_id) for s in wheel} == {('odom', 'base_link')}
    assert {(s.frame_id, s.child_frame_id) for s in truth} == {('world', 'base_link')}
    apart = rigid.invert(wheel[-1].T_frame_child) @ truth[-1].T_frame_child
    assert np.hypot(*apart[:2, 3]) < 4 * np.sqrt(wheel[-1].pose_covariance.trace())
    assert all((np.diag(s.pose_covariance) > 0).all() for s in [*wheel, *truth])


def test_the_same_seed_gives_the_same_bytes(bag, tmp_path):
    again = tmp_path / 'drive'
    assert main(['simulate', '-o', str(again), *SMALL]) == 0
    assert digests(again) == digests(bag)


def test_count_writes_consecutive_seeds(bag, tmp_path):
    assert main(['simulate', '-o', str(tmp_path / 'many'), '--count', '2', *SMALL]) == 0
    folders = sorted((tmp_path / 'many').iterdir())
    assert [folder.name for folder in folders] == ['seed_0005', 'seed_0006']
    contents = []
    for path in (bag, *folders):
        with Recording(path) as recording:
            contents.append([bytes(record.cdr()) for record in recording.read()])
    assert contents[0] == contents[1]  # the files differ by their names, which stand in them
    assert contents[1] != contents[2]


def test_nothing_is_overwritten_without_force(bag, capsys):
    before = digests(bag)
    assert main(['simulate', '-o', str(bag), *SMALL]) == 1
    assert '--force' in capsys.readouterr().err
    assert digests(bag) == before


def test_bad_settings_are_all_named(tmp_path, capsys):
    bad = ['--duration-s', '-1', '--scene', 'moon', '--rgb-width', '3']
    assert main(['simulate', '-o', str(tmp_path / 'x'), *bad]) == 1
    message = capsys.readouterr().err
    for part in ('duration_s', 'scene', "'moon'", 'rgb_width'):
        assert part in message
    assert not (tmp_path / 'x').exists()


def test_device_that_is_not_there(tmp_path, capsys):
    assert main(['simulate', '-o', str(tmp_path / 'x'), '--device', 'cuda:99', *SMALL]) == 1
    assert "device 'cuda:99'" in capsys.readouterr().err
    assert not (tmp_path / 'x').exists()


@pytest.mark.parametrize(('transport', 'error'), [('png', 0.0), ('jpeg', 6.0)])
def test_compressed_colour(bag, tmp_path, transport, error):
    path = tmp_path / 'drive'
    assert main(['simulate', '-o', str(path), *SMALL, '--rgb-transport', transport]) == 0
    with Recording(path) as recording, Recording(bag) as raw:
        assert [c.image_topic for c in find_cameras(recording)][0] == '/rgb/image_raw/compressed'
        packed = recording.first('/rgb/image_raw/compressed').message
        expected = image_to_array(raw.first('/rgb/image_raw').message).astype(float)
    decoded = decode_camera_image(packed, 'rgb').astype(float)
    assert np.abs(decoded - expected).mean() <= error


def test_process_takes_a_simulated_bag(bag, tmp_path, capsys):
    passthrough = ['--thermal.network', 'passthrough', '--rgb.network', 'passthrough']
    assert main(['process', str(bag), '-o', str(tmp_path / 'out'), *passthrough]) == 0
    with Recording(tmp_path / 'out') as recording:
        assert recording.topics['/thermal/depth/image'].count == 10
        assert recording.topics['/rgb/points'].count == 10


def test_rates_may_differ(tmp_path):
    path = tmp_path / 'drive'
    assert main(['simulate', '-o', str(path), *SMALL, '--rgb-rate-hz', '4']) == 0
    with Recording(path) as recording:
        assert recording.topics['/rgb/image_raw'].count == 4
        times = [record.time_ns for record in recording.read()]
    assert times == sorted(times)


def test_benchmark_prints_frames_per_second(capsys):
    assert main(['simulate', '--benchmark', '1', *SMALL]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(('street', 'winding', 'yard')) for line in lines) == 6
    assert 'frames/s' in lines[-1]


def test_output_is_required(capsys):
    with pytest.raises(SystemExit):
        main(['simulate'])
    assert '--output' in capsys.readouterr().err


def test_interrupted_drive_can_be_read_as_far_as_it_went(tmp_path):
    drive = Drive(SimulationConfig(seed=5, scene='yard', duration_s=1.0, rgb_rate_hz=10.0))
    done = []
    written = write_drive(
        drive,
        tmp_path / 'drive',
        advance=lambda: done.append(1),
        stopped=lambda: len(done) >= 6,
    )
    assert sum(written.frames.values()) == 6
    with Recording(tmp_path / 'drive') as recording:
        assert recording.problems == ()
        assert 2 <= recording.topics['/rgb/image_raw'].count <= 3
