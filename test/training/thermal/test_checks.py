# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What cannot work is refused from the settings alone: no recording is opened."""

import pytest

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import BundleError
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.training.registry import task_kind

TRAINED = {'bags': ['/no/such/recording'], 'stage1_backbone': 'trained'}


def build(**values):
    return task_kind('thermal').build({**TRAINED, **values})


@pytest.fixture(autouse=True)
def nothing_is_opened(monkeypatch):
    def opened(*args):
        raise AssertionError('a recording was opened')

    monkeypatch.setattr('thermal_depth_ros.samples.opening.open_samples', opened)


@pytest.mark.parametrize('architecture', ['paper', 'small'])
def test_a_random_backbone_is_not_frozen_unless_asked_for(architecture, capsys, tmp_path):
    arguments = ['--bags', 'x', '--architecture', architecture, '--output', str(tmp_path / 'out')]
    assert main(['train', *arguments]) == 1
    said = capsys.readouterr().err
    assert f'the backbone of {architecture} has random weights' in said
    for way_out in ('--start-bundle', '--stage1-backbone trained', '--freeze-random-backbone'):
        assert way_out in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    'values',
    [
        {'stage1_backbone': 'trained'},
        {'freeze_random_backbone': True},
        {'architecture': 'tiny'},
        {'start_bundle': 'x'},
        {'start_bundle': 'x', 'stage1_epochs': 0},
    ],
)
def test_everything_else_is_allowed(values):
    assert task_kind('thermal').build({'bags': ['x'], **values})


def test_an_untrained_bundle_is_not_frozen_either(tiny_thermal_bundle):
    configs = build(stage1_backbone='frozen', start_bundle=str(tiny_thermal_bundle))
    with pytest.raises(SettingsError, match='is untrained, and stage one does not train it'):
        task_kind('thermal').make(configs, lambda *a: None)


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        (
            {'width': 64, 'height': 32, 'batch_size': 4},
            'min_valid_elements: 10000 is not below the 8192 pixels of a batch',
        ),
        (
            {'pose_source': 'odometry', 'pose_topic': 'none'},
            'pose_source: odometry needs the pose of every image, but pose_topic is none',
        ),
        (
            {'comparison_scales': 5, 'width': 64, 'height': 48, 'batch_size': 6},
            'comparison_scales: 5 sizes end at 3 pixels of images of 64x48; 4 are needed',
        ),
        (
            {'velocity_weight': 1.0, 'twist_topic': 'none'},
            'velocity_weight: needs a twist for every image, but twist_topic is none',
        ),
        (
            {'first_frame': 10, 'last_frame': 20},
            'frame_interval: 5 to each side does not fit into the 10 images',
        ),
        (
            {'spacing': 'distance', 'spacing_m': 0.01},
            'min_travel_m: 0.02 is more than the spacing of 0.01 m',
        ),
    ],
)
def test_settings_that_contradict_each_other(values, words):
    with pytest.raises(SettingsError, match=words):
        build(**values)


def test_settings_that_just_fit():
    assert build(width=64, height=32, batch_size=5)
    assert build(first_frame=10, last_frame=21)
    assert build(spacing='distance', spacing_m=0.01, spacing_max_m=0.1)


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--device', 'cuda:77'], "device: 'cuda:77' is not available"),
        (['--architecture', 'nowhere.yaml'], "architecture: 'nowhere.yaml' is neither"),
        (['--start-bundle', 'no_such_bundle'], "bundle 'no_such_bundle': not found"),
    ],
)
def test_machine_and_networks_are_checked_before_recordings(arguments, words, capsys, tmp_path):
    given = ['--bags', 'x', '--stage1-backbone', 'trained', '--output', str(tmp_path / 'out')]
    assert main(['train', *given, *arguments]) == 1
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1


def test_an_architecture_that_no_memory_holds(tmp_path):
    path = tmp_path / 'huge.yaml'
    path.write_text('head_channels: 4096\nhead_widths: [8192, 8192, 8192, 8192]\n')
    with pytest.raises(SettingsError, match='architecture: .*parameters are more than'):
        task_kind('thermal').make(build(architecture=str(path)), lambda *a: None)


def test_bundles_of_another_kind_or_with_a_bad_description(tmp_path, tiny_rgb_bundle):
    with pytest.raises(SettingsError, match='is of kind rgb, not thermal'):
        task_kind('thermal').make(build(start_bundle=str(tiny_rgb_bundle)), lambda *a: None)
    (tmp_path / 'bundle.yaml').write_text('schema: 1\n')
    with pytest.raises(BundleError, match='kind: missing'):
        task_kind('thermal').make(build(start_bundle=str(tmp_path)), lambda *a: None)


@pytest.mark.parametrize('task', ['rgb', 'depth_teacher'])
def test_motion_from_poses_that_are_not_read(task):
    with pytest.raises(SettingsError, match='pose_source: odometry needs the pose'):
        task_kind(task).build({'bags': ['a'], 'pose_source': 'odometry', 'pose_topic': 'none'})
