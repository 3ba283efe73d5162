# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The Fast DDS profile is found, offered, and never forced."""

import shutil
import xml.etree.ElementTree as ElementTree
from collections import namedtuple

import pytest

from thermal_depth_ros.nodes import transport

_Usage = namedtuple('_Usage', 'total used free')
GIB = 2**30


@pytest.fixture
def shared_memory(monkeypatch):
    def set_free(free: int) -> None:
        monkeypatch.setattr(shutil, 'disk_usage', lambda path: _Usage(free, 0, free))

    set_free(8 * GIB)
    return set_free


def test_both_names_are_set(shared_memory, repository):
    environment: dict[str, str] = {}
    path = transport.prepare(environment)
    assert path == str(repository / 'config' / 'fastdds.xml')
    assert environment == dict.fromkeys(transport.PROFILE_VARIABLES, path)


@pytest.mark.parametrize('name', [*transport.PROFILE_VARIABLES, 'FASTDDS_BUILTIN_TRANSPORTS'])
def test_what_the_user_has_set_stays(shared_memory, name):
    environment = {name: '/mine.xml'}
    assert transport.prepare(environment) is None
    assert environment == {name: '/mine.xml'}


def test_little_shared_memory_keeps_small_segments(shared_memory):
    shared_memory(64 * 2**20)
    environment: dict[str, str] = {}
    assert transport.prepare(environment) is None and environment == {}


def test_the_segment_holds_several_clouds(repository):
    root = ElementTree.parse(repository / 'config' / 'fastdds.xml').getroot()
    sizes = [int(node.text) for node in root.iter() if node.tag.endswith('segment_size')]
    assert sizes and min(sizes) >= 4 * 640 * 512 * 16
    kinds = {node.text for node in root.iter() if node.tag.endswith('}type')}
    assert kinds == {'SHM', 'UDPv4'}
