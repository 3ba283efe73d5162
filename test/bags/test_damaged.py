# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Damaged recordings: what can be read is read, what is lost is named, nothing hangs or dies."""

import contextlib
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording

STORAGES = ('mcap', 'mcap-zstd', 'mcap-file', 'sqlite3', 'sqlite3-message', 'ros1', 'ros1-lz4')
COUNT = 60
SHAPE = (60, 80)


def read_all(path):
    """Return the messages that could be read, those that were damaged, and the problems."""
    good, bad = [], 0
    with Recording(path) as recording:
        for record in recording.read():
            try:
                assert record.message is not None
                good.append((record.topic, record.time_ns))
            except BagError:
                bad += 1
        return good, bad, recording.problems


@pytest.fixture(scope='module')
def whole(tmp_path_factory, make_recording, data_file):
    """The bytes of one recording file for each storage."""
    folder = tmp_path_factory.mktemp('whole')
    found = {}
    for storage in STORAGES:
        file = data_file(make_recording(folder, storage, COUNT, SHAPE))
        found[storage] = (file.name, file.read_bytes())
    return found


@pytest.mark.parametrize('storage', STORAGES)
@pytest.mark.parametrize('part', [0.3, 0.6, 0.95, 0.999])
def test_cut_recording_gives_what_is_left_and_says_so(tmp_path, whole, storage, part):
    name, data = whole[storage]
    path = tmp_path / name
    path.write_bytes(data[: int(len(data) * part)])
    good, bad, problems = read_all(path)
    assert problems
    assert bad == 0
    assert len(set(good)) == len(good)
    # Compression makes blocks large; without it nearly the same part of the messages is left.
    if storage in ('mcap', 'sqlite3', 'ros1'):
        assert len(good) >= 2 * COUNT * (part - 0.12)
    if part == 0.999:
        assert len(good) >= 2 * COUNT - 4 or storage == 'mcap-file'


def test_mcap_without_summary_loses_nothing(tmp_path, whole):
    """A recorder that was killed after the last chunk leaves a file that lacks the footer."""
    name, data = whole['mcap']
    start = struct.unpack('<Q', data[-28:-20])[0]
    (tmp_path / name).write_bytes(data[:start])
    good, bad, problems = read_all(tmp_path / name)
    assert (len(good), bad) == (2 * COUNT, 0)
    assert 'has no footer' in problems[0]
    (tmp_path / name).write_bytes(data[: len(data) - 3])
    assert len(read_all(tmp_path / name)[0]) == 2 * COUNT


def test_ros1_without_index_loses_nothing(tmp_path, whole):
    name, data = whole['ros1']
    field = data.index(b'index_pos=') + len(b'index_pos=')
    index = struct.unpack('<Q', data[field : field + 8])[0]
    (tmp_path / name).write_bytes(data[:field] + bytes(8) + data[field + 8 : index])
    good, bad, problems = read_all(tmp_path / name)
    assert (len(good), bad) == (2 * COUNT, 0)
    assert 'rosbag reindex' in problems[0]


@pytest.mark.parametrize('storage', STORAGES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_cut_anywhere_only_ever_raises_bag_error(tmp_path, whole, storage, data):
    name, content = whole[storage]
    size = data.draw(st.integers(0, len(content)))
    path = tmp_path / name
    path.write_bytes(content[:size])
    try:
        good, _, problems = read_all(path)
    except BagError as error:
        assert name in str(error) or path.stem in str(error)
        return
    assert len(good) <= 2 * COUNT
    if len(good) < 2 * COUNT:
        assert problems


@pytest.mark.parametrize('storage', STORAGES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_flipped_bytes_only_ever_raise_bag_error(tmp_path, whole, storage, data):
    name, content = whole[storage]
    damaged = bytearray(content)
    # Half of the damage goes where the structure is: the two ends of the file.
    for _ in range(data.draw(st.integers(1, 6))):
        near = data.draw(st.sampled_from([0, len(content) - 2000, None]))
        low, high = (0, len(content) - 1) if near is None else (near, near + 1999)
        damaged[data.draw(st.integers(max(low, 0), high))] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(bytes(damaged))
    with contextlib.suppress(BagError):
        read_all(path)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    tail=st.binary(max_size=300),
    magic=st.sampled_from([b'\x89MCAP0\r\n', b'#ROSBAG V2.0\n', b'SQLite format 3\0']),
)
def test_noise_behind_a_magic_only_ever_raises_bag_error(tmp_path, tail, magic):
    path = tmp_path / 'noise.bag'
    path.write_bytes(magic + tail)
    with contextlib.suppress(BagError):
        read_all(path)


def test_declared_sizes_are_not_believed(tmp_path, whole):
    """A chunk that declares 2^60 bytes is skipped without an attempt to allocate them."""
    name, data = whole['mcap-zstd']
    chunk = data.index(b'\x06', 8 + 9)
    huge = struct.pack('<Q', 1 << 60)
    (tmp_path / name).write_bytes(data[: chunk + 25] + huge + data[chunk + 33 :])
    good, _, problems = read_all(tmp_path / name)
    assert len(good) < 2 * COUNT
    assert any(str(1 << 60) in problem for problem in problems)


def test_damaged_message_is_one_error_and_the_rest_is_read(tmp_path, whole):
    name, data = whole['mcap']
    middle = data.index(b'thermal_optical', len(data) // 2)
    (tmp_path / name).write_bytes(data[: middle - 4] + b'\xff' * 4 + data[middle:])
    good, bad, _ = read_all(tmp_path / name)
    assert (len(good), bad) == (2 * COUNT - 1, 1)


def test_names_in_a_database_that_are_no_text(tmp_path, whole):
    """SQLite hands names of columns through as bytes of the file."""
    name, data = whole['sqlite3']
    assert b'serialization_format' in data
    (tmp_path / name).write_bytes(
        data.replace(b'serialization_format', b'serialization_f\xda\xffmat')
    )
    with pytest.raises(BagError, match='damaged beyond reading'):
        read_all(tmp_path / name)
    (tmp_path / name).write_bytes(
        data.replace(b'CREATE TABLE messages', b'CREATE TABLE mess\xff\xfees')
    )
    with pytest.raises(BagError, match=name):
        read_all(tmp_path / name)
