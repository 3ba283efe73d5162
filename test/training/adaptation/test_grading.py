# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Grades of recordings whose flaws are known."""

import dataclasses
import itertools

import numpy as np
import pytest

from helpers import adaptation_bags as bags
from helpers.thermal_bags import write
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bundles import read_spec, save_bundle
from thermal_depth_ros.training.adaptation.config import AdaptConfig
from thermal_depth_ros.training.adaptation.errors import AdaptationError
from thermal_depth_ros.training.adaptation.plan import require_parallax, require_scale
from thermal_depth_ros.training.adaptation.recording_grades import grade_recordings
from thermal_depth_ros.training.adaptation.survey import find_material


@pytest.fixture
def graded(tmp_path, tiny_thermal_bundle):
    """Return the grades of a recording by name, and everything."""

    number = itertools.count()

    def grade(*drives, incomplete=False, **settings):
        path = tuple(str(write(tmp_path / f'bag_{next(number)}', one)) for one in drives)
        values = {'bundle': str(tiny_thermal_bundle), 'cache_dir': str(tmp_path / 'cache')}
        config = AdaptConfig(**{**values, **settings})
        found, material = grade_recordings(
            path, find_material(path, config), config, lambda *_: None, incomplete=incomplete
        )
        return {row.name: row for row in found[0].rows}, found, material

    return grade


def test_a_drive_past_walls_can_be_learned_from(graded):
    rows, found, material = graded(bags.passing_walls(60))
    assert rows['topics'].grade == 'good'
    assert rows['sync of odometry'].found == 'not known: too little turning'
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


def test_without_intrinsics_the_images_are_graded_alone(graded):
    contents = dataclasses.replace(bags.passing_walls(20), k=None)
    with pytest.raises(AdaptationError, match='no CameraInfo belongs to'):
        graded(contents)
    rows, found, _ = graded(contents, incomplete=True)
    assert (rows['topics'].grade, rows['topics'].found) == ('poor', 'missing: camera_info')
    assert '--calibration FILE' in rows['topics'].advice
    unknown = 'not known: camera_info is missing'
    assert rows['parallax'].found == rows['sync of odometry'].found == unknown
    assert rows['images'].found.startswith('20 usable') and rows['contrast'].grade == 'good'
    assert found[0].images == 20


def test_what_only_some_recordings_have_is_named(graded):
    whole = bags.passing_walls(6)
    bare = dataclasses.replace(whole, odometry=[], depth=[])
    blind = dataclasses.replace(whole, images=[])
    with pytest.raises(BagError, match='/odom'):
        graded(whole, bare)
    _, found, material = graded(whole, bare, blind, incomplete=True)
    topics = [{row.name: row for row in one.rows}['topics'] for one in found]
    assert [row.grade for row in topics] == ['good', 'fair', 'poor']
    assert topics[1].found == 'missing: odometry, true depth'
    assert topics[1].advice.startswith('record /odom in every drive; record /ground_truth/')
    assert topics[2].found == 'missing: images' and 'there are /ground' in topics[2].advice
    assert [len(one.rows) > 1 for one in found] == [True, True, False]
    assert material.pose_topic == '/odom'


@pytest.mark.parametrize('settings', [{'pose_topic': '/odmo'}, {'info_topic': '/info'}])
def test_a_topic_that_the_user_named_must_be_there(graded, settings):
    with pytest.raises(BagError, match=f'{[*settings.values()][0]}'):
        graded(bags.passing_walls(4), incomplete=True, **settings)


def test_metres_are_not_learned_from_relative_depth(graded, tmp_path, tiny_thermal_bundle):
    spec = read_spec(tiny_thermal_bundle)
    guess = {'output': 'inverse_depth_relative', 'output_scale': 0.1, 'output_shift': 0.0}
    spec = dataclasses.replace(spec, architecture={**spec.architecture, **guess})
    save_bundle(tmp_path / 'relative', spec)
    relative = {'bundle': str(tmp_path / 'relative')}
    _, _, material = graded(bags.passing_walls(4), **relative)
    command = f'thermal-depth fit-scale {tmp_path / "relative"} --bags'
    with pytest.raises(AdaptationError, match=f'bundle: the depth of .* is relative.*{command}'):
        require_scale(material)
    require_scale(dataclasses.replace(material, pose_topic='none'))
    require_scale(graded(bags.passing_walls(4))[2])


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
