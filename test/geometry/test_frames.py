# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The frame tree: chains, siblings, time jumps, loops and missing frames."""

import numpy as np
import pytest

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.frames import FrameError, FrameTree


def _motion(*twist: float) -> np.ndarray:
    return rigid.exponential(np.array(twist))


BASE_MAST = _motion(1, 0, 2, 0, 0, 0.5)
MAST_THERMAL = _motion(0.1, 0, 0, -1.2, 0.3, 0)
BASE_RGB = _motion(0, 0.4, 1, 0, 0.1, 0)


@pytest.fixture
def tree() -> FrameTree:
    tree = FrameTree()
    tree.add('/base_link', 'mast', BASE_MAST, static=True)
    tree.add('mast', 'thermal', MAST_THERMAL, static=True)
    tree.add('base_link', 'rgb', BASE_RGB, static=True)
    tree.add('odom', 'base_link', _motion(5, 5, 0, 0, 0, 1), static=False)
    return tree


def test_chain_down_and_up(tree):
    np.testing.assert_allclose(tree.lookup('base_link', 'thermal'), BASE_MAST @ MAST_THERMAL)
    up = tree.lookup('thermal', '/base_link')
    np.testing.assert_allclose(up @ BASE_MAST @ MAST_THERMAL, np.eye(4), atol=1e-12)


def test_siblings(tree):
    expected = rigid.invert(BASE_RGB) @ BASE_MAST @ MAST_THERMAL
    np.testing.assert_allclose(tree.lookup('rgb', 'thermal'), expected, atol=1e-12)


def test_a_frame_to_itself_needs_no_transform():
    np.testing.assert_array_equal(FrameTree().lookup('camera', 'camera'), np.eye(4))


def test_a_time_jump_forgets_only_what_moves(tree):
    assert tree.lookup('odom', 'rgb').shape == (4, 4)
    tree.forget_moving()
    with pytest.raises(FrameError, match="'odom'"):
        tree.lookup('odom', 'rgb')
    assert tree.lookup('base_link', 'rgb').shape == (4, 4)


def test_missing_frame_names_both_and_what_is_known(tree):
    with pytest.raises(FrameError, match="'base_link' and 'lidar'.*base_link, mast, odom"):
        tree.lookup('base_link', 'lidar')


def test_a_loop_of_transforms_ends():
    tree = FrameTree()
    tree.add('a', 'b', np.eye(4), static=True)
    tree.add('b', 'a', np.eye(4), static=True)
    with pytest.raises(FrameError):
        tree.lookup('a', 'c')
    assert tree.lookup('a', 'b').shape == (4, 4)


@pytest.mark.parametrize(('parent', 'child'), [('', 'a'), ('a', ''), ('a', '/a')])
def test_transforms_that_join_nothing(parent, child):
    with pytest.raises(FrameError):
        FrameTree().add(parent, child, np.eye(4), static=True)


def test_transform_with_nan():
    with pytest.raises(FrameError, match='not finite'):
        FrameTree().add('a', 'b', np.full((4, 4), np.nan), static=True)


def test_ever_new_frames_do_not_fill_the_memory_and_what_is_needed_stays():
    tree = FrameTree(most_frames=100)
    tree.add('base_link', 'mast', BASE_MAST, static=True)
    tree.add('mast', 'thermal', MAST_THERMAL, static=True)
    tree.lookup('base_link', 'thermal')
    tree.add('base_link', 'rgb', BASE_RGB, static=True)  # connected, but not requested
    for number in range(5000):
        tree.add('somewhere', f'static_{number}', np.eye(4), static=True)
        tree.add('somewhere', f'moving_{number}', np.eye(4), static=False)
    assert len(tree) <= 2 * 125
    assert tree.forgotten >= 2 * (5000 - 125)
    np.testing.assert_allclose(tree.lookup('base_link', 'thermal'), BASE_MAST @ MAST_THERMAL)
    np.testing.assert_allclose(tree.lookup('base_link', 'rgb'), BASE_RGB)
    tree.lookup('somewhere', 'static_4999')  # the newest are kept


def test_the_needed_chain_stays_when_everything_is_connected_to_it():
    tree = FrameTree(most_frames=10)
    tree.add('base_link', 'thermal', BASE_MAST, static=True)
    tree.lookup('base_link', 'thermal')
    for number in range(100):
        tree.add('base_link', f'other_{number}', np.eye(4), static=True)
    assert len(tree) <= 12
    np.testing.assert_allclose(tree.lookup('base_link', 'thermal'), BASE_MAST)


def test_names_of_frames_are_escaped_and_bounded():
    tree = FrameTree()
    for number in range(900):
        tree.add('world\n', f'\x1b[31m{number}', np.eye(4), static=True)
    tree.add('mast', 'thermal', np.eye(4), static=True)
    with pytest.raises(FrameError) as error:
        tree.lookup('base\x1b', 'thermal')
    text = str(error.value)
    assert text.isprintable()
    assert 'mast, thermal,' in text, 'frames connected to those asked for come first'
    assert 'more' in text
    assert len(text) < 1000


def test_a_frame_id_of_a_megabyte_is_refused():
    with pytest.raises(FrameError, match='more than 256 characters') as error:
        FrameTree().add('map', 'x' * 1_000_000, np.eye(4), static=False)
    assert len(str(error.value)) < 500


def test_a_frame_beyond_all_measure_is_refused():
    far = np.eye(4)
    far[0, 3] = 1e308  # finite, and not when two of them are added
    with pytest.raises(FrameError, match='farther than 1e'):
        FrameTree().add('map', 'base_link', far, static=False)
