# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings written here: same bytes every time, latched topics, nothing overwritten."""

import hashlib
from pathlib import Path

import pytest
import yaml
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_typestore

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter

STORE = get_typestore(Stores.ROS2_JAZZY)
STRING = 'std_msgs/msg/String'


def text(content: str):
    return STORE.types[STRING](data=content)


def digest(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def write(path: Path, **arguments) -> None:
    with RecordingWriter(path, **arguments) as writer:
        writer.write('/labels', STRING, text('latched'), 5, latched=True)
        for index in range(1000):
            writer.write('/notes', STRING, text(f'{index} ' * 500), 10 + index)


@pytest.mark.parametrize('compression', ['none', 'zstd'])
def test_same_messages_give_the_same_bytes_in_folders_of_any_name(tmp_path, compression):
    write(tmp_path / 'a', compression=compression)
    write(tmp_path / 'b', compression=compression)
    assert digest(tmp_path / 'a') == digest(tmp_path / 'b')
    assert set(digest(tmp_path / 'a')) == {'recording.mcap', 'metadata.yaml'}


def test_rosbags_reads_it_and_sees_what_is_latched(tmp_path):
    write(tmp_path / 'out')
    with Reader(tmp_path / 'out') as reader:
        assert reader.message_count == 1001
        qos = {c.topic: c.ext.offered_qos_profiles for c in reader.connections}
        first = next(data for c, _, data in reader.messages() if c.topic == '/notes')
    assert qos['/labels'][0].durability.name == 'TRANSIENT_LOCAL'
    assert qos['/labels'][0].reliability.name == 'RELIABLE'
    assert qos['/notes'] == []
    assert STORE.deserialize_cdr(first, STRING).data.startswith('0 0 ')
    with Recording(tmp_path / 'out') as recording:
        assert recording.topics['/labels'].latched
        assert not recording.topics['/notes'].latched


def test_metadata_names_what_ros2_bag_needs(tmp_path):
    write(tmp_path / 'out')
    about = yaml.safe_load((tmp_path / 'out' / 'metadata.yaml').read_text())
    about = about['rosbag2_bagfile_information']
    assert about['storage_identifier'] == 'mcap'
    assert about['relative_file_paths'] == ['recording.mcap']
    assert about['version'] == 9
    assert about['message_count'] == 1001


def test_serialised_messages_are_written_as_they_are(tmp_path):
    data = bytes(STORE.serialize_cdr(text('raw'), STRING))
    with RecordingWriter(tmp_path / 'out') as writer:
        writer.write('/notes', STRING, data, 1)
    with Recording(tmp_path / 'out') as recording:
        assert bytes(recording.first('/notes').data) == data


def test_existing_path_is_refused_by_name(tmp_path):
    write(tmp_path / 'out')
    before = digest(tmp_path / 'out')
    with pytest.raises(BagError, match=r'out: exists already.*--force'):
        RecordingWriter(tmp_path / 'out')
    assert digest(tmp_path / 'out') == before
    with RecordingWriter(tmp_path / 'out', overwrite=True) as writer:
        writer.write('/notes', STRING, text('new'), 1)
    with Recording(tmp_path / 'out') as recording:
        assert [record.message.data for record in recording.read()] == ['new']


def test_overwrite_removes_recordings_only(tmp_path):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'thesis.tex').write_text('years of work')
    with pytest.raises(BagError, match='no recording, so it is not replaced'):
        RecordingWriter(tmp_path / 'out', overwrite=True)
    assert (tmp_path / 'out' / 'thesis.tex').exists()


def test_exception_leaves_a_finished_file(tmp_path):
    with pytest.raises(RuntimeError), RecordingWriter(tmp_path / 'out') as writer:
        writer.write('/notes', STRING, text('before'), 1)
        raise RuntimeError('stop')
    with Recording(tmp_path / 'out') as recording:
        assert len(list(recording.read())) == 1
        assert recording.problems == ()


def test_unknown_type_and_impossible_time_are_errors(tmp_path):
    with RecordingWriter(tmp_path / 'out') as writer:
        with pytest.raises(BagError, match='/a: type my_msgs/msg/Thing is not known'):
            writer.write('/a', 'my_msgs/msg/Thing', b'', 1)
        with pytest.raises(BagError, match='/a: -1 ns is no time'):
            writer.write('/a', STRING, text(''), -1)


def test_unwritable_place_is_an_error(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(BagError, match='cannot be written'):
        RecordingWriter(tmp_path / 'file' / 'out')


def test_copy_keeps_unknown_types_with_their_definition(tmp_path):
    """A custom type passes through without being known here."""
    from rosbags.rosbag2 import StoragePlugin, Writer
    from rosbags.typesys import get_types_from_msg

    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(get_types_from_msg('int32 answer\n', 'my_msgs/msg/Thing'))
    thing = store.types['my_msgs/msg/Thing'](answer=42)
    with Writer(tmp_path / 'in', version=9, storage_plugin=StoragePlugin.SQLITE3) as writer:
        connection = writer.add_connection('/thing', 'my_msgs/msg/Thing', typestore=store)
        writer.write(connection, 7, store.serialize_cdr(thing, 'my_msgs/msg/Thing'))
    with Recording(tmp_path / 'in') as source, RecordingWriter(tmp_path / 'out') as copy:
        for record in source.read():
            copy.copy(record)
    with Recording(tmp_path / 'out') as recording:
        record = recording.first('/thing')
        assert (record.time_ns, record.message.answer) == (7, 42)
