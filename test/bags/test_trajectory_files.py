# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectory files of TUM and KITTI: what is written is read, damage is named by its line."""

import numpy as np
import pytest

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.trajectory_files import (
    is_trajectory_file,
    read_trajectory,
    write_kitti,
    write_tum,
)
from thermal_depth_ros.geometry import rigid

POSES = np.stack(
    [rigid.exponential(np.array([k, 0.1 * k, -2.0, 0.3 * k, 0.1, 1.0])) for k in range(5)]
)
STAMPS = 1_700_000_000_123_456_789 + np.arange(5) * 100_000_001


def test_tum(tmp_path):
    write_tum(tmp_path / 'a.txt', STAMPS, POSES)
    found = read_trajectory(tmp_path / 'a.txt')
    assert found.format == 'tum'
    np.testing.assert_array_equal(found.stamps_ns, STAMPS)
    np.testing.assert_allclose(found.T_world_body, POSES, atol=1e-8)


def test_kitti_with_and_without_times(tmp_path):
    write_kitti(tmp_path / '00.txt', POSES)
    found = read_trajectory(tmp_path / '00.txt')
    assert (found.format, found.stamps_ns) == ('kitti', None)
    np.testing.assert_allclose(found.T_world_body, POSES, atol=1e-8)
    (tmp_path / 'times.txt').write_text('\n'.join(f'{0.1 * k:.6e}' for k in range(5)))
    np.testing.assert_array_equal(
        read_trajectory(tmp_path / '00.txt').stamps_ns, np.arange(5) * 10**8
    )
    (tmp_path / 'times.txt').write_text('0\n1\n')
    with pytest.raises(BagError, match='times.txt: 2 times for 5 poses'):
        read_trajectory(tmp_path / '00.txt')


def test_files_of_others(tmp_path):
    file = tmp_path / 'CameraTrajectory.txt'
    file.write_text('# time x y z\n\n1305031098.6659 1 2 3 0 0 0 2\n1.3050310991e9,1,2,3,0,0,0,1\n')
    found = read_trajectory(file)
    assert found.stamps_ns.tolist() == [1305031098665900000, 1305031099100000000]
    np.testing.assert_array_equal(found.T_world_body[0, :3, 3], [1, 2, 3])
    np.testing.assert_array_equal(found.T_world_body[0, :3, :3], np.eye(3))
    assert is_trajectory_file(file)
    assert not is_trajectory_file(tmp_path) and not is_trajectory_file(tmp_path / 'none.txt')


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('# nothing\n', 'no poses'),
        ('1 2 3\n', '3 numbers in line 1: a trajectory of TUM has 8'),
        ('1 0 0 0 0 0 0 1\n2 0 0 0 0 0 0\n', 'line 2 has 7 numbers, not 8'),
        ('# t\n1 0 0 x 0 0 0 1\n', "line 2: could not convert .*'x'"),
        ('1 0 0 nan 0 0 0 1\n', 'line 1: not all numbers are finite'),
        ('1 0 0 0 0 0 0 0\n', 'line 1: quaternion .* is not a rotation'),
        ('a 0 0 0 0 0 0 1\n', "line 1: 'a' is not a time in seconds"),
        ('1e99 0 0 0 0 0 0 1\n', "line 1: '1e99' is not a time in seconds"),
        ('1 0 0 0 0 2 0 0 0 0 1 0\n', 'line 1: the 3x3 matrix is not a rotation'),
        ('1 0 0 0 0 1 0 0 0 0 -1 0\n', 'line 1: the 3x3 matrix is not a rotation'),
    ],
)
def test_damage_is_named(tmp_path, text, said):
    (tmp_path / 'a.txt').write_text(text)
    with pytest.raises(BagError, match=f'a.txt: {said}'):
        read_trajectory(tmp_path / 'a.txt')
    (tmp_path / 'a.txt').write_bytes(b'\xff\xfe')
    with pytest.raises(BagError, match='a.txt: '):
        read_trajectory(tmp_path / 'a.txt')
