# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What `process` says about frames, topics and mounts that are wrong, and what it does then."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from helpers.two_camera_bags import (
    DELAY_NS,
    PASSTHROUGH,
    START_NS,
    STEP_NS,
    TYPES,
    header,
    image,
    info,
    mounted,
    record,
)
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.cli.main import run
from thermal_depth_ros.inference.passthrough import PassthroughPipeline


def main(arguments):
    return run('process', arguments)


def freeze(message, index):
    message.header.stamp.sec, message.header.stamp.nanosec = 12, 0


def clear(message, index):
    message.header.stamp.sec, message.header.stamp.nanosec = 0, 0


@pytest.mark.parametrize('spoil', [clear, freeze])
def test_images_without_a_usable_stamp_have_the_time_of_recording_and_their_motion(
    tmp_path, spoil, tiny_thermal_bundle, capsys
):
    def poses(bag: Path, out: Path) -> tuple[list, list]:
        arguments = ['--thermal.bundle', str(tiny_thermal_bundle), '--thermal.device', 'cpu']
        assert main([str(bag), '-o', str(out), *arguments]) == 0
        with Recording(out) as recording:
            stamps = [r.stamp_ns for r in recording.read(['/thermal/depth/image'])]
            found = [r.message for r in recording.read(['/odometry'])]
            assert not recording.notes, 'the output has stamps'
        return stamps, [(m.pose.pose.position, m.pose.covariance[0]) for m in found]

    stamped = record(tmp_path / 'in', kinds=('thermal',))
    stamps, wanted = poses(stamped, tmp_path / 'out')
    said = 'their time of recording is taken'
    assert said not in capsys.readouterr().out
    bare = record(tmp_path / 'bare', kinds=('thermal',), spoil=spoil)
    found_stamps, found = poses(bare, tmp_path / 'bare_out')
    assert capsys.readouterr().out.count(said) == 1
    assert found_stamps == [stamp + DELAY_NS for stamp in stamps]
    assert max(covariance for _, covariance in found[1:]) < 9999, 'tracking'
    assert found == wanted


def test_an_unforeseen_error_leaves_its_stack_once(tmp_path, capsys, monkeypatch):
    def broken(self, *args):
        return {}['missing']

    monkeypatch.setattr(PassthroughPipeline, 'process', broken)
    bag = record(tmp_path / 'in', 6)
    assert main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH]) == 1
    said = capsys.readouterr()
    assert '6 frames dropped: unexpected KeyError' in said.out
    assert "first: /thermal/image_raw: frame dropped: KeyError: 'missing'" in said.out
    assert said.err.count('Traceback (most recent call last)') == 1
    assert said.err.count('in broken\n') == 1


def test_bad_frames_are_counted_by_reason_and_the_rest_continues(tmp_path, capsys):
    def spoil(message, index):
        if index in (1, 2):
            message.encoding = 'what16'
        if index == 3:
            message.data = message.data[:-7]

    bag = record(tmp_path / 'in', 6, spoil=spoil)
    code = main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH])
    assert code == 1
    text = capsys.readouterr().out
    row = next(line for line in text.splitlines() if 'thermal │' in line)
    assert [int(cell) for cell in row.split('│')[3:6]] == [6, 3, 3]
    assert '/thermal/image_raw: 2 frames dropped: ' in text
    assert '/thermal/image_raw: 1 frames dropped: ' in text
    assert 'what16' in text
    with Recording(tmp_path / 'out') as recording:
        assert recording.topics['/thermal/depth/image'].count == 3
        assert recording.topics['/rgb/depth/image'].count == 6


def test_truncated_recording_is_processed_as_far_as_it_goes(tmp_path, capsys):
    bag = record(tmp_path / 'in', 300, kinds=('thermal',))
    file = tmp_path / 'in' / 'recording.mcap'
    cut = tmp_path / 'cut.mcap'
    cut.write_bytes(file.read_bytes()[: int(file.stat().st_size * 0.6)])
    out = tmp_path / 'out'
    assert main([str(cut), '-o', str(out), '--topics', 'depth', *PASSTHROUGH]) == 0
    text = capsys.readouterr().out
    assert 'problem: cut.mcap: ' in text
    with Recording(out) as recording:
        assert 120 < recording.topics['/thermal/depth/image'].count < 300
    del bag


def test_lost_odometry_is_counted_with_its_reasons(tmp_path, capsys, tiny_thermal_bundle):
    def spoil(message, index):
        if index in (2, 3):
            message.data[:] = 7
        if index >= 6:  # 3 s later than the frames before
            message.header.stamp.sec += 3

    bag = record(tmp_path / 'in', 8, kinds=('thermal',), spoil=spoil)
    summary = tmp_path / 'summary.json'
    options = ['--thermal.bundle', str(tiny_thermal_bundle), '--thermal.device', 'cpu']
    arguments = [str(bag), '-o', str(tmp_path / 'out'), *options, '--summary', str(summary)]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    row = next(line for line in text.splitlines() if 'thermal │' in line)
    assert [int(cell) for cell in row.split('│')[3:7]] == [8, 8, 0, 3]
    assert '/thermal/image_raw: odometry lost at 2 frames: constant image' in text
    assert '/thermal/image_raw: odometry lost at 1 frames: gap above odometry_max_gap_s' in text
    assert 'odometry lost: gap of 3.1 s above' in text
    camera = json.loads(summary.read_text())['cameras']['/thermal/image_raw']
    assert camera['odometry_lost'] == {'constant image': 2, 'gap above odometry_max_gap_s': 1}
    assert (camera['frames_in'], camera['frames_out'], camera['dropped']) == (8, 8, {})


def test_what_cannot_be_decoded_and_what_is_not_supported_are_told_apart(tmp_path, capsys):
    plain = record(tmp_path / 'plain', 6, kinds=('thermal',))
    with Recording(plain) as recording, RecordingWriter(tmp_path / 'in') as writer:
        for index, entry in enumerate(recording.read(['/thermal/image_raw'])):
            data = bytes(entry.data)
            writer.copy(entry, data[:20] if index in (1, 3) else data)
    summary = tmp_path / 'summary.json'
    out = ['-o', str(tmp_path / 'out'), '--summary', str(summary)]
    assert main([str(tmp_path / 'in'), *out, *PASSTHROUGH]) == 1
    assert '2 frames dropped: damaged message' in capsys.readouterr().out
    camera = json.loads(summary.read_text())['cameras']['/thermal/image_raw']
    assert camera['dropped'] == {contract.UNDECODABLE: 2}


def test_messages_of_another_serialisation_are_reported_as_not_supported(tmp_path, capsys):
    def text(words: str) -> bytes:
        return struct.pack('<I', len(words)) + words.encode()

    def entry(kind: int, body: bytes) -> bytes:
        return bytes([kind]) + struct.pack('<Q', len(body)) + body

    magic = b'\x89MCAP0\r\n'
    schema = struct.pack('<H', 1) + text('foxglove.RawImage') + text('protobuf')
    channel = struct.pack('<HH', 1, 1) + text('/thermal/image_raw') + text('protobuf')
    parts = [
        entry(1, text('') + text('test')),
        entry(3, schema + struct.pack('<I', 0)),
        entry(4, channel + struct.pack('<I', 0)),
        entry(5, struct.pack('<HIQQ', 1, 0, START_NS, START_NS) + b'\x0a\x02\x08\x01'),
        entry(15, struct.pack('<I', 0)),
        entry(2, struct.pack('<QQI', 0, 0, 0)),
    ]
    bag = tmp_path / 'drive.mcap'
    bag.write_bytes(magic + b''.join(parts) + magic)
    assert main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH]) == 1
    error = capsys.readouterr().err
    assert "foxglove.RawImage  1 messages  (in 'protobuf', which is not supported)" in error


def test_a_topic_with_two_types_is_read_as_the_more_frequent(tmp_path, capsys):
    bag = tmp_path / 'in'
    name = '/thermal/image_raw'
    with RecordingWriter(bag) as writer:
        for index in range(5):
            stamp = START_NS + index * STEP_NS
            if index == 0:  # the driver was started with another setting at first
                message = TYPES[contract.COMPRESSED_IMAGE](
                    header=header(stamp, 'thermal_optical_frame'),
                    format='png',
                    data=np.zeros(4, np.uint8),
                )
                writer.write(name, contract.COMPRESSED_IMAGE, message, stamp)
            writer.write(name, contract.IMAGE, image(stamp, 'thermal', index), stamp)
    assert main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH]) == 0
    text = capsys.readouterr().out
    told = (
        f'{name} has messages of several types: 5 sensor_msgs/msg/Image are taken, '
        '1 sensor_msgs/msg/CompressedImage are left out'
    )
    assert text.count(told) == 1
    with Recording(tmp_path / 'out') as recording:
        assert recording.topics['/thermal/depth/image'].count == 5
    copied = ['--copy-input', '-o', str(tmp_path / 'copied')]
    assert main([str(bag), *copied, *PASSTHROUGH]) == 0
    with Recording(tmp_path / 'copied') as recording:
        assert recording.topics[name].count == 5


def test_outputs_that_cannot_be_made_say_why(tmp_path, capsys):
    bag = tmp_path / 'in'
    with RecordingWriter(bag) as writer:
        for index in range(3):
            stamp = START_NS + index * STEP_NS
            writer.write('/thermal/image_raw', contract.IMAGE, image(stamp, 'thermal', 0), stamp)
    assert main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH]) == 0
    text = capsys.readouterr().out
    every = 'camera_info, odometry, points, tf'
    assert f'3 frames without {every}: no camera_info' in text  # one line for one reason
    with Recording(tmp_path / 'out') as recording:
        assert set(recording.topics) == {
            '/thermal/depth/image',
            '/thermal/depth/confidence',
            '/thermal/depth/colour',
        }


def test_a_camera_in_its_body_frame_is_told_the_remedy_once(tmp_path, capsys):
    """Frames named camera_link: x forward, so that the optical axis would point up."""
    bag = tmp_path / 'in'
    with RecordingWriter(bag) as writer:
        mount = mounted('thermal', rotation=(0.0, 0.0, 0.0, 1.0))
        transforms = TYPES[contract.TF_MESSAGE](transforms=[mount])
        writer.write('/tf_static', contract.TF_MESSAGE, transforms, START_NS, latched=True)
        for index in range(3):
            stamp = START_NS + index * STEP_NS
            writer.write('/thermal/image_raw', contract.IMAGE, image(stamp, 'thermal', 0), stamp)
            writer.write(
                '/thermal/camera_info', contract.CAMERA_INFO, info(stamp, 'thermal'), stamp
            )
    assert main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH]) == 0
    text = capsys.readouterr().out
    assert text.count('base_link -> thermal_optical_frame: the rotation is the identity') == 1
    assert '--roll -1.5708 --pitch 0 --yaw -1.5708' in text
    record(tmp_path / 'right', 2, ('thermal',))
    assert main([str(tmp_path / 'right'), '-o', str(tmp_path / 'out2'), *PASSTHROUGH]) == 0
    assert 'camera mount' not in capsys.readouterr().out


def with_rows_below(message, index):
    """Two rows of telemetry under a picture of 24 rows, as Lepton and Boson append them."""
    message.height += 2
    rows = np.zeros((2, message.width), '<u2')
    rows[:, :5] = index * 1000 + np.arange(5)
    picture = (message.data.view('<u2') // 8 + 28000).astype('<u2').reshape(-1, message.width)
    message.data = np.vstack([picture, rows]).view(np.uint8).ravel()


def test_telemetry_rows_are_named_once_and_left_out_where_asked(tmp_path, capsys):
    bag = record(tmp_path / 'in', 4, ('thermal',), spoil=with_rows_below)
    assert main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH]) == 0
    text = capsys.readouterr().out
    assert text.count('warning: the image has 2 rows more than its camera_info') == 1
    assert 'crop_bottom: 2' in text
    crop = ['--thermal.crop-bottom', '2', '--thermal.crop-left', '3']
    assert main([str(bag), '-o', str(tmp_path / 'fit'), *crop, *PASSTHROUGH]) == 0
    assert 'camera_info' not in capsys.readouterr().out
    with Recording(tmp_path / 'fit') as recording:
        depth = recording.first('/thermal/depth/image').message
        camera = recording.first('/thermal/depth/camera_info').message
        cloud = recording.first('/thermal/points').message
    assert (depth.height, depth.width) == (camera.height, camera.width) == (24, 29)
    assert (cloud.height, cloud.width) == (24, 29)
    # Its camera_info is of the 24 rows already, but of all columns.
    assert (camera.k[2], camera.k[5]) == (16.0 - 3, 12.0)


def test_a_crop_that_leaves_nothing_is_named(tmp_path, capsys):
    bag = record(tmp_path / 'in', 2, ('thermal',))
    arguments = ['--thermal.crop-top', '24', *PASSTHROUGH]
    assert main([str(bag), '-o', str(tmp_path / 'out'), *arguments]) == 1
    assert 'nothing is left of an image of 32x24 (crop_top: 24' in capsys.readouterr().out


def test_recording_without_cameras_lists_its_topics(tmp_path, capsys):
    bag = tmp_path / 'in'
    store = get_typestore(Stores.ROS2_JAZZY)
    with Writer(bag, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection('/notes', 'std_msgs/msg/String', typestore=store)
        text = store.types['std_msgs/msg/String'](data='x')
        writer.write(connection, 1, store.serialize_cdr(text, 'std_msgs/msg/String'))
    assert main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH]) == 1
    error = capsys.readouterr().err
    assert 'no camera in' in error and '/notes  std_msgs/msg/String' in error
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize(
    ('content', 'says'), [(None, 'no such file'), (b'', 'empty'), (b'nonsense', 'not a recording')]
)
def test_unusable_input_is_one_line_and_leaves_nothing(tmp_path, capsys, content, says):
    path = tmp_path / 'in.bag'
    if content is not None:
        path.write_bytes(content)
    assert main([str(path), '-o', str(tmp_path / 'out'), *PASSTHROUGH]) == 1
    error = capsys.readouterr().err
    assert says in error and len(error.splitlines()) == 1
    assert not (tmp_path / 'out').exists()


def test_missing_bundle_is_one_line(tmp_path, capsys):
    bag = record(tmp_path / 'in', 1)
    assert main([str(bag), '-o', str(tmp_path / 'out'), '--thermal.bundle', 'no_such']) == 1
    error = capsys.readouterr().err
    assert 'no_such' in error and len(error.splitlines()) == 1
    assert not (tmp_path / 'out').exists()


def test_a_summary_that_cannot_be_written_is_named_before_the_work(tmp_path, capsys):
    bag, summary = record(tmp_path / 'in', 1), tmp_path / 'nowhere' / 'summary.json'
    given = [str(bag), '-o', str(tmp_path / 'out'), '--summary', str(summary), *PASSTHROUGH]
    assert main(given) == 1
    assert capsys.readouterr().err == f'error: {summary}: cannot be written: no such folder\n'
    assert not (tmp_path / 'out').exists()
