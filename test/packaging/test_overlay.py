# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The generated message packages speak the same wire format as the upstream ones.

The type hash covers every field name and type, so an equal hash is an equal format. It is computed
here by another implementation (rosbags) than the one that generates the packages (rosidl), and for
TFMessage it is the one found in recordings made on real robots.
"""

import json
from pathlib import Path

import pytest
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

TF_MESSAGE_HASH = 'RIHS01_e369d0f05a23ae52508854b66f6aa0437f3449d652e8cbf22d5abe85d020f087'
# vision_msgs 4.1 as published, the fields that this package sends.
UPSTREAM = {
    'vision_msgs/msg/VisionClass': 'uint16 class_id\nstring class_name\n',
    'vision_msgs/msg/LabelInfo': (
        'std_msgs/Header header\nvision_msgs/VisionClass[] class_map\nfloat32 threshold\n'
    ),
}


def store_of(texts: dict[str, str]) -> Typestore:
    store = get_typestore(Stores.ROS2_JAZZY)
    found = {}
    for name, text in texts.items():
        found.update(get_types_from_msg(text, name))
    store.register({name: fields for name, fields in found.items() if name not in store.types})
    return store


@pytest.fixture(scope='module')
def texts(repository: Path) -> dict[str, str]:
    """Return the definitions in overlay/ by type name."""
    paths = sorted((repository / 'overlay').glob('*/msg/*.msg'))
    return {f'{path.parts[-3]}/msg/{path.stem}': path.read_text() for path in paths}


def test_tf_message_has_the_hash_of_real_recordings(texts: dict[str, str]) -> None:
    name = 'tf2_msgs/msg/TFMessage'
    known = get_typestore(Stores.ROS2_JAZZY)
    assert known.hash_rihs01(name) == TF_MESSAGE_HASH
    assert get_types_from_msg(texts[name], name)[name] == known.fielddefs[name]


@pytest.mark.parametrize('name', UPSTREAM)
def test_definitions_equal_the_upstream_ones(texts: dict[str, str], name: str) -> None:
    assert store_of(texts).hash_rihs01(name) == store_of(UPSTREAM).hash_rihs01(name)


def test_every_definition_is_generated(repository: Path, texts: dict[str, str]) -> None:
    for name in texts:
        package, _, message = name.split('/')
        build = (repository / 'overlay' / package / 'CMakeLists.txt').read_text()
        assert f'"msg/{message}.msg"' in build


@pytest.mark.ros
def test_generated_packages_carry_the_same_hashes(texts: dict[str, str]) -> None:
    index = pytest.importorskip('ament_index_python.packages', reason='there is no ament index')
    store = store_of(texts)
    checked = 0
    for name in texts:
        package, _, message = name.split('/')
        share = Path(index.get_package_share_directory(package))
        described = json.loads((share / 'msg' / f'{message}.json').read_text())
        hashes = {found['type_name']: found['hash_string'] for found in described['type_hashes']}
        assert hashes[name] == store.hash_rihs01(name)
        checked += 1
    assert checked == len(texts)


def test_colcon_does_not_build_the_overlay_on_a_robot(repository: Path) -> None:
    assert (repository / 'overlay' / 'COLCON_IGNORE').exists()
