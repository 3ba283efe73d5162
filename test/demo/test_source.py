# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.demo.source import DemoError, attribution_of, demo_folder, find_source
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.stamps import clock_message


def test_the_shipped_pair_is_the_default(repository):
    source = find_source(None)
    assert source.path == repository / 'demo' / 'recording'
    assert source.kinds == ('thermal', 'rgb')
    assert source.duration_s == pytest.approx(24.5)
    assert all(camera.compressed and camera.info_topic for camera in source.cameras)
    assert [source.licence for source in source.attribution] == ['CC BY 4.0', 'MIT']


def test_one_camera_needs_one_node(repository):
    source = find_source(repository / 'demo' / 'recording_lepton')
    assert source.kinds == ('thermal',)
    assert source.cameras[0].info_topic is None
    assert [source.licence for source in source.attribution] == ['Apache-2.0']


def test_a_recording_without_cameras_says_what_it_has(tmp_path):
    with RecordingWriter(tmp_path / 'bag') as writer:
        writer.write('/clock', 'rosgraph_msgs/msg/Clock', clock_message(bag_types(), 5), 5)
    with pytest.raises(DemoError, match='no camera in it; its topics are: /clock'):
        find_source(tmp_path / 'bag')
    assert attribution_of(tmp_path / 'bag') == ()


def test_only_the_cameras_that_are_asked_for_are_played(repository):
    whole, lepton = (repository / 'demo' / name for name in ('recording', 'recording_lepton'))
    assert find_source(whole, ['rgb']).kinds == ('rgb',)
    with pytest.raises(DemoError, match='recording_lepton: no rgb camera in it; its topics are:'):
        find_source(lepton, ['rgb'])


def test_a_missing_recording_is_named(tmp_path):
    with pytest.raises(BagError, match='nowhere'):
        find_source(tmp_path / 'nowhere')


def test_the_installed_recording_is_found(tmp_path, monkeypatch, repository):
    installed = tmp_path / 'prefix' / 'share' / 'thermal_depth_ros' / 'demo'
    (installed / 'recording').mkdir(parents=True)
    module = tmp_path / 'lib' / 'thermal_depth_ros' / 'demo' / 'source.py'
    monkeypatch.setattr('thermal_depth_ros.demo.source.__file__', str(module))
    monkeypatch.setenv('AMENT_PREFIX_PATH', '/elsewhere')
    with pytest.raises(DemoError, match='--recording'):
        demo_folder()
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'/elsewhere:{tmp_path / "prefix"}')
    assert demo_folder() == installed


@pytest.mark.parametrize('content', ['a: [', '- a list', 'mine: [{title: no more}]', '\xff'])
def test_a_damaged_list_of_sources_is_named(tmp_path, content):
    (tmp_path / 'attribution.yaml').write_bytes(content.encode('latin-1'))
    with pytest.raises(DemoError, match=r'attribution\.yaml'):
        attribution_of(tmp_path / 'mine')
