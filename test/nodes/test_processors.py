# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A node takes half of the processors it may use, unless it is told otherwise."""

import os

import pytest

from thermal_depth_ros.nodes.processors import share


@pytest.mark.parametrize(('usable', 'taken'), [(1, '1'), (2, '1'), (3, '1'), (8, '4')])
def test_half_of_the_processors_and_at_least_one(monkeypatch, usable, taken):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda pid: set(range(usable)))
    environment: dict[str, str] = {}
    share(environment)
    assert environment == {'OMP_NUM_THREADS': taken}


def test_the_choice_of_the_user_is_kept():
    environment = {'OMP_NUM_THREADS': '7'}
    share(environment)
    assert environment == {'OMP_NUM_THREADS': '7'}
