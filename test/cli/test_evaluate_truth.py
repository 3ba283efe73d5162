# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Where `evaluate` takes the truth from, and what it says of truth that it cannot compare."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from helpers.evaluations import (
    FRAMES,
    INPUTS,
    PREDICTED_SHARE,
    TYPES,
    copy_drive,
    fails,
    run,
    true_messages,
    write_predictions,
)
from helpers.rvl import encode_rvl
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.image import array_to_image, image_to_array
from thermal_depth_ros.messages.stamps import stamp_ns

PATH = 'nav_msgs/msg/Path'


def test_no_truth_lists_the_topics(winding_drive, tmp_path, capsys, tiny_thermal_bundle):
    bag = copy_drive(winding_drive, tmp_path / 'bag', INPUTS)
    text = fails([bag, '--bundle', tiny_thermal_bundle], capsys, tmp_path)
    assert 'no ground truth for /thermal/image_raw' in text
    assert '/thermal/camera_info  sensor_msgs/msg/CameraInfo  20 messages' in text
    text = fails([bag, '--bundle', tiny_thermal_bundle, '--depth', '/truth'], capsys, tmp_path)
    assert 'no topic /truth in' in text
    assert '/thermal/image_raw' in text


def test_stamps_that_do_not_match(winding_drive, tmp_path, capsys):
    def shift(topic, message):
        if topic == '/ground_truth/thermal/depth':
            message.header.stamp.sec += 100
        return message

    predictions = write_predictions(tmp_path / 'made', winding_drive)
    topics = [*INPUTS, '/ground_truth/thermal/depth']
    bag = copy_drive(winding_drive, tmp_path / 'bag', topics, shift)
    text = fails([bag, '--predictions', predictions], capsys, tmp_path)
    assert 'none of 20 frames has ground truth at its stamp' in text
    assert '/ground_truth/thermal/depth spans 1700000100.000 s' in text
    assert '--tolerance' in text


def test_images_without_a_stamp_are_compared_at_their_time_of_recording(
    winding_drive, tmp_path, tiny_thermal_bundle, capsys
):
    def clear(topic, message):
        if topic == '/thermal/image_raw':
            message.header.stamp.sec = message.header.stamp.nanosec = 0
        return message

    bag = copy_drive(winding_drive, tmp_path / 'bag', change=clear)
    options = ['--bundle', tiny_thermal_bundle, '--thermal.device', 'cpu']
    wanted = run([winding_drive, *options], tmp_path / 'wanted')
    said = '/thermal/image_raw: messages with stamps of 0: their time of recording is taken'
    assert said not in capsys.readouterr().out
    found = run([bag, *options], tmp_path / 'found')
    assert found['cameras'] == wanted['cameras']
    assert found['cameras']['thermal']['pose']['score']['snippets'] == FRAMES - 4
    assert capsys.readouterr().out.count(said) == 1


def test_frames_without_a_truth_are_not_run(winding_drive, tmp_path, tiny_thermal_bundle):
    kept = iter(range(FRAMES))

    def thin(topic, message):
        return message if topic != '/ground_truth/thermal/depth' or next(kept) % 4 == 0 else None

    bag = copy_drive(
        winding_drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/thermal/depth'], thin
    )
    found = run([bag, '--bundle', tiny_thermal_bundle], tmp_path / 'out')
    thermal = found['cameras']['thermal']
    assert (thermal['frames'], thermal['depth']['images']) == (5, 5)
    assert thermal['without_truth'] == {'any': 15}
    assert any('15 frames without ground truth were skipped' in note for note in found['notes'])


def test_true_maps_of_the_whole_image_are_cropped_with_it(winding_drive, tmp_path):
    """Predictions of cropped images, as process writes them with the same options."""
    predictions = write_predictions(
        tmp_path / 'predictions', winding_drive, warp=lambda depth, n: depth[4:, 3:-2]
    )
    crops = ['--thermal.crop-top', '4', '--thermal.crop-left', '3', '--thermal.crop-right', '2']
    crops += ['--rgb.crop-top', '4', '--rgb.crop-left', '3', '--rgb.crop-right', '2']
    only_depth = ['--labels', 'none', '--predictions', predictions]
    metrics = run([winding_drive, *only_depth, *crops], tmp_path / 'out')
    for kind in ('thermal', 'rgb'):
        assert metrics['cameras'][kind]['depth']['scaled']['abs_rel'] < 1e-5
        assert metrics['cameras'][kind]['depth']['median_ratio'] == pytest.approx(
            1 / PREDICTED_SHARE
        )


def compressed_depth(drive: Path, path: Path, codec: str, encode, topics=()) -> Path:
    """Copy a drive whose true depth is compressedDepth of millimetres."""
    config_header = struct.pack('<iff', 0, 0.0, 0.0)
    truth = '/ground_truth/thermal/depth'
    with Recording(drive) as recording, RecordingWriter(path) as writer:
        for record in recording.read([*INPUTS, truth, *topics]):
            if record.topic != truth:
                writer.copy(record)
                continue
            depth_m = image_to_array(record.message)
            mm = np.where(np.isfinite(depth_m) & (depth_m < 65), depth_m * 1000, 0)
            made = TYPES.message_class(contract.COMPRESSED_IMAGE)(
                header=record.message.header,
                format=f'16UC1; compressedDepth {codec}',
                data=np.frombuffer(config_header + encode(mm.astype(np.uint16)), np.uint8),
            )
            topic = f'{truth}/compressedDepth'
            writer.write(topic, contract.COMPRESSED_IMAGE, made, record.time_ns)
    return path


def test_true_depth_in_rvl(winding_drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    bag = compressed_depth(winding_drive, tmp_path / 'bag', 'rvl', encode_rvl)
    found = run([bag, '--predictions', predictions], tmp_path / 'out')
    depth = found['cameras']['thermal']['depth']
    assert depth['images'] == FRAMES
    assert depth['scaled']['abs_rel'] < 1e-3  # millimetres
    assert depth['median_ratio'] == pytest.approx(2.0, rel=1e-3)


def test_truth_that_is_not_supported_fails_despite_other_truth(winding_drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    bag = compressed_depth(
        winding_drive, tmp_path / 'bag', 'h265', encode_rvl, ['/ground_truth/odometry']
    )
    found = run([bag, '--predictions', predictions], tmp_path / 'out', code=1)
    assert found['cameras']['thermal']['depth'] is None
    assert found['cameras']['thermal']['pose']['score']['snippets'] == FRAMES - 4
    (problem,) = found['problems']
    assert problem.startswith('depth: /ground_truth/thermal/depth/compressedDepth: none of 20 mess')
    assert 'not supported' in problem and 'damaged' not in problem
    text = capsys.readouterr().out
    assert 'damaged' not in text
    assert text.index(problem) < text.index('snippets of 5 frames')
    assert text.count(problem) == 1


def test_truth_that_is_not_supported_alone(winding_drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    bag = compressed_depth(winding_drive, tmp_path / 'bag', 'h265', encode_rvl)
    text = fails([bag, '--predictions', predictions], capsys, tmp_path)
    assert 'nothing can be compared: ' in text and 'not supported' in text
    assert 'damaged' not in text


def test_classes_and_motion_that_cannot_be_read_fail_as_well(winding_drive, tmp_path, capsys):
    def spoil(topic, message):
        if topic == '/ground_truth/rgb/labels':
            colours = np.zeros((message.height, message.width, 3), np.uint8)
            stamp = stamp_ns(message.header)
            return array_to_image(TYPES, colours, 'rgb8', stamp, message.header.frame_id)
        if topic == '/ground_truth/odometry':
            for axis in 'xyzw':
                setattr(message.pose.pose.orientation, axis, 0.0)
        return message

    predictions = write_predictions(tmp_path / 'made', winding_drive)
    bag = copy_drive(winding_drive, tmp_path / 'bag', None, spoil)
    found = run([bag, '--predictions', predictions], tmp_path / 'out', code=1)
    motion, classes = found['problems']
    assert 'motion: /ground_truth/odometry: no pose can be read: ' in motion
    assert 'not a rotation' in motion
    assert 'classes: /ground_truth/rgb/labels: none of 20 messages can be read: ' in classes
    assert 'not supported: class ids are one channel of integers' in classes
    assert 'damaged' not in capsys.readouterr().out
    assert found['cameras']['rgb']['depth']['images'] == FRAMES


def test_truth_of_a_type_that_is_not_read_is_an_error(winding_drive, tmp_path):
    def path(message):
        pose_type, path_type = (
            TYPES.message_class(name) for name in ('geometry_msgs/msg/PoseStamped', PATH)
        )
        pose = pose_type(header=message.header, pose=message.pose.pose)
        return path_type(header=message.header, poses=[pose])

    made = tmp_path / 'bag'
    with Recording(winding_drive) as recording, RecordingWriter(made) as writer:
        for record in recording.read([*INPUTS, '/ground_truth/thermal/depth']):
            writer.copy(record)
        for record in recording.read(['/ground_truth/odometry']):
            message = path(record.message)
            writer.write('/ground_truth/path', PATH, message, record.time_ns)
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    found = run([made, '--predictions', predictions], tmp_path / 'out', code=1)
    assert found['cameras']['thermal']['depth']['images'] == 20
    (problem,) = found['problems']
    assert problem.startswith(
        'motion: /ground_truth/path is a nav_msgs/msg/Path, which is not supported; nav_msgs/msg/Od'
    )
    given = [made, '--predictions', predictions, '--odometry', 'none']
    assert run(given, tmp_path / 'out2', code=0)['problems'] == []


def test_depth_in_millimetres_is_told_its_range(winding_drive, tmp_path):
    def millimetres(topic, message):
        if topic == '/ground_truth/thermal/depth':
            array = np.full_like(image_to_array(message), 2500.0)
            array[0, 0] = 80000.0
            frame = message.header.frame_id
            return array_to_image(TYPES, array, '32FC1', stamp_ns(message.header), frame)
        return message

    predictions = write_predictions(tmp_path / 'made', winding_drive)
    topics = [*INPUTS, '/ground_truth/thermal/depth']
    bag = copy_drive(winding_drive, tmp_path / 'bag', topics, millimetres)
    found = run([bag, '--predictions', predictions], tmp_path / 'out', code=1)
    assert found['problems'] == [
        'depth: no image had a valid ground-truth pixel (20 images; its values are 2500 to 80000, '
        'and those from 0.001 to 80 m count)'
    ]


def test_all_sky(winding_drive, tmp_path, capsys):
    def sky(topic, message):
        if topic == '/ground_truth/thermal/depth':
            array = np.full_like(image_to_array(message), np.inf)
            frame = message.header.frame_id
            return array_to_image(TYPES, array, '32FC1', stamp_ns(message.header), frame)
        return message

    predictions = write_predictions(tmp_path / 'made', winding_drive)
    bag = copy_drive(winding_drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/thermal/depth'], sky)
    found = run([bag, '--predictions', predictions], tmp_path / 'out', code=1)
    assert found['cameras']['thermal']['depth'] is None
    assert found['problems'] == ['depth: no image had a valid ground-truth pixel (20 images)']
    assert 'problem: depth' in capsys.readouterr().out


def test_depth_of_another_view(winding_drive, tmp_path, capsys):
    def crop(topic, message):
        if topic == '/ground_truth/thermal/depth':
            array = np.ascontiguousarray(image_to_array(message)[:40])
            frame = message.header.frame_id
            return array_to_image(TYPES, array, '32FC1', stamp_ns(message.header), frame)
        return message

    predictions = write_predictions(tmp_path / 'made', winding_drive)
    bag = copy_drive(
        winding_drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/thermal/depth'], crop
    )
    text = fails([bag, '--predictions', predictions], capsys, tmp_path)
    assert (
        '/ground_truth/thermal/depth: true depth of 80x40 pixels does not have the aspect ratio of'
        in text
    )


def label_folder(drive: Path, folder: Path, name=lambda i, stamp: f'{i:03d}', change=None) -> Path:
    folder.mkdir()
    for index, message in enumerate(true_messages(drive, '/ground_truth/rgb/labels')):
        array = image_to_array(message)
        array = array if change is None else change(array)
        cv2.imwrite(str(folder / f'{name(index, stamp_ns(message.header))}.png'), array)
    return folder


@pytest.mark.parametrize('name', [lambda i, stamp: f'{i:03d}', lambda i, stamp: str(stamp)])
def test_labels_in_a_folder(winding_drive, tmp_path, name):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    folder = label_folder(winding_drive, tmp_path / 'labels', name)
    options = ['--labels', folder, '--rgb', '/rgb/image_raw']
    found = run([winding_drive, '--predictions', predictions, *options], tmp_path / 'out')
    assert found['cameras']['rgb']['segmentation']['miou'] == 1.0
    assert found['recordings'][0]['truth']['classes'] == str(folder)


def test_labels_of_another_size(winding_drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    folder = label_folder(winding_drive, tmp_path / 'labels', change=lambda array: array[:50])
    options = ['--labels', folder, '--rgb', '/rgb/image_raw']
    text = fails([winding_drive, '--predictions', predictions, *options], capsys, tmp_path)
    assert '000.png: labels of 96x50 pixels, but /rgb/image_raw has 96x64' in text


def test_other_label_sets_need_a_map(winding_drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    folder = label_folder(
        winding_drive,
        tmp_path / 'labels',
        change=lambda a: np.where(a == 255, 0, a + 100).astype(np.uint8),
    )
    arguments = [winding_drive, '--predictions', predictions, '--labels', folder, '--depth', 'none']
    arguments += ['--rgb', '/rgb/image_raw']
    text = fails(arguments, capsys, tmp_path)
    assert 'not among the 19 classes of the bundle; --label-map' in text
    path = tmp_path / 'map.yaml'
    path.write_text('100: road\n110: sky\n')
    found = run([*arguments, '--label-map', path, '--classes', 'road', 'sky'], tmp_path / 'out')
    classes = found['cameras']['rgb']['segmentation']
    assert classes['miou'] == 1.0
    assert set(classes['listed']) == {'road', 'sky'}
    text = fails([*arguments, '--label-map', path, '--classes', 'lane'], capsys, tmp_path / 'x')
    assert 'no class lane in the label set; it has road' in text


def test_points_of_a_lidar_are_the_truth(winding_drive, tmp_path):
    """A cloud made of the true depth gives what the depth image gives, where it has points."""
    from thermal_depth_ros.messages.camera_info import camera_from_info
    from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud

    rays = CameraRays(camera_from_info(true_messages(winding_drive, '/thermal/camera_info')[0]))

    bag = tmp_path / 'bag'
    with Recording(winding_drive) as recording, RecordingWriter(bag) as writer:
        for record in recording.read([*INPUTS, '/ground_truth/thermal/depth']):
            if record.topic in INPUTS:
                writer.copy(record)
                continue
            header = record.message.header
            cloud = depth_cloud(
                TYPES, image_to_array(record.message), rays, stamp_ns(header), header.frame_id, 1
            )
            writer.write('/lidar/points', contract.POINT_CLOUD, cloud, record.time_ns)
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    found = run([bag, '--predictions', predictions], tmp_path / 'out')
    assert found['recordings'][0]['truth'] == {'depth': '/lidar/points'}
    depth = found['cameras']['thermal']['depth']
    assert depth['images'] == FRAMES
    # Rounding of the rays moves a few points into a neighbouring pixel.
    assert depth['median_ratio'] == pytest.approx(2.0, rel=0.01)
    assert depth['scaled']['delta1'] > 0.98
