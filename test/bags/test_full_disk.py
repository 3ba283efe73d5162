# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings on a full disk: an error that names the file, and counts of what can be read.

The disk is a limit on the size of files, which any user may set and which ends with the process.
"""

import json
import subprocess
import sys

import pytest

from thermal_depth_ros.bags.recording import Recording

WRITE = """
import json, resource, sys
import numpy as np
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.messages.bag_types import bag_types, bag_typestore

path, limit, size, count, compression = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
kind, types = 'std_msgs/msg/Header', bag_types()
noise = np.random.default_rng(0)
writer, errors, accepted = RecordingWriter(path, compression=compression), [], 0
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for index in range(count):
    text = ''.join(map(chr, noise.integers(32, 127, size)))
    header = types.Header(stamp=types.Time(sec=index, nanosec=0), frame_id=text)
    try:
        writer.write('/a' if index % 3 else '/b', kind, header, index)
        accepted += 1
    except BagError as error:
        errors.append(str(error))
try:
    writer.close()
except BagError as error:
    errors.append(str(error))
print(json.dumps([writer.written, accepted, errors]))
"""


def fill(path, *, limit, size, count, compression='none'):
    """Write until the disk is full; return counts, accepted messages and errors."""
    arguments = [str(path), str(limit), str(size), str(count), compression]
    done = subprocess.run(
        [sys.executable, '-c', WRITE, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize('compression', ['none', 'zstd'])
@pytest.mark.parametrize(
    ('limit', 'size', 'count'),
    [
        (2_500_000, 10_000, 900),
        (2_500_000, 600_000, 30),
        (1_000_000, 10_000, 400),  # within the first block
        (3_000_000, 1_400_000, 9),
    ],
)
def test_counts_are_those_of_what_can_be_read(tmp_path, compression, limit, size, count):
    path = tmp_path / 'out'
    written, accepted, errors = fill(
        path, limit=limit, size=size, count=count, compression=compression
    )
    assert 'recording.mcap: cannot be written' in errors[0]
    assert 'File too large' in errors[0]
    assert accepted < count
    with Recording(path) as recording:
        assert not recording.problems
        read = [(one.topic, one.time_ns) for one in recording.read()]
        assert {
            name: info.count for name, info in recording.topics.items() if info.count
        } == written
    assert len(read) == sum(written.values()) <= accepted
    assert [time for _, time in read] == list(range(len(read)))  # from the first on, none between
    if limit > 2_000_000 and size < 1_000_000:
        assert len(read) * size > 0.3 * limit


def test_the_last_block_may_be_the_one_that_does_not_fit(tmp_path):
    written, accepted, errors = fill(tmp_path / 'out', limit=1_500_000, size=10_000, count=160)
    assert accepted == 160
    assert len(errors) == 1
    assert 'recording.mcap: cannot be finished' in errors[0]
    with Recording(tmp_path / 'out') as recording:
        assert len(list(recording.read())) == sum(written.values())
        assert 80 < sum(written.values()) < 160


def test_with_room_nothing_is_different(tmp_path):
    written, accepted, errors = fill(tmp_path / 'out', limit=2**40, size=10_000, count=300)
    assert (accepted, errors) == (300, [])
    assert written == {'/a': 200, '/b': 100}
