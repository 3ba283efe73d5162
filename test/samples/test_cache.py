# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Entries are made once, whole or not at all, whatever happens to those who make them."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from helpers.thermal_bags import IMAGES, Contents, Messages, passing, view
from thermal_depth_ros.samples import SamplesError, array_folder
from thermal_depth_ros.samples.bag import fingerprint
from thermal_depth_ros.samples.cache import cached
from thermal_depth_ros.samples.config import DataConfig, cache_root

OPEN = """
import sys, time
from thermal_depth_ros.samples import DataConfig, decoding, open_samples
bag, cache, report, delay = sys.argv[1:5]
decode = decoding.Decoder._decode
def slowly(self, number, record):
    with open(report, 'a') as file:
        file.write(f'{number}\\n')
    time.sleep(float(delay))
    return decode(self, number, record)
decoding.Decoder._decode = slowly
samples = open_samples(DataConfig(
    bags=(bag,), width=64, height=48, frame_interval=1, validation_fraction=0.0, cache_dir=cache))
print(len(samples.train), int(samples.train.triplet(0).images.sum()))
"""

FOLDERS = """
from thermal_depth_ros.inference.engines.cache import cache_folder
from thermal_depth_ros.samples.config import DataConfig, cache_root
print(cache_root(DataConfig()), cache_folder())
"""


def start(bag: str, cache: Path, report: Path, delay: float) -> subprocess.Popen:
    arguments = [sys.executable, '-c', OPEN, bag, str(cache), str(report), str(delay)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def decoded(report: Path) -> int:
    return len(report.read_text().splitlines()) if report.exists() else 0


def entries(cache: Path, kind: str) -> list[Path]:
    return [path for path in cache.glob(f'{kind}-*') if path.is_dir()]


def test_two_processes_build_an_entry_once(record, tmp_path: Path) -> None:
    bag, cache, report = record(passing(20)), tmp_path / 'cache', tmp_path / 'report'
    processes = [start(bag, cache, report, 0.03) for _ in range(2)]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0] and outputs[0][0].startswith('18 ')
    assert decoded(report) == 20
    assert len(entries(cache, 'frames')) == 1


def test_a_killed_process_leaves_nothing_half_valid(record, open_bags, tmp_path: Path) -> None:
    bag, cache, report = record(passing(40)), tmp_path / 'cache', tmp_path / 'report'
    process = start(bag, cache, report, 0.1)
    limit = time.monotonic() + 60
    while decoded(report) < 10 and time.monotonic() < limit:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close(), process.stderr.close()
    assert 10 <= decoded(report) < 40
    left = entries(cache, 'frames')
    assert [path.suffix for path in left] == ['.partial']
    samples = open_bags(bag)
    assert len(samples.train) == 38
    contents = passing(40)
    np.testing.assert_array_equal(samples.train.triplet(37).images[2], contents.images[39][1])
    assert [path.suffix for path in entries(cache, 'frames')] == ['']


def test_a_full_disk_is_named_and_leaves_nothing(
    record, open_bags, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag = record(passing(10))
    write = array_folder.ArrayFile.write

    def full(self, row: int, values: np.ndarray) -> None:
        if row == 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(self, row, values)

    with monkeypatch.context() as patch:
        patch.setattr(array_folder.ArrayFile, 'write', full)
        with pytest.raises(SamplesError, match=r'the disk is full.*frames.*cache_dir'):
            open_bags(bag)
    assert not entries(tmp_path / 'cache', 'frames')
    assert len(open_bags(bag).train) == 8


def test_a_folder_that_cannot_be_written_is_named(record, open_bags, tmp_path: Path) -> None:
    blocked = tmp_path / 'file'
    blocked.write_text('')
    with pytest.raises(SamplesError, match=f'{blocked}.*cannot be cached there'):
        open_bags(record(passing(4)), cache_dir=str(blocked))


def test_images_are_decoded_once(record, open_bags, tmp_path: Path) -> None:
    bag = record(passing(6))
    told: list[str] = []
    open_bags(bag)
    open_bags(bag, advance=lambda stage, done, total: told.append(stage))
    open_bags(bag, frame_interval=2, validation_frames=1)  # settings that change no image
    assert not told
    assert len(entries(tmp_path / 'cache', 'frames')) == 1


@pytest.mark.parametrize('change', ['content', 'size', 'undistort', 'calibration', 'topic'])
def test_an_entry_is_valid_for_exactly_one_source(
    record, open_bags, tmp_path: Path, change: str
) -> None:
    contents, messages = passing(6), Messages(False)
    contents.d = (-0.2, 0.0, 0.0, 0.0, 0.0)
    contents.extra = [
        (t, '/other/image_raw', 'sensor_msgs/msg/Image', messages.image(t, a + 1, e))
        for t, a, e in contents.images
    ] + [(0.0, '/other/camera_info', 'sensor_msgs/msg/CameraInfo', messages.info(0.0, contents))]
    bag = record(contents)
    settings = {'image_topic': IMAGES}
    first = open_bags(bag, **settings).train.triplet(0).images
    if change == 'content':
        file = next(Path(bag).glob('*.mcap'))
        about = file.stat()
        data = bytearray(file.read_bytes())
        place = data.index(contents.images[1][1].tobytes()) + (24 * 64 + 32) * 2
        data[place : place + 2] = b'\x39\x30'  # 12345 in the middle of one image
        file.write_bytes(data)
        os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    elif change == 'size':
        settings |= {'width': 32, 'height': 24}
    elif change == 'undistort':
        settings['undistort'] = False
    elif change == 'topic':
        settings['image_topic'] = '/other/image_raw'
    else:
        file = tmp_path / 'camera.yaml'
        file.write_text(
            'image_width: 64\nimage_height: 48\ncamera_matrix: {data: [60, 0, 31, 0, 60, 23, 0, 0,'
            ' 1]}\ndistortion_model: plumb_bob\ndistortion_coefficients: {data: [-0.1,0,0,0,0]}\n'
        )
        settings['calibration'] = str(file)
    second = open_bags(bag, **settings).train.triplet(0).images
    assert first.shape != second.shape or (first != second).any()
    assert len(entries(tmp_path / 'cache', 'frames')) == 2


def test_tests_have_a_cache_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = tmp_path_factory.getbasetemp()
    assert own in cache_root(DataConfig()).parents
    inherited = subprocess.run(
        [sys.executable, '-c', FOLDERS], capture_output=True, text=True, check=True
    )
    assert [own in Path(line).parents for line in inherited.stdout.split()] == [True, True]


def test_the_folder_of_the_cache_is_that_of_the_setting_or_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('THERMAL_DEPTH_SAMPLE_CACHE', str(tmp_path / 'variable'))
    assert cache_root(DataConfig(cache_dir=str(tmp_path / 'setting'))) == tmp_path / 'setting'
    assert cache_root(DataConfig()) == tmp_path / 'variable'
    monkeypatch.delenv('THERMAL_DEPTH_SAMPLE_CACHE')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'xdg'))
    assert cache_root(DataConfig()) == tmp_path / 'xdg' / 'thermal_depth_ros' / 'samples'
    monkeypatch.delenv('XDG_CACHE_HOME')
    monkeypatch.setenv('HOME', str(tmp_path))
    assert cache_root(DataConfig()) == tmp_path / '.cache' / 'thermal_depth_ros' / 'samples'


def test_a_changed_time_alone_makes_another_source(record) -> None:
    bag = Path(record(passing(3)))
    before = fingerprint(bag)
    file = next(bag.glob('*.mcap'))
    os.utime(file, ns=(0, 1))
    assert fingerprint(bag) != before


def test_hidden_files_of_a_prepared_folder_do_not_make_another_source(tmp_path: Path) -> None:
    images = tmp_path / 'night' / 'Thermal'
    images.mkdir(parents=True)
    (images / '1.png').write_bytes(b'an image')
    before = fingerprint(tmp_path / 'night')
    (images / '._1.png').write_bytes(b'of another system')
    (tmp_path / 'night' / '.DS_Store').write_bytes(b'of another system')
    assert fingerprint(tmp_path / 'night') == before
    (images / '2.png').write_bytes(b'an image')
    assert fingerprint(tmp_path / 'night') != before


def test_a_byte_in_the_middle_of_a_small_recording_is_noticed(record) -> None:
    bag = Path(record(passing(10)))
    file = next(bag.glob('*.mcap'))
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    before = fingerprint(bag)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=times)
    assert fingerprint(bag) != before


def test_a_damaged_entry_is_made_again(tmp_path: Path) -> None:
    built: list[Path] = []

    def build(folder: Path) -> None:
        (folder / 'data').write_text('all of it')
        built.append(folder)

    def entry(of: int) -> Path:
        with cached(tmp_path, 'thing', {'of': of}, build) as folder:
            assert (folder / 'data').read_text() == 'all of it'
            return folder

    folder = entry(1)
    assert entry(1) == folder and len(built) == 1
    (folder / 'data').write_text('part')
    assert entry(1) == folder and len(built) == 2
    about = json.loads((folder / 'entry.json').read_text())
    about['source'] = about['source'].replace('1', '2')
    (folder / 'entry.json').write_text(json.dumps(about))
    entry(1)
    assert len(built) == 3
    assert entry(2) != folder and len(built) == 4


def test_an_interrupted_build_leaves_nothing(tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        (folder / 'data').write_text('part')
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), cached(tmp_path, 'thing', {}, build):
        pytest.fail('there is no entry')
    assert not entries(tmp_path, 'thing')


def test_memory_does_not_grow_with_the_recording(open_bags, record) -> None:
    peaks = []
    for name, count in (('warm', 5), ('short', 100), ('long', 300)):
        contents = Contents(
            images=[(0.1 * i, np.roll(view(0), 3 * i, 1) + i, 'mono16') for i in range(count)]
        )
        bag = record(contents, name, 'ros1-bz2')
        del contents
        tracemalloc.start()
        samples = open_bags(bag, width=320, height=256)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert samples.train.frame_count == count
    assert peaks[2] - peaks[1] < 200 * 1500  # bytes; an image has 163840


def test_arrays_are_files_that_numpy_reads(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 2**16, (7, 5, 3)).astype(np.uint16)
    file = array_folder.ArrayFile(tmp_path / 'a.npy', (5, 3), rows.dtype)
    for index, row in enumerate(rows):
        file.write(index, row)
    file.finish()
    np.testing.assert_array_equal(np.load(tmp_path / 'a.npy', mmap_mode='r'), rows)
    sparse = array_folder.ArrayFile(tmp_path / 'b.npy', (5, 3), rows.dtype)
    sparse.write(2, rows[2])
    sparse.finish(4)
    loaded = np.load(tmp_path / 'b.npy')
    assert loaded.shape == (4, 5, 3) and not loaded[[0, 1, 3]].any()
    np.testing.assert_array_equal(loaded[2], rows[2])
