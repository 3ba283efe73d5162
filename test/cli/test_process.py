# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`process` on small recordings: every frame, the same bytes, and a word about what is wrong.

The networks are replaced by the pass-through, except where it matters that they are there.
"""

import hashlib
import json
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.cli.main import run
from thermal_depth_ros.inference.passthrough import PassthroughPipeline
from thermal_depth_ros.messages.bag_types import bag_typestore
from thermal_depth_ros.messages.camera_info import camera_from_info

STORE = bag_typestore()
TYPES = STORE.types
START_NS = 1_700_000_000_000_000_000
STEP_NS = 100_000_000
DELAY_NS = 7_000_000  # the recorder hears of a frame after it was taken
THERMAL_SIZE, RGB_SIZE = (24, 32), (30, 40)
PASSTHROUGH = ['--thermal.network', 'passthrough', '--rgb.network', 'passthrough']


def main(arguments):
    return run('process', arguments)


def header(stamp_ns: int, frame_id: str):
    time_message = TYPES['builtin_interfaces/msg/Time'](
        sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9
    )
    return TYPES['std_msgs/msg/Header'](stamp=time_message, frame_id=frame_id)


def image(stamp_ns: int, kind: str, index: int):
    rng = np.random.default_rng(index)
    if kind == 'thermal':
        (height, width), encoding, channels = THERMAL_SIZE, 'mono16', 2
    else:
        (height, width), encoding, channels = RGB_SIZE, 'bgr8', 3
    return TYPES[contract.IMAGE](
        header=header(stamp_ns, f'{kind}_optical_frame'),
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=0,
        step=width * channels,
        data=rng.integers(0, 255, height * width * channels, dtype=np.uint8),
    )


def info(stamp_ns: int, kind: str):
    height, width = THERMAL_SIZE if kind == 'thermal' else RGB_SIZE
    k = np.array([30.0, 0, width / 2, 0, 30.0, height / 2, 0, 0, 1])
    p = np.insert(k, [3, 6, 9], 0.0)
    roi = TYPES['sensor_msgs/msg/RegionOfInterest'](
        x_offset=0, y_offset=0, height=0, width=0, do_rectify=False
    )
    return TYPES[contract.CAMERA_INFO](
        header=header(stamp_ns, f'{kind}_optical_frame'),
        height=height,
        width=width,
        distortion_model='plumb_bob',
        d=np.zeros(5),
        k=k,
        r=np.eye(3).ravel(),
        p=p,
        binning_x=0,
        binning_y=0,
        roi=roi,
    )


def mounted(kind: str, rotation=(-0.5, 0.5, -0.5, 0.5)):
    x, y, z, w = rotation
    transform = TYPES['geometry_msgs/msg/Transform'](
        translation=TYPES['geometry_msgs/msg/Vector3'](x=1.0, y=0.0, z=0.5),
        rotation=TYPES['geometry_msgs/msg/Quaternion'](x=x, y=y, z=z, w=w),
    )
    return TYPES['geometry_msgs/msg/TransformStamped'](
        header=header(START_NS, 'base_link'),
        child_frame_id=f'{kind}_optical_frame',
        transform=transform,
    )


def record(
    path: Path, count: int = 5, kinds=('thermal', 'rgb'), spoil=None, tf='/tf_static'
) -> Path:
    """Write a drive with both cameras; `spoil(message, index)` may damage thermal images."""
    with RecordingWriter(path) as writer:
        transforms = TYPES[contract.TF_MESSAGE](transforms=[mounted(kind) for kind in kinds])
        for moment in range(1 if tf.endswith('static') else 3):
            at = START_NS + moment * STEP_NS
            writer.write(tf, contract.TF_MESSAGE, transforms, at, latched=tf.endswith('static'))
        for index in range(count):
            stamp = START_NS + index * STEP_NS
            for kind in kinds:
                message = image(stamp, kind, index)
                if spoil and kind == 'thermal':
                    spoil(message, index)
                at = stamp + DELAY_NS
                # The image comes before its camera_info, as it may on the network.
                writer.write(f'/{kind}/image_raw', contract.IMAGE, message, at)
                writer.write(f'/{kind}/camera_info', contract.CAMERA_INFO, info(stamp, kind), at)
    return path


def digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_every_frame_gives_every_output_with_its_own_stamp(tmp_path):
    bag = record(tmp_path / 'in')
    assert main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH]) == 0
    with Recording(tmp_path / 'out') as recording:
        counts = {name: info.count for name, info in recording.topics.items()}
        for record_ in recording.read():
            if record_.topic not in ('/tf_static', '/tf'):
                stamp = record_.message.header.stamp
                assert record_.time_ns == stamp.sec * 10**9 + stamp.nanosec
        assert recording.problems == ()
        latched = {name for name, info in recording.topics.items() if info.latched}
    expected = {
        output.topic if output.topic.startswith('/') else f'/{output.topic}': 5
        for outputs in contract.OUTPUTS.values()
        for output in outputs.values()
    }
    expected['/rgb/semantic/label_info'] = 1
    expected['/tf_static'] = 1
    assert counts == expected
    assert latched == {'/rgb/semantic/label_info', '/tf_static'}


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


def test_outputs_are_what_the_contract_says(tmp_path):
    bag = record(tmp_path / 'in', 2)
    main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH])
    with Recording(tmp_path / 'out') as recording:
        depth = recording.first('/thermal/depth/image').message
        cloud = recording.first('/rgb/points').message
        odometry = recording.first('/odometry').message
        types = {name: info.type for name, info in recording.topics.items()}
    assert depth.encoding == '32FC1'
    assert (depth.height, depth.width) == THERMAL_SIZE
    assert depth.header.frame_id == 'thermal_optical_frame'
    assert np.all(depth.data.view(np.float32) == 10.0)
    assert (cloud.height, cloud.width) == RGB_SIZE
    assert (odometry.header.frame_id, odometry.child_frame_id) == ('odom', 'base_link')
    for outputs in contract.OUTPUTS.values():
        for output in outputs.values():
            assert types['/' + output.topic.lstrip('/')] == output.type


@pytest.mark.parametrize('network', ['passthrough', 'bundle'])
def test_output_is_identical_from_run_to_run(
    tmp_path, network, tiny_thermal_bundle, tiny_rgb_bundle, capsys
):
    bag = record(tmp_path / 'in', 3)
    arguments = [str(bag), '--thermal.network', network, '--rgb.network', network]
    arguments += ['--thermal.bundle', str(tiny_thermal_bundle), '--thermal.device', 'cpu']
    arguments += ['--rgb.bundle', str(tiny_rgb_bundle), '--rgb.device', 'cpu']
    for name in ('a', 'b'):
        assert main([*arguments, '-o', str(tmp_path / name)]) == 0
    first, second = digest(tmp_path / 'a'), digest(tmp_path / 'b')
    assert first == second
    assert set(first) == {'recording.mcap', 'metadata.yaml'}
    if network == 'bundle':
        assert 'untrained' in capsys.readouterr().out
        with Recording(tmp_path / 'a') as recording:
            depth = recording.first('/thermal/depth/image').message.data.view(np.float32)
        assert np.unique(depth).size > 1  # the network ran


def test_compressed_and_plain_output_hold_the_same_messages(tmp_path):
    bag = record(tmp_path / 'in', 2)
    found = []
    for compression in ('none', 'zstd'):
        out = tmp_path / compression
        main([str(bag), '-o', str(out), '--compression', compression, *PASSTHROUGH])
        with Recording(out) as recording:
            found.append([(r.topic, r.time_ns, bytes(r.data)) for r in recording.read()])
    assert found[0] == found[1]


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


def test_bad_frames_are_counted_by_reason_and_the_rest_goes_on(tmp_path, capsys):
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


def test_only_the_chosen_outputs_are_written(tmp_path):
    bag = record(tmp_path / 'in', 2)
    main(
        [str(bag), '-o', str(tmp_path / 'out'), '--topics', 'odometry', 'rgb/points', *PASSTHROUGH]
    )
    with Recording(tmp_path / 'out') as recording:
        assert set(recording.topics) == {'/odometry', '/rgb/points', '/tf_static'}


def test_unknown_output_is_refused_with_the_list(tmp_path, capsys):
    bag = record(tmp_path / 'in', 1)
    assert main([str(bag), '-o', str(tmp_path / 'out'), '--topics', 'dept', *PASSTHROUGH]) == 1
    error = capsys.readouterr().err
    assert error.startswith('error: --topics: no output dept; there are ')
    assert 'rgb/semantic/image' in error and len(error.splitlines()) == 1


def test_input_is_carried_along_unchanged(tmp_path):
    bag = record(tmp_path / 'in', 2)
    main([str(bag), '-o', str(tmp_path / 'out'), '--copy-input', *PASSTHROUGH])
    with Recording(bag) as before, Recording(tmp_path / 'out') as after:
        theirs = [(r.topic, r.time_ns, bytes(r.data)) for r in before.read()]
        ours = [
            (r.topic, r.time_ns, bytes(r.data)) for r in after.read() if r.topic in before.topics
        ]
    assert sorted(ours) == sorted(theirs)


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


def test_messages_of_another_serialisation_are_said_to_be_not_supported(tmp_path, capsys):
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


@pytest.mark.parametrize(
    ('tf', 'options'),
    [('/tf', []), ('/robot1/tf_static', []), ('/mounts', ['--tf-topics', 'mounts'])],
)
def test_mounts_are_found_where_robots_record_them(tmp_path, tf, options):
    plain = record(tmp_path / 'plain', 3)
    other = record(tmp_path / 'other', 3, tf=tf)
    found = []
    for bag, more in ((plain, []), (other, options)):
        out = tmp_path / f'{bag.name}_out'
        assert main([str(bag), '-o', str(out), *more, *PASSTHROUGH]) == 0
        with Recording(out) as recording:
            found.append([bytes(r.data) for r in recording.read(['/odometry', '/tf'])])
            if not tf.startswith('/robot1'):  # whose topic is carried along as it is
                frames = RecordedTransforms(recording, ['/tf_static']).of('/thermal/depth/image')
                assert frames.lookup('base_link', 'thermal_optical_frame')[0, 3] == 1.0
    assert found[0] == found[1]
    assert len(found[0]) == 6


def test_settings_come_from_file_and_command_line(tmp_path, capsys):
    bag = record(tmp_path / 'in', 1)
    params = tmp_path / 'params.yaml'
    params.write_text(
        '/**:\n  ros__parameters: {network: passthrough, autostart: false}\n'
        '/car/thermal:\n  ros__parameters: {max_depth_m: 5.0, odom_frame: start}\n'
    )
    assert main([str(bag), '-o', str(tmp_path / 'a'), '--params-file', str(params)]) == 0
    with Recording(tmp_path / 'a') as recording:
        thermal = recording.first('/thermal/depth/image').message.data.view(np.float32)
        rgb = recording.first('/rgb/depth/image').message.data.view(np.float32)
        assert recording.first('/odometry').message.header.frame_id == 'start'
    assert np.all(thermal == np.inf)  # the pass-through says 10 m, beyond 5 m is too far
    assert np.all(rgb == 10.0)
    arguments = ['--params-file', str(params), '--thermal.max-depth-m', '20']
    main([str(bag), '-o', str(tmp_path / 'b'), *arguments])
    with Recording(tmp_path / 'b') as recording:
        thermal = recording.first('/thermal/depth/image').message.data.view(np.float32)
    assert np.all(thermal == 10.0)
    capsys.readouterr()
    assert main([str(bag), '-o', str(tmp_path / 'c'), '--thermal.max-depth-m', 'nan']) == 1
    assert 'max_depth_m: nan is not finite' in capsys.readouterr().err


def test_cameras_and_camera_info_can_be_named(tmp_path, capsys):
    bag = tmp_path / 'in'
    with RecordingWriter(bag) as writer:
        writer.write('/a/b', contract.IMAGE, image(START_NS, 'thermal', 0), START_NS)
        writer.write('/other', contract.CAMERA_INFO, info(START_NS, 'thermal'), START_NS)
        writer.write('/rgb/image_raw', contract.IMAGE, image(START_NS, 'rgb', 0), START_NS)
    out = tmp_path / 'out'
    arguments = ['--thermal', '/a/b', '--thermal-info', '/other', '--assume-forward']
    assert main([str(bag), '-o', str(out), *arguments, *PASSTHROUGH]) == 0
    with Recording(out) as recording:
        assert '/a/b/thermal/points' in recording.topics
        assert '/a/b/odometry' in recording.topics
        assert not any('rgb' in topic for topic in recording.topics)
    capsys.readouterr()
    assert main([str(bag), '-o', str(tmp_path / 'x'), '--rgb', '/nope', *PASSTHROUGH]) == 1
    assert 'no topic /nope' in capsys.readouterr().err


def test_outputs_that_cannot_be_made_say_why(tmp_path, capsys):
    bag = tmp_path / 'in'
    with RecordingWriter(bag) as writer:
        for index in range(3):
            stamp = START_NS + index * STEP_NS
            writer.write('/thermal/image_raw', contract.IMAGE, image(stamp, 'thermal', 0), stamp)
    assert main([str(bag), '-o', str(tmp_path / 'out'), *PASSTHROUGH]) == 0
    text = capsys.readouterr().out
    assert '3 frames without points, camera_info: no camera_info' in text  # one line for one reason
    assert '3 frames without odometry, tf: ' in text
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


def test_a_camera_info_of_the_whole_image_is_cropped_with_it(tmp_path):
    bag = record(tmp_path / 'in', 2, ('thermal',))
    crop = ['--thermal.crop-top', '4', '--thermal.crop-right', '2']
    assert main([str(bag), '-o', str(tmp_path / 'out'), *crop, *PASSTHROUGH]) == 0
    with Recording(bag) as recording:
        before = camera_from_info(recording.first('/thermal/camera_info').message)
    with Recording(tmp_path / 'out') as recording:
        depth = recording.first('/thermal/depth/image').message
        after = camera_from_info(recording.first('/thermal/depth/camera_info').message)
    assert (depth.height, depth.width) == (20, 30)
    assert after == before.cropped(0, 4, 30, 20)


def test_a_crop_that_leaves_nothing_is_named(tmp_path, capsys):
    bag = record(tmp_path / 'in', 2, ('thermal',))
    arguments = ['--thermal.crop-top', '24', *PASSTHROUGH]
    assert main([str(bag), '-o', str(tmp_path / 'out'), *arguments]) == 1
    assert 'nothing is left of an image of 32x24 (crop_top: 24' in capsys.readouterr().out


def test_only_one_camera_moves_the_base(tmp_path):
    """A frame has one parent: two cameras must not both publish odom -> base_link."""
    bag = tmp_path / 'in'
    with RecordingWriter(bag) as writer:
        for side in ('left', 'right'):
            topic = f'/{side}/thermal'
            message = image(START_NS, 'thermal', 0)
            writer.write(f'{topic}/image_raw', contract.IMAGE, message, START_NS)
            writer.write(
                f'{topic}/camera_info', contract.CAMERA_INFO, info(START_NS, 'thermal'), START_NS
            )
    main([str(bag), '-o', str(tmp_path / 'out'), '--assume-forward', *PASSTHROUGH])
    with Recording(tmp_path / 'out') as recording:
        assert recording.topics['/left/odometry'].count == 1
        assert recording.topics['/right/odometry'].count == 1
        assert recording.topics['/tf'].count == 1


@pytest.mark.parametrize(
    ('name', 'frames'),
    [
        ('aerial_thermal8', {'/thermal/depth/image': 159}),
        (
            'driving_lidar',
            {f'/{side}/rgb/depth/image': 3 for side in ('front', 'front_left', 'front_right')},
        ),
        (
            'driving_thermal16',
            {
                f'/{side}/{kind}/depth/image': 2
                for side in ('left', 'right')
                for kind in ('rgb', 'thermal')
            },
        ),
        ('handheld_rgbd', {'/rgb/depth/image': 240}),
        ('lepton_thermal16.bag', {'/thermal/depth/image': 100}),
    ],
)
def test_every_frame_of_the_real_recordings_comes_out(tmp_path, shared_data, name, frames):
    out = tmp_path / 'out'
    arguments = [str(shared_data / name), '-o', str(out), *PASSTHROUGH]
    assert main([*arguments, '--topics', 'depth']) == 0
    with Recording(out) as recording:
        counts = {topic: info.count for topic, info in recording.topics.items()}
    assert {topic: counts.pop(topic, 0) for topic in frames} == frames
    assert set(counts) <= {'/tf_static'}


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


def test_output_is_not_overwritten_without_a_word(tmp_path, capsys):
    bag = record(tmp_path / 'in', 1)
    out = ['-o', str(tmp_path / 'out'), *PASSTHROUGH]
    assert main([str(bag), *out]) == 0
    before = digest(tmp_path / 'out')
    assert main([str(bag), *out]) == 1
    assert '--force' in capsys.readouterr().err
    assert digest(tmp_path / 'out') == before
    assert main([str(bag), *out, '--force']) == 0
    assert main([str(bag), '-o', str(bag), '--force', *PASSTHROUGH]) == 1
    assert 'is read from there' in capsys.readouterr().err
    assert bag.exists()


def test_missing_bundle_is_one_line(tmp_path, capsys):
    bag = record(tmp_path / 'in', 1)
    assert main([str(bag), '-o', str(tmp_path / 'out'), '--thermal.bundle', 'no_such']) == 1
    error = capsys.readouterr().err
    assert 'no_such' in error and len(error.splitlines()) == 1
    assert not (tmp_path / 'out').exists()


def test_interrupted_run_closes_its_file_and_says_how_far_it_came(tmp_path):
    bag = record(tmp_path / 'in', 4000)
    out = tmp_path / 'out'
    command = [sys.executable, '-m', 'thermal_depth_ros.cli.process', str(bag), '-o', str(out)]
    process = subprocess.Popen([*command, *PASSTHROUGH], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    written, some_frames = out / 'recording.mcap', 1 << 16  # bytes; a frame's outputs are smaller
    while not written.exists() or written.stat().st_size < some_frames:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert 'interrupted' in text
    with Recording(out) as recording:
        assert 0 < recording.topics['/thermal/depth/image'].count < 4000
        assert len(list(recording.read())) > 0
        assert recording.problems == ()


def test_help_names_every_setting_with_its_default(capsys):
    with pytest.raises(SystemExit) as caught:
        main(['--help'])
    assert caught.value.code == 0
    text = ' '.join(capsys.readouterr().out.split())
    assert '--thermal.max-depth-m' in text and '--rgb.sky-is-far' in text
    assert 'anything farther is reported as +Inf (0.1 to 10000) [80.0]' in text
