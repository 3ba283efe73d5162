# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Conversions that go on where they stopped, are shared between processes, or are refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from helpers.data_sets import (
    FRAMES,
    convert,
    messages,
    numbers,
    pose_of,
    refused,
    rgb_of,
    topics,
    write_image,
    write_lines,
)
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.convert import parser
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.datasets.catalog import LAYOUTS
from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.sequence import SequenceData, Stream
from thermal_depth_ros.datasets.streams import (
    camera_name,
    odometry_stream,
    pixels_message,
    read_picture,
    read_points,
)
from thermal_depth_ros.datasets.text_files import table
from thermal_depth_ros.datasets.writing import write_sequence
from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.odometry import odometry_sample


@pytest.fixture(scope='module')
def sequences(tmp_path_factory) -> Path:
    """Write three odometry sequences of KITTI, of images alone."""
    root = tmp_path_factory.mktemp('kitti')
    for number in range(3):
        folder = root / 'sequences' / f'{number:02d}'
        for n in range(3):
            write_image(folder / 'image_2' / f'{n:06d}.png', rgb_of(n))
        write_lines(folder / 'times.txt', [0.0, 0.1, 0.2])
        P = np.array([[20.0, 0, 11, 0], [0, 20, 7, 0], [0, 0, 1, 0]])
        write_lines(folder / 'calib.txt', [f'P2: {numbers(P)}'])
    return root


def test_what_is_there_is_left_as_it_is(sequences, tmp_path, capsys):
    convert('kitti', sequences, '-o', tmp_path, '--sequences', 'odometry_01')
    before = (tmp_path / 'odometry_01' / 'recording.mcap').stat().st_mtime_ns
    (tmp_path / '.odometry_00.unfinished').mkdir()  # as a killed process leaves it
    capsys.readouterr()
    convert('kitti', sequences, '-o', tmp_path)
    assert 'odometry_01: there already' in capsys.readouterr().out
    assert (tmp_path / 'odometry_01' / 'recording.mcap').stat().st_mtime_ns == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        'odometry_00',
        'odometry_01',
        'odometry_02',
    ]
    convert('kitti', sequences, '-o', tmp_path, '--force')
    assert (tmp_path / 'odometry_01' / 'recording.mcap').stat().st_mtime_ns != before


def test_other_settings_are_not_taken_for_the_same(sequences, tmp_path, capsys):
    convert('kitti', sequences, '-o', tmp_path)
    text = refused(capsys, 'kitti', sequences, '-o', tmp_path, '--images', 'raw')
    assert "odometry_00: was converted otherwise (images 'files' then, 'raw' now); --force" in text
    convert('kitti', sequences, '-o', tmp_path, '--images', 'raw', '--force')
    assert topics(tmp_path / 'odometry_00')['/rgb/image_raw'] == 3
    (image, *_) = messages(tmp_path / 'odometry_00', '/rgb/image_raw')
    assert (image.data.reshape(16, 24, 3)[..., ::-1] == rgb_of(0)).all()


def test_a_folder_that_is_no_conversion_is_not_touched(sequences, tmp_path, capsys):
    write_lines(tmp_path / 'odometry_00' / 'thesis.txt', ['of three years'])
    for options in ([], ['--force']):
        convert('kitti', sequences, '-o', tmp_path, *options, code=1)
        assert 'odometry_00' in capsys.readouterr().err
        assert (tmp_path / 'odometry_00' / 'thesis.txt').exists()
        shutil.rmtree(tmp_path / 'odometry_01')


def test_processes_share_the_sequences(sequences, tmp_path, monkeypatch):
    monkeypatch.setenv('WORLD_SIZE', '2')
    monkeypatch.setenv('RANK', '1')
    convert('kitti', sequences, '-o', tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['odometry_01']
    monkeypatch.setenv('RANK', '0')
    convert('kitti', sequences, '-o', tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_one_sequence_that_cannot_be_read_does_not_stop_the_others(sequences, tmp_path, capsys):
    damaged = tmp_path / 'kitti'
    shutil.copytree(sequences, damaged)
    (damaged / 'sequences' / '01' / 'times.txt').write_text('0.0\n0.1\n')
    text = refused(capsys, 'kitti', damaged, '-o', tmp_path / 'out')
    assert 'odometry_01: not converted: ' in text
    assert 'times.txt: no time in line 3, that of frame 2; it has 2 lines' in text
    names = sorted(path.name for path in (tmp_path / 'out').iterdir())
    assert names == ['odometry_00', 'odometry_02']


def images(count: int) -> Stream:
    name = camera_name(contract.RGB, 'any', True)

    def build(index: int, stamp_ns: int):
        return pixels_message(rgb_of(index), 'rgb8', 'files', stamp_ns, name.frame_id)

    stamps = 10**18 + 10**8 * np.arange(count)
    return Stream('/rgb/image_raw/compressed', contract.COMPRESSED_IMAGE, stamps, build)


def test_a_stopped_sequence_leaves_nothing(tmp_path):
    asked = iter([False, False, True])
    data = SequenceData([images(5)])
    assert write_sequence(data, tmp_path / 'a', {}, stopped=lambda: next(asked)) is None
    assert not list(tmp_path.iterdir())


def test_images_that_are_encoded_keep_their_colours(tmp_path):
    write_sequence(SequenceData([images(2)]), tmp_path / 'a', {'layout': 'test'})
    (image, _) = messages(tmp_path / 'a', '/rgb/image_raw/compressed')
    decoded = decode_compressed(image)
    assert (decoded.encoding, decoded.array[..., ::-1].tolist()) == ('bgr8', rgb_of(0).tolist())


def test_a_recording_without_an_image_is_refused(tmp_path):
    def damaged(index: int, stamp_ns: int):
        raise DatasetError(f'{index}.png: damaged')

    broken = Stream('/rgb/image_raw', contract.IMAGE, np.arange(1, 3), damaged)
    with pytest.raises(DatasetError, match=r'no image of /rgb/image_raw can be read: 0\.png'):
        write_sequence(SequenceData([broken]), tmp_path / 'a', {})
    assert not list(tmp_path.iterdir())


def test_the_twist_of_poses_is_that_of_their_motion(tmp_path):
    stamps = 10**18 + 10**8 * np.arange(FRAMES)
    T = np.stack([np.eye(4)] * FRAMES)
    T[:, 0, 3] = 0.25 * np.arange(FRAMES)  # in 0.1 s
    stream = odometry_stream('/ground_truth/odometry', 'base_link', stamps, T)
    write_sequence(SequenceData([images(FRAMES), stream]), tmp_path / 'a', {})
    for message in messages(tmp_path / 'a', '/ground_truth/odometry'):
        assert np.allclose(odometry_sample(message).twist_child, [2.5, 0, 0, 0, 0, 0])


def test_a_full_disk_leaves_nothing_behind(tmp_path, no_room):
    data = SequenceData([images(5)])
    with no_room(), pytest.raises((BagError, OSError), match='cannot be'):
        write_sequence(data, tmp_path / 'a', {})
    assert not list(tmp_path.iterdir())


def test_the_layout_that_a_folder_has_is_said(sequences, tmp_path, capsys):
    text = refused(capsys, 'boreas', sequences, '-o', tmp_path)
    assert 'no sequence of Boreas in it; expected boreas-<date>/camera and calib' in text
    assert text.rstrip().endswith('it holds sequences; it looks like kitti')
    text = refused(capsys, 'kitti', tmp_path / 'nowhere', '-o', tmp_path)
    assert text.rstrip().endswith('nowhere: no such folder')


def test_a_command_given_a_data_set_says_how_to_convert_it(sequences, tmp_path, capsys):
    for command in ('evaluate', 'process'):
        assert main([command, str(sequences), '-o', str(tmp_path / 'out')]) == 1
        text = capsys.readouterr().err
        assert 'no recording in this folder' in text
        assert text.endswith('; it looks like kitti: thermal-depth convert kitti makes one\n')


def test_an_interrupted_command_says_so(sequences, tmp_path, monkeypatch):
    monkeypatch.setattr(StopRequest, 'asked', property(lambda self: True))
    convert('kitti', sequences, '-o', tmp_path / 'out', code=130)
    assert not (tmp_path / 'out').exists()


def test_columns_of_a_table_may_be_empty(tmp_path):
    (tmp_path / 'ins.csv').write_text('time,status,zone\n1,,30U\n2,GOOD,30U\n')
    assert table(tmp_path / 'ins.csv', 3, 'poses') == [['1', '', '30U'], ['2', 'GOOD', '30U']]
    with pytest.raises(DatasetError, match=r'ins\.csv: row 2 has 3 columns, not 4'):
        table(tmp_path / 'ins.csv', 4, 'poses')


def test_what_is_no_file_or_too_large_is_not_read(tmp_path):
    for path in (Path('/dev/zero'), tmp_path, tmp_path / 'none.bin'):
        for read in (read_picture, lambda path: read_points(path, 4)):
            with pytest.raises(DatasetError, match='no such file'):
                read(path)
    with (tmp_path / 'large.bin').open('wb') as file:
        file.truncate(1 << 30)  # takes no room
    with pytest.raises(DatasetError, match=r'large\.bin: 1073741824 bytes; an image or sweep has'):
        read_points(tmp_path / 'large.bin', 4)


def test_every_layout_has_a_command_and_a_page(repository, capsys):
    page = (repository / 'docs' / 'datasets.md').read_text()
    for name in LAYOUTS:
        with pytest.raises(SystemExit, match='0'):
            parser().parse_args([name, '--help'])
        assert '--sequences' in capsys.readouterr().out
        assert f'`{name}`' in page


def test_poses_of_a_curve_differ():
    """Of the helpers: a shift by one frame is another motion."""
    steps = [np.linalg.inv(pose_of(n)) @ pose_of(n + 1) for n in range(FRAMES)]
    assert np.abs(steps[0] - steps[1]).max() > 1e-2
