# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Whole recordings: every storage gives the same messages, and rosbags agrees."""

import os
import resource
import sqlite3
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording

COUNT = 10


def pixels_of(make_image, index, shape=(12, 16)):
    return make_image(get_typestore(Stores.ROS2_JAZZY), index, shape).data


def test_every_storage_gives_all_messages_in_order(tmp_path, make_recording, make_image, storage):
    path = make_recording(tmp_path, storage, COUNT)
    with Recording(path) as recording:
        assert recording.topics['/thermal/image_raw'].count == COUNT
        assert recording.topics['/thermal/image_raw'].type == 'sensor_msgs/msg/Image'
        assert recording.topics['/notes'].count == COUNT
        records = list(recording.read())
        assert recording.problems == ()
    assert [record.topic for record in records] == ['/thermal/image_raw', '/notes'] * COUNT
    times = [record.time_ns for record in records]
    assert times == sorted(times)
    for index, record in enumerate(records[::2]):
        assert np.array_equal(record.message.data, pixels_of(make_image, index))
        assert record.message.header.frame_id == 'thermal_optical'
        assert records[2 * index + 1].message.data == f'note {index}'


def test_bare_file_without_metadata_reads_the_same(tmp_path, make_recording, data_file, storage):
    path = data_file(make_recording(tmp_path, storage, COUNT))
    with Recording(path) as recording:
        assert len(list(recording.read())) == 2 * COUNT
        assert recording.problems == ()


def test_ros1_messages_convert_to_the_bytes_of_ros2(tmp_path, make_recording):
    ros1 = make_recording(tmp_path, 'ros1-lz4', COUNT)
    ros2 = make_recording(tmp_path, 'mcap', COUNT)
    with Recording(ros1) as first, Recording(ros2) as second:
        for old, new in zip(first.read(), second.read(), strict=True):
            assert bytes(old.cdr()) == bytes(new.cdr())


def test_only_the_asked_topics_are_given(tmp_path, make_recording, storage):
    with Recording(make_recording(tmp_path, storage, COUNT)) as recording:
        records = list(recording.read(['/notes']))
        assert {record.topic for record in records} == {'/notes'}
        assert recording.first('/notes').message.data == 'note 0'


def test_missing_topic_lists_those_there_are(tmp_path, make_recording, storage):
    path = make_recording(tmp_path, storage, COUNT)
    with Recording(path) as recording, pytest.raises(BagError) as caught:
        list(recording.read(['/thermal/image']))
    text = str(caught.value)
    assert 'no topic /thermal/image ' in text
    assert '/thermal/image_raw  sensor_msgs/msg/Image  10 messages' in text
    assert '/notes  std_msgs/msg/String  10 messages' in text


def test_several_recordings_are_merged_by_time(tmp_path, make_recording):
    paths = [make_recording(tmp_path, storage, COUNT) for storage in ('mcap', 'sqlite3', 'ros1')]
    with Recording(paths) as recording:
        assert recording.topics['/notes'].count == 3 * COUNT
        times = [record.time_ns for record in recording.read()]
    assert len(times) == 6 * COUNT
    assert times == sorted(times)


def test_a_recording_given_twice_is_read_once(tmp_path, make_recording, storage):
    path = make_recording(tmp_path, storage, COUNT)
    around = path.parent / 'elsewhere' / '..' / path.name
    around.parent.parent.mkdir()
    with Recording([path, str(around), path]) as recording:
        assert len(list(recording.read(['/notes']))) == COUNT
        assert recording.paths == [path]
        assert any('read once, given 2 times more' in problem for problem in recording.problems)
    (tmp_path / 'copy').mkdir()
    other = make_recording(tmp_path / 'copy', storage, COUNT)
    with Recording([path, other, path]) as recording:
        assert recording.paths == [path, other]
        assert f'{path}: read once, given 1 times more' in recording.problems


def test_split_recording_reads_all_parts_and_names_a_lost_one(tmp_path, make_recording):
    folder = tmp_path / 'split'
    folder.mkdir()
    for index in (2, 9, 10):
        source = make_recording(tmp_path / f'part{index}', 'mcap', COUNT)
        (source / 'mcap.mcap').rename(folder / f'split_{index}.mcap')
    names = [f'split_{index}.mcap' for index in (2, 9, 10, 11)]
    (folder / 'metadata.yaml').write_text(
        'rosbag2_bagfile_information:\n  storage_identifier: mcap\n'
        f'  relative_file_paths: [{", ".join(names)}]\n'
    )
    with Recording(folder) as recording:
        assert len(list(recording.read())) == 6 * COUNT
        assert recording.problems == ('split: split_11.mcap is listed but not there',)
    (folder / 'split_9.mcap').write_bytes(b'')
    with Recording(folder) as recording:
        assert len(list(recording.read())) == 4 * COUNT
        assert any('split_9.mcap: the file is empty' in line for line in recording.problems)


def test_memory_does_not_grow_with_length(tmp_path, make_recording):
    def peak(count: int) -> int:
        path = make_recording(tmp_path / str(count), 'mcap-zstd', count, (120, 160))
        tracemalloc.start()
        with Recording(path) as recording:
            for record in recording.read():
                assert record.message is not None
            _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(20)  # imports and code generation
    short, long = peak(100), peak(1000)
    assert 1000 * 120 * 160 * 2 > 30 << 20  # the long one is far larger than what it may take
    assert long < short + (2 << 20)


@pytest.mark.parametrize(
    ('content', 'says'),
    [
        (b'', 'empty'),
        (b'hello, this is a text file', 'not a recording'),
        (b'\x89MCAP', 'not a recording'),
        (b'SQLite format 3\0', 'damaged|cannot be read|no recording'),
        (b'#ROSBAG V1.2\n', 'unsupported version'),
        (b'\x28\xb5\x2f\xfd', 'cannot be decompressed'),
    ],
)
def test_foreign_files_are_refused_by_name(tmp_path, content, says):
    path = tmp_path / 'thing.mcap'
    path.write_bytes(content)
    with pytest.raises(BagError, match=says) as caught:
        Recording(path)
    assert 'thing' in str(caught.value)


def test_missing_path_empty_folder_and_foreign_database_are_refused(tmp_path):
    with pytest.raises(BagError, match='no such file'):
        Recording(tmp_path / 'nothing')
    with pytest.raises(BagError, match='no recording in this folder'):
        Recording(tmp_path)
    with sqlite3.connect(tmp_path / 'other.db3') as database:
        database.execute('CREATE TABLE people (name TEXT)')
    with pytest.raises(BagError, match='no recording'):
        Recording(tmp_path / 'other.db3')


def test_a_quality_of_service_that_cannot_be_read_is_named(tmp_path, make_recording):
    path = make_recording(tmp_path, 'sqlite3', 1)
    file = next(path.glob('*.db3'))
    laughs = '- &a0 [x, x]\n' + ''.join(f'- &a{n} [*a{n - 1}, *a{n - 1}]\n' for n in range(1, 41))
    with sqlite3.connect(file) as database:
        name = database.execute('SELECT name FROM topics').fetchone()[0]
        database.execute(
            'UPDATE topics SET offered_qos_profiles = ? WHERE name = ?', (laughs, name)
        )
    with Recording(path) as recording:
        problems = [problem for problem in recording.problems if name in problem]
        assert len(problems) == 1
        assert 'QoS profiles cannot be read (more than 10000 values)' in problems[0]
        assert not recording.topics[name].latched
        assert len(list(recording.read([name]))) == 1


def test_unsupported_storage_is_named(tmp_path, make_recording):
    path = make_recording(tmp_path, 'mcap', 1)
    metadata = path / 'metadata.yaml'
    metadata.write_text(
        metadata.read_text().replace('storage_identifier: mcap', 'storage_identifier: lmdb')
    )
    with pytest.raises(BagError, match="storage 'lmdb' is not supported"):
        Recording(path)


@pytest.mark.parametrize(
    ('text', 'why'),
    [
        ('', 'has no list rosbag2_bagfile_information: relative_file_paths'),
        ('rosbag2_bagfile_information: 3', 'has no list rosbag2_bagfile_information'),
        ('- a', 'has no list rosbag2_bagfile_information'),
        ('{', 'not YAML'),
        ('\0', 'not YAML'),
        ('[' * 5000, 'more than 50 levels'),
    ],
)
def test_damaged_metadata_does_not_hide_the_messages(tmp_path, make_recording, text, why):
    path = make_recording(tmp_path, 'mcap', COUNT)
    (path / 'metadata.yaml').write_text(text)
    with Recording(path) as recording:
        assert len(list(recording.read())) == 2 * COUNT
        assert 'metadata.yaml cannot be used' in recording.problems[0]
        assert why in recording.problems[0]


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3', 'sqlite3-file'])
def test_a_renamed_file_is_taken_and_reported(tmp_path, make_recording, data_file, storage):
    path = make_recording(tmp_path, storage, COUNT)
    file = data_file(path)
    renamed = file.rename(file.with_name(f'tuesday_drive{"".join(file.suffixes)}'))
    (path / f'._{renamed.name}').write_bytes(b'of another system')
    with Recording(path) as recording:
        assert len(list(recording.read())) == 2 * COUNT
        assert not recording.problems
        (note,) = recording.notes
    assert f'metadata.yaml lists {file.name}, which is not there; {renamed.name} is taken' in note


def test_metadata_cannot_point_outside_its_folder(tmp_path, make_recording):
    make_recording(tmp_path, 'mcap', COUNT)
    folder = tmp_path / 'evil'
    folder.mkdir()
    (folder / 'metadata.yaml').write_text(
        'rosbag2_bagfile_information:\n  storage_identifier: mcap\n'
        '  relative_file_paths: [../mcap/mcap.mcap]\n'
    )
    with pytest.raises(BagError, match='not there'):
        Recording(folder)


@pytest.mark.parametrize(
    ('name', 'messages'),
    [
        ('aerial_thermal8', 318),
        ('driving_lidar', 25),
        ('driving_thermal16', 8),
        ('handheld_rgbd', 960),
        ('lepton_thermal16.bag', 100),
    ],
)
def test_real_recordings_agree_with_rosbags(shared_data, name, messages):
    path = shared_data / name
    with Recording(path) as recording, AnyReader([Path(path)]) as reader:
        theirs = sorted((t, c.topic, bytes(data)) for c, t, data in reader.messages())
        ours = sorted((r.time_ns, r.topic, bytes(r.data)) for r in recording.read())
        assert ours == theirs
        assert len(ours) == messages == sum(info.count for info in recording.topics.values())
        assert recording.problems == ()
        assert recording.start_ns == ours[0][0] and recording.end_ns == ours[-1][0]


def test_files_are_closed(tmp_path, make_recording, storage):
    path = make_recording(tmp_path, storage, 2)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    for _ in range(min(200, limit // 4)):
        with Recording(path) as recording:
            recording.first('/notes')
    assert len(os.listdir('/proc/self/fd')) < limit // 4


@pytest.mark.parametrize('name', ['/evil\x1b[2J\n[ERROR] forged', '/' + 'x' * 1000])
def test_a_topic_whose_name_cannot_be_printed_is_left_out(
    tmp_path, make_recording, data_file, name
):
    path = data_file(make_recording(tmp_path, 'sqlite3', COUNT))
    with sqlite3.connect(path) as database:
        database.execute("update topics set name = ? where name = '/notes'", (name,))
    database.close()
    with Recording(path) as recording:
        assert list(recording.topics) == ['/thermal/image_raw']
        assert {record.topic for record in recording.read()} == {'/thermal/image_raw'}
        (problem,) = recording.problems
    assert problem.isprintable()
    assert '1 topic(s) left out' in problem
    assert len(problem) < 500
