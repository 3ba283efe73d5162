# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rigid motions as arrays: round trips and the matrix exponential as an independent answer."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from thermal_depth_ros.geometry import rigid

twists = arrays(np.float64, 6, elements=st.floats(-1.7, 1.7))
quaternions = arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(
    lambda q: np.linalg.norm(q) > 1e-3
)


@given(twists)
def test_exponential_is_the_matrix_exponential(twist):
    generator = np.zeros((4, 4))
    generator[:3, :3] = np.cross(np.eye(3), twist[3:])
    generator[:3, 3] = twist[:3]
    expected = torch.linalg.matrix_exp(torch.from_numpy(generator)).numpy()
    np.testing.assert_allclose(rigid.exponential(twist), expected, atol=1e-9)


@given(twists)
def test_logarithm_undoes_the_exponential(twist):
    np.testing.assert_allclose(rigid.logarithm(rigid.exponential(twist)), twist, atol=1e-7)


@given(quaternions)
def test_quaternion_round_trip(q):
    R = rigid.matrix_from_quaternion(q)
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1)
    back = rigid.quaternion_from_matrix(R)
    unit = q / np.linalg.norm(q)
    assert min(np.abs(back - unit).max(), np.abs(back + unit).max()) < 1e-9
    assert back[3] >= 0


def test_quaternion_known_answer():
    half = np.sqrt(0.5)
    quarter_turn_left = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    np.testing.assert_allclose(
        rigid.quaternion_from_matrix(quarter_turn_left), [0, 0, half, half], atol=1e-15
    )


@pytest.mark.parametrize('bad', [[0, 0, 0, 0], [np.nan, 0, 0, 1], [np.inf, 0, 0, 1]])
def test_quaternion_that_is_no_rotation(bad):
    with pytest.raises(ValueError, match='not a rotation'):
        rigid.matrix_from_quaternion(np.array(bad))


def test_inverse():
    T = rigid.exponential(np.array([1, 2, 3, 0.1, -0.2, 0.3]))
    np.testing.assert_allclose(rigid.invert(T) @ T, np.eye(4), atol=1e-12)


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('size', [1e200, 1e-200, 1e12])
def test_quaternion_of_a_size_that_no_sender_means(size):
    with pytest.raises(ValueError, match='not a rotation'):
        rigid.matrix_from_quaternion(np.array([size, 0, 0, size]))
