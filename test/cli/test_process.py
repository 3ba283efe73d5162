# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`process` on small recordings: every frame, every output, and the same bytes.

The networks are replaced by the pass-through, except where it matters that they are there.
"""

import hashlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from helpers.two_camera_bags import (
    PASSTHROUGH,
    RGB_SIZE,
    START_NS,
    THERMAL_SIZE,
    image,
    info,
    record,
)
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.cli.main import run
from thermal_depth_ros.messages.camera_info import camera_from_info


def main(arguments):
    return run('process', arguments)


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


def test_interrupted_run_closes_its_file_and_says_how_far_it_came(tmp_path):
    bag = record(tmp_path / 'in', 4000)
    out = tmp_path / 'out'
    command = [sys.executable, '-m', 'thermal_depth_ros.cli.main', 'process', str(bag)]
    command += ['-o', str(out), *PASSTHROUGH]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
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
