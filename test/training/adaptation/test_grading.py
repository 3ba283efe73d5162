# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Grades of recordings whose flaws are known."""

import numpy as np
import pytest

from helpers import adaptation_bags as bags
from helpers.thermal_bags import write
from thermal_depth_ros.training.adaptation.config import AdaptConfig
from thermal_depth_ros.training.adaptation.errors import AdaptationError
from thermal_depth_ros.training.adaptation.plan import require_parallax
from thermal_depth_ros.training.adaptation.survey import find_material, grade_recordings


@pytest.fixture
def graded(tmp_path, tiny_thermal_bundle):
    """Return the grades of a recording by name, and everything."""

    def grade(contents, **settings):
        path = (str(write(tmp_path / 'bag', contents)),)
        values = {'bundle': str(tiny_thermal_bundle), 'cache_dir': str(tmp_path / 'cache')}
        config = AdaptConfig(**{**values, **settings})
        found, material = grade_recordings(
            path, find_material(path, config), config, lambda *_: None
        )
        return {row.name: row for row in found[0].rows}, found, material

    return grade


def test_a_drive_past_walls_can_be_learned_from(graded):
    rows, found, material = graded(bags.passing_walls(60))
    good = {name for name, row in rows.items() if row.grade == 'good'}
    assert {'frozen or damaged', 'rate', 'exposure', 'contrast', 'parallax', 'odometry'} <= good
    assert rows['images'].grade == 'poor' and 'at least 300' in rows['images'].advice
    require_parallax(found)
    assert found[0].step_m == pytest.approx(bags.STEP_M, rel=1e-3)
    assert material.pose_topic == '/odom' and material.depth_topic


@pytest.mark.parametrize('contents', [bags.standing(), bags.turning()], ids=['still', 'turning'])
def test_without_parallax_it_is_refused(graded, contents):
    rows, found, _ = graded(contents)
    assert rows['parallax'].grade == 'poor' and 'only turns' in rows['parallax'].advice
    with pytest.raises(AdaptationError, match=r'no parallax: .* px are needed.*Record a drive'):
        require_parallax(found)


def test_frozen_images_are_named(graded):
    rows, _, _ = graded(bags.frozen())
    assert rows['frozen or damaged'].grade == 'poor'
    assert '18 frozen' in rows['frozen or damaged'].found
    assert 'repeats images' in rows['frozen or damaged'].advice


def test_overexposed_images_are_named(graded):
    rows, _, _ = graded(bags.overexposed())
    assert rows['exposure'].grade == 'poor' and 'exposure' in rows['exposure'].advice


def test_a_gap_is_named(graded):
    contents = bags.passing_walls(40)
    late = [(t + 3.0 * (t > 2.0), *rest) for t, *rest in contents.images]
    contents.images[:] = late
    rows, _, _ = graded(contents, pose_topic='none')
    assert rows['rate'].grade == 'poor' and '1 gaps' in rows['rate'].found


def test_odometry_without_mounting_is_not_used(graded):
    contents = bags.passing_walls(30)
    contents.child = 'base_link'
    rows, _, material = graded(contents)
    assert rows['odometry'].grade == 'poor' and '/tf_static' in rows['odometry'].advice
    assert material.pose_topic == 'none'
    assert any('images alone do not tell metres' in remark for remark in material.remarks)


def test_odometry_of_another_clock_is_named(graded):
    """The camera turns to and fro; the odometry says so half a second later."""
    count, delay = 60, 5
    headings = 0.1 * np.sin(np.arange(count + delay) * 0.7) + 0.004 * np.arange(count + delay)
    contents = bags.turning(1)
    contents.images[:] = [
        (i * bags.PERIOD_S, bags.turned(headings[i + delay]), 'mono16') for i in range(count)
    ]

    def turned(angle):
        T = np.eye(4)
        T[0, 0] = T[2, 2] = np.cos(angle)
        T[0, 2], T[2, 0] = np.sin(angle), -np.sin(angle)
        return T

    contents.odometry[:] = [(i * bags.PERIOD_S, turned(headings[i]), 0.0) for i in range(count)]
    rows, _, _ = graded(contents)
    assert rows['sync of odometry'].grade == 'poor'
    assert '0.50 s' in rows['sync of odometry'].found
