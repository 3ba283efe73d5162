# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.demo.errors import DemoError
from thermal_depth_ros.demo.material import attribution_of, demo_folder, find_material
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.stamps import clock_message


def test_the_shipped_pair_is_the_default(repository):
    material = find_material(None)
    assert material.path == repository / 'demo' / 'recording'
    assert material.kinds == ('thermal', 'rgb')
    assert material.duration_s == pytest.approx(24.5)
    assert all(camera.compressed and camera.info_topic for camera in material.cameras)
    assert [source.licence for source in material.attribution] == ['CC BY 4.0', 'MIT']


def test_one_camera_needs_one_node(repository):
    material = find_material(repository / 'demo' / 'recording_lepton')
    assert material.kinds == ('thermal',)
    assert material.cameras[0].info_topic is None
    assert [source.licence for source in material.attribution] == ['Apache-2.0']


def test_a_recording_without_cameras_says_what_it_has(tmp_path):
    with RecordingWriter(tmp_path / 'bag') as writer:
        writer.write('/clock', 'rosgraph_msgs/msg/Clock', clock_message(bag_types(), 5), 5)
    with pytest.raises(DemoError, match='no camera in it; its topics are: /clock'):
        find_material(tmp_path / 'bag')
    assert attribution_of(tmp_path / 'bag') == ()


def test_only_the_cameras_that_are_asked_for_are_played(repository):
    whole, lepton = (repository / 'demo' / name for name in ('recording', 'recording_lepton'))
    assert find_material(whole, ['rgb']).kinds == ('rgb',)
    with pytest.raises(DemoError, match='recording_lepton: no rgb camera in it; its topics are:'):
        find_material(lepton, ['rgb'])


def test_a_missing_recording_is_named(tmp_path):
    with pytest.raises(BagError, match='nowhere'):
        find_material(tmp_path / 'nowhere')


def test_the_installed_recording_is_found(tmp_path, monkeypatch, repository):
    installed = tmp_path / 'prefix' / 'share' / 'thermal_depth_ros' / 'demo'
    (installed / 'recording').mkdir(parents=True)
    module = tmp_path / 'lib' / 'thermal_depth_ros' / 'demo' / 'material.py'
    monkeypatch.setattr('thermal_depth_ros.demo.material.__file__', str(module))
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
