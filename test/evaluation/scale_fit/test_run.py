# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`fit-scale` on a drive with known depth, from every source."""

import dataclasses
import re
from pathlib import Path

import pytest

from helpers import known_scale
from helpers.known_scale import FACTOR, IMAGES, SCALE, SHIFT
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base.contract import POINT_CLOUD
from thermal_depth_ros.bundles import Scale, load_bundle, read_spec, save_bundle
from thermal_depth_ros.cli.fit_scale import main
from thermal_depth_ros.cli.main import run
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud

BEFORE = ['--frames', '25', '--thermal', IMAGES]


def fit(bundle, bag, *options: str, code: int = 0):
    """Run the command and return the description of the bundle afterwards."""
    arguments = [str(bundle), '--bags', str(bag), *BEFORE, *options]
    assert run('fit-scale', arguments) == code
    return read_spec(bundle)


def subset(drive, path: Path, leave_out=()) -> Path:
    """Copy a drive without some topics."""
    with Recording(drive.path) as recording, RecordingWriter(path) as writer:
        for record in recording.read([t for t in recording.topics if t not in leave_out]):
            writer.copy(record)
    return path


def near(found, scale, shift, slack=0.0) -> None:
    """Compare with the truth by the stated errors; a drive of tiny images has little parallax."""
    assert abs(found.scale - scale) < 4 * found.scale_error + slack * scale
    assert abs(found.shift - shift) < 4 * found.shift_error + slack * scale
    assert found.scale_error < (0.6 if found.source == 'parallax' else 0.15) * scale


@pytest.mark.parametrize('source', ['depth', 'parallax', 'ground'])
def test_scale_and_shift_are_found(source, relative_bundle, known_drive, known_networks, capsys):
    more = ['--camera-height-m', str(known_drive.T_base_camera[2, 3])] if source == 'ground' else []
    spec = fit(relative_bundle, known_drive.path, '--source', source, *more)
    found = spec.scale_fit
    near(found, SCALE, SHIFT, slack=0.02)
    assert spec.scale.metric and spec.scale.factor == 1.0 and not spec.relative
    assert spec.architecture['output_scale'] == found.scale
    assert spec.architecture['output_shift'] == found.shift
    assert found.source == source and found.recordings == (str(known_drive.path),)
    assert 5 <= found.frames <= known_networks[0].frames <= 26
    said = capsys.readouterr().out
    assert (
        'depth_m = 1 / (' in said
        and f'{found.frames} frames' in said
        and 'street' in str(spec.scale.source)
    )
    assert 'a constant depth has' in said
    assert source == 'parallax' or 'warning' not in said  # triangulated depth is rough here
    assert ('a fixed map has' in said) == (source != 'ground')  # the ground is a fixed map


@pytest.mark.parametrize('source', ['depth', 'motion', 'parallax', 'ground'])
def test_scale_alone_is_found(source, scaled_bundle, known_drive, known_networks):
    more = ['--camera-height-m', str(known_drive.T_base_camera[2, 3])] if source == 'ground' else []
    spec = fit(scaled_bundle, known_drive.path, '--source', source, *more)
    found = spec.scale_fit
    near(found, 1 / FACTOR, 0.0, slack=0.03)
    assert found.shift == found.shift_error == 0.0
    assert spec.scale.factor == pytest.approx(1 / found.scale) and spec.scale.metric
    assert spec.architecture == read_spec(scaled_bundle).architecture


def test_points_of_a_lidar_tell_both(relative_bundle, known_drive, known_networks, tmp_path):
    bag = tmp_path / 'bag'
    with Recording(known_drive.path) as recording, RecordingWriter(bag) as writer:
        frame = recording.frame_of(IMAGES)
        rays = CameraRays(camera_from_info(recording.first('/thermal/camera_info').message))
        for record in recording.read([IMAGES, '/thermal/camera_info', '/tf_static']):
            writer.copy(record)
            if record.topic == IMAGES:
                depth_m = known_drive.depth_m[record.stamp_ns]
                cloud = depth_cloud(bag_types(), depth_m, rays, record.stamp_ns, frame, 4)
                writer.write('/lidar/points', POINT_CLOUD, cloud, record.time_ns)
    found = fit(relative_bundle, bag).scale_fit
    assert (found.source, found.topics) == ('lidar', ('/lidar/points',))
    near(found, SCALE, SHIFT, slack=0.02)


def test_wheel_tells_the_scale(scaled_bundle, known_drive, known_networks, tmp_path):
    bag = subset(
        known_drive, tmp_path / 'bag', ['/ground_truth/odometry', '/ground_truth/thermal/depth']
    )
    spec = fit(scaled_bundle, bag)
    assert (spec.scale_fit.source, spec.scale_fit.topics) == ('motion', ('/wheel/odometry',))
    near(spec.scale_fit, 1 / FACTOR, 0.0, slack=0.03)


def test_the_tilt_is_seen_by_a_network_up_to_scale(
    scaled_bundle, known_drive, known_networks, tmp_path
):
    bag = subset(known_drive, tmp_path / 'bag', ['/tf_static'])
    height = str(known_drive.T_base_camera[2, 3])
    spec = fit(scaled_bundle, bag, '--source', 'ground', '--camera-height-m', height)
    near(spec.scale_fit, 1 / FACTOR, 0.0, slack=0.03)


def test_the_tilt_is_needed_for_the_shift(
    relative_bundle, known_drive, known_networks, tmp_path, capsys
):
    bag = subset(known_drive, tmp_path / 'bag', ['/tf_static'])
    fit(relative_bundle, bag, '--source', 'ground', '--camera-height-m', '1.5', code=1)
    assert 'the tilt of the camera is needed for the shift' in capsys.readouterr().err
    fit(relative_bundle, bag, '--source', 'motion', code=1)
    assert 'motion does not tell the shift' in capsys.readouterr().err


def test_a_new_bundle_leaves_the_old_one(relative_bundle, known_drive, known_networks, tmp_path):
    before = (relative_bundle / 'bundle.yaml').read_bytes()
    fit(relative_bundle, known_drive.path, '-o', str(tmp_path / 'new'))
    assert (relative_bundle / 'bundle.yaml').read_bytes() == before
    assert load_bundle(tmp_path / 'new').spec.scale.metric


def test_stored_weights_stay(scaled_bundle, known_drive, known_networks):
    before = (scaled_bundle / 'weights.safetensors').read_bytes()
    fit(scaled_bundle, known_drive.path, '--source', 'depth')
    assert (scaled_bundle / 'weights.safetensors').read_bytes() == before
    load_bundle(scaled_bundle)  # which compares the digest


def test_a_metric_bundle_is_fitted_only_by_force(
    relative_bundle, known_drive, known_networks, capsys
):
    fit(relative_bundle, known_drive.path)
    fit(relative_bundle, known_drive.path, code=1)
    said = capsys.readouterr().err
    assert 'is metric already (fitted to depth images' in said and '--force' in said
    near(fit(relative_bundle, known_drive.path, '--force').scale_fit, SCALE, SHIFT, slack=0.02)


def test_a_recording_that_knows_nothing(
    relative_bundle, known_drive, known_networks, tmp_path, capsys
):
    knows = [t for t in Recording(known_drive.path).topics if t.startswith('/ground_truth')]
    bag = subset(known_drive, tmp_path / 'bag', [*knows, '/wheel/odometry'])
    fit(relative_bundle, bag, code=1)
    said = capsys.readouterr().err
    for part in ('depth images: no topic', 'parallax', 'no odometry', 'no --camera-height-m'):
        assert part in said
    assert not read_spec(relative_bundle).scale.metric


def test_a_standing_robot_has_no_parallax(
    relative_bundle, known_drive, known_networks, tmp_path, capsys
):
    def stop(message):
        message.pose.pose.position.x = message.pose.pose.position.y = 0.0
        return message

    path = tmp_path / 'bag'
    with Recording(known_drive.path) as recording, RecordingWriter(path) as writer:
        for record in recording.read():
            if record.topic == '/wheel/odometry':
                writer.write(record.topic, record.type, stop(record.message), record.time_ns)
            elif not record.topic.startswith('/ground_truth'):
                writer.copy(record)
    fit(relative_bundle, path, '--source', 'parallax', code=1)
    said = capsys.readouterr().err
    # Only turning moves it.
    assert re.search(
        r'no parallax: by /wheel/odometry, the camera moved 0.0\d m in 80 images', said
    )
    assert '0 pixels of 0 frames have a known depth' in said
    assert 'Record a drive past near things: a camera that stands still or only turns' in said


def test_odometry_of_another_clock_has_no_pose_for_any_image(
    relative_bundle, known_drive, known_networks, tmp_path, capsys
):
    path = tmp_path / 'bag'
    with Recording(known_drive.path) as recording, RecordingWriter(path) as writer:
        for record in recording.read():
            if record.topic == '/wheel/odometry':
                message = record.message
                message.header.stamp.sec += 1000
                writer.write(record.topic, record.type, message, record.time_ns)
            elif not record.topic.startswith('/ground_truth'):
                writer.copy(record)
    fit(relative_bundle, path, '--source', 'parallax', code=1)
    said = capsys.readouterr().err
    assert 'no image has both camera_info and a pose of /wheel/odometry at its time' in said


def test_a_translation_has_no_depth(tmp_path, known_drive, tiny_thermal_bundle, capsys):
    spec = dataclasses.replace(
        read_spec(tiny_thermal_bundle),
        kind='translation',
        architecture={'n_blocks': 0, 'width': 4},
        preprocessing={'mode': 'signed'},
        scale=Scale(False, 1.0, 'none'),
    )
    save_bundle(tmp_path / 'translation', spec)
    fit(tmp_path / 'translation', known_drive.path, code=1)
    assert 'a translation bundle gives no depth' in capsys.readouterr().err


def test_random_networks_are_refused_or_poor(relative_bundle, known_drive, capsys):
    """Rows alone tell some of the depth of a street, so that chance may give a positive scale."""
    arguments = [str(relative_bundle), '--bags', str(known_drive.path), '--frames', '12']
    code = run('fit-scale', [*arguments, '--thermal', IMAGES])
    spec, said = read_spec(relative_bundle), capsys.readouterr().err
    if code == 0:
        assert spec.scale_fit.relative_error > 0.3
    else:
        assert any(text in said for text in ('hardly follows', 'negative', 'everywhere', 'pixels'))
        assert not spec.scale.metric


def test_a_rough_network_is_no_better_than_a_fixed_map(
    relative_bundle, known_drive, known_networks, monkeypatch, capsys
):
    monkeypatch.setattr(known_scale, 'NOISE', 0.1)
    fit(relative_bundle, known_drive.path, '--source', 'depth')
    said = ' '.join(capsys.readouterr().out.split())
    assert 'warning: on these recordings the network is no better than a fixed map' in said


def test_options_out_of_range_are_refused(capsys):
    for options in (['--camera-height-m', '0'], ['--frames', '0'], ['--source', 'guess']):
        with pytest.raises(SystemExit):
            main(['bundle', '--bags', 'bag', *options])
    assert 'invalid choice' in capsys.readouterr().err
