# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""However much a recording decompresses to, memory stays within the limit and nothing is lost."""

import io
import json
import os
import shutil
import struct
import subprocess
import sys
import threading

import numpy as np
import pytest
from rosbags.typesys import Stores, get_typestore

from thermal_depth_ros.bags import chunk_memory
from thermal_depth_ros.bags.compression import inflate, inflate_message, zstd
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording

MAGIC = b'\x89MCAP0\r\n'
KIND = 'std_msgs/msg/String'
MB = 1_000_000


def record(opcode, *parts):
    content = b''.join(parts)
    return struct.pack('<BQ', opcode, len(content)) + content


def text(value):
    return struct.pack('<I', len(value)) + value.encode()


def message(time_ns, size, value):
    """A message record of about `size` bytes, all of them of one value, which compress well."""
    content = bytes([65 + value % 26]) * size
    body = b'\0\1\0\0' + struct.pack('<I', size + 1) + content + b'\0'
    return record(0x05, struct.pack('<HIQQ', 1, 0, time_ns, time_ns), body)


def write_mcap(path, chunks, *, index=True, compression='zstd'):
    """Write chunks, given as lists of (time, size, value)."""
    out = io.BytesIO()
    out.write(MAGIC + record(0x01, text('ros2'), text('test')))
    schema = record(0x03, struct.pack('<H', 1), text(KIND), text('ros2msg'), text('string data'))
    channel = record(0x04, struct.pack('<HH', 1, 1), text('/t'), text('cdr'), struct.pack('<I', 0))
    out.write(schema + channel)
    summary, total = [schema, channel], 0
    for messages in chunks:
        # A compressor that is fed piece by piece, since the plain chunk may be large.
        plain = b''.join(message(*one) for one in messages)
        packed = zstd.compress(plain, 1) if compression else plain
        times = [one[0] for one in messages]
        bounds = struct.pack('<QQ', min(times), max(times))
        start, total = out.tell(), total + len(messages)
        head = (
            struct.pack('<QI', len(plain), 0) + text(compression) + struct.pack('<Q', len(packed))
        )
        out.write(record(0x06, bounds, head, packed))
        entry = bounds + struct.pack('<QQIQ', start, out.tell() - start, 0, 0) + text(compression)
        summary.append(record(0x08, entry, struct.pack('<QQ', len(packed), len(plain))))
    counts = struct.pack('<HQ', 1, total)
    statistics = struct.pack('<QHIIIIQQI', total, 1, 1, 0, 0, len(chunks), 0, 2**62, len(counts))
    summary.append(record(0x0B, statistics, counts))
    out.write(record(0x0F, struct.pack('<I', 0)))
    start = out.tell()
    if index:
        out.write(b''.join(summary))
    out.write(record(0x02, struct.pack('<QQI', start if index else 0, 0, 0)) + MAGIC)
    path.write_bytes(out.getvalue())


def interleaved(chunks, messages, size):
    """Chunks of which each covers the whole time."""
    return [
        [(10**9 + i * chunks + chunk, size, i + chunk) for i in range(messages)]
        for chunk in range(chunks)
    ]


def expected(chunks):
    return sorted(
        (time_ns, size, 65 + value % 26) for chunk in chunks for time_ns, size, value in chunk
    )


READ = """
import json, sys
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording

def mib(name):  # unlike ru_maxrss, this does not know the process that forked this one
    with open('/proc/self/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024

start, found, error, problems = mib('VmRSS'), [], '', []
try:
    with Recording(sys.argv[1:]) as recording:
        for record in recording.read():
            data = bytes(record.data)
            found.append((record.time_ns, len(data) - 9, data[8]))
            del data
        problems = recording.problems
except BagError as failure:
    error = str(failure)
print(json.dumps([found, problems, error, mib('VmHWM') - start, mib('VmRSS') - start]))
"""


def read_elsewhere(*paths, limit_mb):
    """Read in a process of its own; return messages, problems, error, peak and rest in MiB."""
    done = subprocess.run(
        [sys.executable, '-c', READ, *map(str, paths)],
        env={**os.environ, 'THERMAL_DEPTH_DECODED_MB': str(limit_mb)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found, *rest = json.loads(done.stdout)
    return [tuple(one) for one in found], *rest


@pytest.mark.parametrize('index', [True, False])
def test_overlapping_chunks_are_read_whole_in_bounded_memory(tmp_path, index):
    chunks = interleaved(12, 64, 256_000)  # 16 MB each, 197 MB together
    write_mcap(tmp_path / 'bomb.mcap', chunks, index=index)
    assert (tmp_path / 'bomb.mcap').stat().st_size < MB
    found, problems, error, peak, rest = read_elsewhere(tmp_path / 'bomb.mcap', limit_mb=40)
    assert found == expected(chunks)
    assert not problems and not error
    assert peak < 100
    assert rest < 60


def test_chunks_of_several_files_share_the_limit(tmp_path):
    chunks = interleaved(8, 40, 400_000)
    paths = [tmp_path / f'{number}.mcap' for number in range(8)]
    for path, chunk in zip(paths, chunks, strict=True):
        write_mcap(path, [chunk])
    found, problems, _, peak, _ = read_elsewhere(*paths, limit_mb=40)
    assert found == expected(chunks)
    assert not problems
    assert peak < 100


def test_messages_larger_than_their_share_come_one_by_one(tmp_path):
    chunks = interleaved(10, 2, 8 * MB)
    write_mcap(tmp_path / 'large.mcap', chunks)
    found, problems, _, peak, _ = read_elsewhere(tmp_path / 'large.mcap', limit_mb=40)
    assert found == expected(chunks)
    assert not problems
    assert peak < 120


@pytest.mark.parametrize('index', [True, False])
def test_a_chunk_beyond_the_limit_is_named_and_the_others_are_read(tmp_path, index):
    chunks = [[(1, 1000, 0)], [(2, 30 * MB, 1)], [(3, 1000, 2)]]
    write_mcap(tmp_path / 'one.mcap', chunks, index=index)
    found, problems, _, peak, _ = read_elsewhere(tmp_path / 'one.mcap', limit_mb=40)
    assert [one[0] for one in found] == [1, 3]
    assert 'THERMAL_DEPTH_DECODED_MB' in problems[0]
    assert peak < 60
    found, problems, *_ = read_elsewhere(tmp_path / 'one.mcap', limit_mb=80)
    assert found == expected(chunks)
    assert not problems


def test_a_chunk_that_is_decompressed_too_often_is_given_up_with_a_word(tmp_path, monkeypatch):
    monkeypatch.setattr(chunk_memory, 'MAX_FILLS', 3)
    monkeypatch.setenv('THERMAL_DEPTH_DECODED_MB', '2')
    chunks = interleaved(20, 50, 10_000)
    write_mcap(tmp_path / 'many.mcap', chunks)
    with Recording(tmp_path / 'many.mcap') as recording:
        times = [one.time_ns for one in recording.read()]
        assert times == sorted(times)
        assert 0 < len(times) < 1000
        assert any('overlaps in time' in problem for problem in recording.problems)


def test_very_many_empty_messages_are_bounded_as_well(tmp_path, monkeypatch):
    monkeypatch.setenv('THERMAL_DEPTH_DECODED_MB', '8')
    write_mcap(tmp_path / 'tiny.mcap', [[(i, 0, 0) for i in range(80_000)]])
    with Recording(tmp_path / 'tiny.mcap') as recording:
        count = sum(1 for _ in recording.read())
        assert count == 4 * MB // 128
        assert any('more than 31250 messages' in problem for problem in recording.problems)


@pytest.mark.parametrize('limit_mb', [1, 3, 1000])
@pytest.mark.parametrize('storage', ['mcap', 'mcap-zstd', 'mcap-message', 'ros1', 'ros1-lz4'])
def test_the_limit_does_not_change_what_is_read(
    tmp_path, make_recording, monkeypatch, storage, limit_mb
):
    (tmp_path / 'copy').mkdir()
    paths = [
        make_recording(place, storage, 30, (40, 60)) for place in (tmp_path, tmp_path / 'copy')
    ]
    monkeypatch.setenv('THERMAL_DEPTH_DECODED_MB', str(limit_mb))
    with Recording(paths) as recording:
        found = [(one.time_ns, one.topic, bytes(one.data)) for one in recording.read()]
        assert not recording.problems
    assert len(found) == 120
    assert [one[0] for one in found] == sorted(one[0] for one in found)
    assert len(set(found)) == 60


def test_several_threads_may_read_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv('THERMAL_DEPTH_DECODED_MB', '4')
    chunks = interleaved(6, 40, 40_000)
    write_mcap(tmp_path / 'shared.mcap', chunks)
    results = []

    def read():
        with Recording(tmp_path / 'shared.mcap') as recording:
            results.append([(r.time_ns, len(r.data) - 9, r.data[8]) for r in recording.read()])

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected(chunks)] * 4


def test_a_compressed_message_is_held_against_the_limit(monkeypatch):
    monkeypatch.setenv('THERMAL_DEPTH_DECODED_MB', '4')
    packed = zstd.compress(bytes(3 * MB))
    with pytest.raises(BagError, match='declares 3000000 bytes.*THERMAL_DEPTH_DECODED_MB'):
        inflate_message(packed)
    compressor = zstd.ZstdCompressor()  # does not know how much will come
    unknown = compressor.compress(bytes(3 * MB)) + compressor.flush()
    with pytest.raises(BagError, match='THERMAL_DEPTH_DECODED_MB'):
        inflate_message(unknown)
    monkeypatch.setenv('THERMAL_DEPTH_DECODED_MB', '8')
    assert len(inflate_message(packed)) == len(inflate_message(unknown)) == 3 * MB


@pytest.mark.parametrize('compression', ['zstd', 'lz4', 'bz2'])
@pytest.mark.parametrize('size', [0, 1, 999_999, 5 * MB + 3])
def test_every_compression_gives_what_went_in(compression, size):
    import bz2

    import lz4.frame

    pack = {'zstd': zstd.compress, 'lz4': lz4.frame.compress, 'bz2': bz2.compress}[compression]
    plain = np.random.default_rng(size).integers(0, 3, size, np.uint8).tobytes()
    assert bytes(inflate(pack(plain), compression, size)) == plain
    with pytest.raises(BagError, match='holds'):
        inflate(pack(plain), compression, size + 1)
    if size:
        with pytest.raises(BagError, match='holds more'):
            inflate(pack(plain), compression, size - 1)


@pytest.mark.parametrize('known_size', [True, False])
def test_a_file_compressed_as_a_whole_is_not_unpacked_beyond_the_limit(
    tmp_path, monkeypatch, known_size
):
    monkeypatch.setenv('THERMAL_DEPTH_UNPACKED_MB', '2')
    monkeypatch.setenv('TMPDIR', str(tmp_path))
    path = tmp_path / 'large.mcap.zst'
    if known_size:
        path.write_bytes(zstd.compress(MAGIC + bytes(3 * MB)))
    else:
        compressor = zstd.ZstdCompressor()
        path.write_bytes(compressor.compress(MAGIC + bytes(3 * MB)) + compressor.flush())
    with pytest.raises(BagError, match=r'large.mcap.zst: has \d+ bytes.*THERMAL_DEPTH_UNPACKED_MB'):
        Recording(path)
    assert not list(tmp_path.rglob('large.mcap'))


def test_unpacked_files_of_one_process_share_their_limit(tmp_path, make_recording, monkeypatch):
    path = make_recording(tmp_path, 'mcap-file', 20, (60, 80))
    copies = [shutil.copytree(path, tmp_path / f'copy_{k}') for k in range(6)]
    with Recording(path):
        monkeypatch.setenv('THERMAL_DEPTH_UNPACKED_MB', '1')
        with Recording(path), pytest.raises(BagError, match='THERMAL_DEPTH_UNPACKED_MB'):
            for _ in range(6):
                Recording(copies)
    Recording(path).close()


def test_a_limit_that_is_no_number_is_named(tmp_path, make_recording, monkeypatch):
    path = make_recording(tmp_path, 'mcap-zstd', 2)
    monkeypatch.setenv('THERMAL_DEPTH_DECODED_MB', 'much')
    with (
        pytest.raises(ValueError, match="THERMAL_DEPTH_DECODED_MB: 'much'"),
        Recording(path) as bag,
    ):
        list(bag.read())


def test_a_store_of_types_reads_what_was_written(tmp_path):
    write_mcap(tmp_path / 'a.mcap', [[(5, 10, 3)]])
    with Recording(tmp_path / 'a.mcap') as recording:
        one = next(recording.read())
        assert one.message.data == 'D' * 10
        assert get_typestore(Stores.ROS2_JAZZY).deserialize_cdr(one.data, KIND).data == 'D' * 10
