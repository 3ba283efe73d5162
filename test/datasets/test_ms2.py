# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A miniature of MS2, and calibrations that are no arrays."""

import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from helpers.data_sets import (
    FRAMES,
    Truth,
    check_truth,
    convert,
    depth_of,
    messages,
    numbers,
    pose_of,
    refused,
    rgb_of,
    thermal_of,
    topics,
    write_depth,
    write_image,
    write_lines,
)
from helpers.miniatures import converted, miniature
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.pickled_arrays import read_arrays
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.compressed import decode_compressed

SEQUENCE = '_2021-08-06-10-59-33'
K = {'thr': np.diag([20.0, 20, 1]), 'rgb': np.diag([25.0, 26, 1]), 'nir': np.diag([24.0, 24, 1])}
NIR_TO_THERMAL = rigid.exponential(np.array([0.1, -0.02, 0.03, 0.01, 0.02, -0.03]))
NIR_TO_RGB = rigid.exponential(np.array([-0.2, 0.01, 0.0, 0.0, -0.02, 0.01]))


def calibration() -> dict:
    values = {f'K_{name}L': matrix + [[0, 0, 11.5], [0, 0, 7.5], [0, 0, 0]]
              for name, matrix in K.items()}  # fmt: skip
    for name, T in (('nir2thr', NIR_TO_THERMAL), ('nir2rgb', NIR_TO_RGB)):
        values |= {f'R_{name}': T[:3, :3], f'T_{name}': T[:3, 3:] * 1000}  # mm
    return values


def write_ms2(root: Path) -> dict[str, Truth]:
    """Write one sequence, and lists of which the last line has no end."""
    folder = root / 'sync_data' / SEQUENCE
    truths = {'thermal': Truth(), 'rgb': Truth()}
    for n in range(FRAMES):
        for sensor, kind, array in (
            ('thr', 'thermal', thermal_of(n)),
            ('rgb', 'rgb', rgb_of(n)),
        ):
            write_image(folder / sensor / 'img_left' / f'{n:06d}.png', array)
            depth = depth_of(n + (kind == 'rgb'))
            maps = root / 'proj_depth' / SEQUENCE / sensor / 'depth_filtered'
            write_depth(maps / f'{n:06d}.png', depth)
            T = pose_of(n) if kind == 'thermal' else pose_of(n) @ NIR_TO_RGB
            rows = [numbers(row) for row in T]
            write_lines(root / 'odom' / SEQUENCE / sensor / f'{n:06d}.txt', rows)
            truths[kind].depth_m.append(depth)
            truths[kind].T_world_camera.append(T)
    np.save(folder / 'calib.npy', calibration(), allow_pickle=True)
    (root / 'train_list.txt').write_text(f'{SEQUENCE}\n_2021-08-13-22-36-41')
    (root / 'test_day_list.txt').write_text(SEQUENCE)
    return truths


ms2 = miniature(write_ms2)


recording = converted('ms2', 'ms2', SEQUENCE, '--split', 'test_day')


@pytest.mark.parametrize('kind', ['thermal', 'rgb'])
def test_truth_has_no_error(ms2, recording, tmp_path, kind):
    check_truth(recording, kind, ms2[1][kind], tmp_path)


def test_counts_keep_16_bits_and_cameras_their_mounts(recording):
    assert topics(recording)['/thermal/image_raw/compressed'] == FRAMES
    image = decode_compressed(messages(recording, '/thermal/image_raw/compressed')[1])
    assert (image.encoding, image.array.dtype) == ('mono16', np.uint16)
    assert (image.array == thermal_of(1)).all()
    with Recording(recording) as opened:
        tree = RecordedTransforms(opened).of('/rgb/image_raw/compressed')
        T_rgb_thermal = tree.lookup('rgb_optical_frame', 'thermal_optical_frame')
    assert np.allclose(T_rgb_thermal, NIR_TO_RGB @ np.linalg.inv(NIR_TO_THERMAL))


def test_lists_name_what_is_not_there(ms2, tmp_path, capsys):
    options = ['ms2', ms2[0], '-o', tmp_path, '--split', 'train']
    text = refused(capsys, *options)
    assert '1 of 2 sequences are not there: _2021-08-13-22-36-41' in text
    convert(*options, '--partial', '--sensors', 'thr')
    assert [name for name in topics(tmp_path / SEQUENCE) if 'rgb' in name] == []


def test_times_are_those_of_a_file_where_there_is_one(tmp_path):
    write_ms2(tmp_path / 'ms2')
    folder = tmp_path / 'ms2' / 'sync_data' / SEQUENCE
    write_lines(folder / 'thr' / 'timestamps.txt', [1628215173.5 + 0.2 * n for n in range(FRAMES)])
    convert('ms2', tmp_path / 'ms2', '-o', tmp_path, '--sensors', 'thr')
    last = messages(tmp_path / SEQUENCE, '/thermal/image_raw/compressed')[-1].header.stamp
    assert (last.sec, last.nanosec) == (1628215174, 500_000_000)


class Command:
    """What unpickling must not run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_runs_nothing(tmp_path):
    for number, content in enumerate(({'K_thrL': Command(tmp_path / 'run')}, Command)):
        path = tmp_path / f'calib{number}.npy'
        np.save(path, np.array(content, dtype=object), allow_pickle=True)
        with pytest.raises(DatasetError, match=r'calib\d\.npy: .* is no part of an array'):
            read_arrays(path, 'the calibration')
    assert not (tmp_path / 'run').exists()


def test_what_is_no_dictionary_of_arrays(tmp_path):
    path = tmp_path / 'calib.npy'
    for content in (np.eye(3), np.array(['a'], object), np.array([1, 2], object)):
        np.save(path, content, allow_pickle=True)
        with pytest.raises(DatasetError, match=r'calib\.npy'):
            read_arrays(path, 'the calibration')
    np.save(path, np.array({'K': 'a text'}, object), allow_pickle=True)
    whole = path.read_bytes()
    with pytest.raises(DatasetError, match='could not convert string'):
        read_arrays(path, 'the calibration')
    for cut in (b'', whole[:20], whole[:-9]):
        path.write_bytes(cut)
        with pytest.raises(DatasetError, match=r'calib\.npy'):
            read_arrays(path, 'the calibration')


def test_arrays_of_any_numpy_are_read(tmp_path):
    """Before numpy 2 they were pickled by the name of numpy.core; old protocols have no bytes."""
    array = np.array(calibration(), object)
    for number, core in enumerate((b'numpy.core', b'numpy._core')):
        path = tmp_path / f'calib{number}.npy'
        with path.open('wb') as file:
            header = {'descr': '|O', 'fortran_order': False, 'shape': ()}
            np.lib.format.write_array_header_1_0(file, header)
            data = pickle.dumps(array, protocol=2)
            assert re.search(rb'numpy\._?core\.multiarray\n', data)
            file.write(re.sub(rb'numpy\._?core(?=\.multiarray\n)', core, data))
        found = read_arrays(path, 'the calibration')
        assert all(np.array_equal(found[key], value) for key, value in calibration().items())
