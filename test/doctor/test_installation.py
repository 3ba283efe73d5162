# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the doctor says about the machine, and about what is missing on it."""

import importlib

import pytest

from thermal_depth_ros.doctor import installation
from thermal_depth_ros.doctor.finding import State


@pytest.fixture
def missing(monkeypatch):
    """Make the import of chosen modules fail."""
    real = importlib.import_module

    def hide(*names):
        def import_module(name, package=None):
            if name.split('.')[0] in names:
                raise ImportError(f'No module named {name!r}')
            return real(name, package)

        monkeypatch.setattr(installation.importlib, 'import_module', import_module)

    return hide


def test_the_machine_is_described():
    found = {f.name: f for f in installation.machine()}
    assert found['Python'].state is State.OK
    assert 'GB free' in found['disk'].text
    assert int(found['CPU threads'].text.split()[0]) >= 1


def test_a_full_disk_is_a_warning(monkeypatch):
    monkeypatch.setattr(
        installation.shutil, 'disk_usage', lambda path: type('Usage', (), {'free': 2e8})()
    )
    found = {f.name: f for f in installation.machine()}
    assert found['disk'].state is State.WARN
    assert found['disk'].text.startswith('0.2 GB')


def test_an_old_python_fails(monkeypatch):
    monkeypatch.setattr(installation, 'OLDEST_PYTHON', (99, 0))
    found = {f.name: f for f in installation.machine()}
    assert found['Python'].state is State.FAIL


def test_a_missing_package_fails_with_its_name_and_what_to_do(missing):
    missing('rosbags')
    found = {f.name: f for f in installation.packages()}
    assert found['rosbags'].state is State.FAIL
    assert 'rosbags' in found['rosbags'].text
    assert 'make setup' in found['rosbags'].advice
    assert found['numpy'].state is State.OK


def test_missing_message_packages_are_named(missing):
    missing('vision_msgs', 'tf2_msgs')
    (finding,) = installation.message_packages()
    assert finding.state is State.FAIL
    assert 'vision_msgs' in finding.text
    assert 'tf2_msgs' in finding.text
    assert 'sensor_msgs' not in finding.text


def test_without_rclpy_the_doctor_says_so_and_continues(monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'rclpy', None)
    (finding,) = installation.ros()
    assert finding.name == 'rclpy'
    assert finding.state is State.WARN
    assert 'the nodes need it' in finding.advice
