# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The cache keeps its bound, leaves alone what is in use, and knows when the disk is full."""

import fcntl
import gc
import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import pytest

from helpers.thermal_bags import passing
from thermal_depth_ros.samples import SamplesError, cache_space
from thermal_depth_ros.samples.cache_space import CacheSpace, stored
from thermal_depth_ros.samples.entry_use import held
from thermal_depth_ros.samples.sidecar import Sidecar

BLOCK = 4096  # bytes; of what is written here every file system takes whole ones
GB = 1e9


@pytest.fixture
def entry(tmp_path: Path) -> Callable[..., Path]:
    """Make an entry of some kilobytes that was used at some time."""

    def make(name: str, used_s: int, blocks: int = 10) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / 'images.npy').write_bytes(os.urandom(blocks * BLOCK))
        (folder / 'entry.json').write_text('{}')
        os.utime(folder / 'entry.json', (used_s, used_s))
        return folder

    return make


@pytest.fixture
def free_bytes(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make the disk seem to have some bytes."""
    real = shutil.disk_usage

    def set_free(count: int) -> None:
        monkeypatch.setattr(shutil, 'disk_usage', lambda path: real(path)._replace(free=count))

    return set_free


def total(root: Path) -> int:
    return sum(one.size for one in stored(root))


def test_what_is_unused_for_longest_goes_first(tmp_path: Path, entry) -> None:
    new, old, middle = entry('frames-a', 3000), entry('depth-b', 1000), entry('labels-c', 2000)
    notes: list[str] = []
    size = total(tmp_path)
    space = CacheSpace(tmp_path, size / GB, notes.append)
    space.reserve(BLOCK, 'images')
    assert not old.exists() and middle.exists() and new.exists()
    space.reserve(BLOCK * 15, 'images')
    assert not middle.exists() and new.exists()
    assert len(notes) == 2 and all('\n' not in note for note in notes)
    assert notes[0].startswith('removed 1 entry of ')
    assert str(tmp_path) in notes[0] and 'max_cache_gb' in notes[0]
    assert not list(tmp_path.glob('*.partial*'))


def test_several_entries_make_room_for_a_large_one(tmp_path: Path, entry) -> None:
    for number in range(5):
        entry(f'frames-{number}', 1000 + number)
    size, notes = total(tmp_path), list[str]()
    CacheSpace(tmp_path, size / GB, notes.append).reserve(size * 2 // 5, 'images')
    assert [one.folder.name for one in stored(tmp_path)] == ['frames-3', 'frames-4']
    assert notes[0].startswith('removed 3 entries of 0.000')


def test_a_cache_is_not_looked_at_for_every_recording(
    tmp_path: Path, entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []

    def counted(root: Path, kinds: Collection[str] = ()) -> list[cache_space.Stored]:
        looks.append(root)
        return stored(root, kinds)

    monkeypatch.setattr(cache_space, 'stored', counted)
    for number in range(10):
        entry(f'frames-{number}', 1000 + number)
    bound = 10 * 11 * BLOCK
    notes: list[str] = []
    space = CacheSpace(tmp_path, bound / GB, notes.append)
    for number in range(10, 20):
        space.reserve(4 * BLOCK, 'images')
        entry(f'frames-{number}', 1000 + number, blocks=3)
        assert total(tmp_path) <= bound
    # Two entries of 11 blocks, for five recordings of 4 blocks.
    assert len(looks) == len(notes) == 2 and all('removed 2 entries' in note for note in notes)


def test_within_the_bound_or_without_one_nothing_is_removed(tmp_path: Path, entry) -> None:
    entry('frames-a', 1000)
    notes: list[str] = []
    size = total(tmp_path)
    CacheSpace(tmp_path, (size + BLOCK) / GB, notes.append).reserve(BLOCK, 'images')
    CacheSpace(tmp_path, 0.0, notes.append).reserve(BLOCK, 'images')
    assert total(tmp_path) == size and not notes


def test_what_is_in_use_stays_and_the_cache_grows(tmp_path: Path, entry) -> None:
    old, new = entry('frames-a', 1000), entry('frames-b', 2000)
    notes: list[str] = []
    space = CacheSpace(tmp_path, total(tmp_path) / GB, notes.append)
    with held(old):
        space.reserve(BLOCK, 'images')
        assert old.exists() and not new.exists()
        space.reserve(BLOCK * 12, 'images')
        assert old.exists()
    assert 'removed 1 entry' in notes[0]
    assert 'grows to' in notes[1] and 'all of it in use' in notes[1] and len(notes) == 2


def test_what_was_asked_for_by_name_stays(tmp_path: Path, entry) -> None:
    names = ('semantic_labels-a', 'depth_labels-b', 'translated_images-c', 'topics-d')
    folders = [entry(name, 1000) for name in names]
    CacheSpace(tmp_path, 1e-9, lambda _: None).reserve(BLOCK, 'images')
    assert all(folder.exists() for folder in folders)


def test_a_short_disk_makes_the_cache_smaller(tmp_path: Path, entry, free_bytes) -> None:
    old, new = entry('frames-a', 1000), entry('frames-b', 2000)
    free_bytes(5 * BLOCK)
    with pytest.raises(SamplesError):  # the disk seems as full as before
        CacheSpace(tmp_path, 1.0, lambda _: None).reserve(6 * BLOCK, 'images')
    assert not old.exists() and new.exists()


def test_nothing_is_removed_in_vain(tmp_path: Path, entry, free_bytes) -> None:
    old = entry('frames-a', 1000)
    free_bytes(0)
    with pytest.raises(SamplesError):
        CacheSpace(tmp_path, 1.0, lambda _: None).reserve(10**9, 'images')
    assert old.exists()


def test_what_a_killed_process_left_goes_and_what_is_being_made_stays(
    tmp_path: Path, entry
) -> None:
    left, being_made = entry('frames-a.partial', 1000), entry('frames-b.partial', 1000)
    with (tmp_path / 'frames-b.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        CacheSpace(tmp_path, 1.0, lambda _: None).reserve(BLOCK, 'images')
        assert not left.exists() and being_made.exists()


def test_a_recording_without_room_is_refused_before_it_is_decoded(
    record, open_bags, tmp_path: Path, free_bytes
) -> None:
    bag, seen = record(passing(10)), list[int]()
    free_bytes(60_000)  # of 64 x 48 x 2 bytes an image, and some facts
    with pytest.raises(SamplesError) as refused:
        open_bags(bag, advance=lambda stage, done, count: seen.append(done))
    text = str(refused.value)
    assert text.startswith(f'{tmp_path / "cache"}: the 10 images of /thermal/image_raw of {bag}')
    assert '6e-05 GB are free' in text and 'cache_dir' in text
    assert not seen and not list((tmp_path / 'cache').glob('frames-*/'))
    free_bytes(80_000)
    assert len(open_bags(bag).train) == 8


def test_recordings_take_turns_in_a_small_cache(record, open_bags, tmp_path: Path) -> None:
    bags = [record(passing(10, step), f'drive{step:g}') for step in (1.0, 2.0, 3.0)]
    cache, limit_gb = tmp_path / 'cache', 100_000 / GB  # for one of 75 000 bytes
    sums, notes = [], list[str]()
    for bag in bags * 2:
        samples = open_bags(bag, max_cache_gb=limit_gb)
        sums.append(int(samples.train.triplet(0).images.sum()))
        notes += [note for note in samples.notes if 'cache of decoded data' in note]
        del samples
        gc.collect()
        kept = [one for one in stored(cache) if one.kind == 'frames']
        assert len(kept) == 1
    assert sums[:3] == sums[3:] and len(set(sums)) == 3
    assert len(notes) == 5 and all('removed 1 entry of' in note for note in notes)


def test_open_recordings_of_a_training_stay(record, open_bags, tmp_path: Path) -> None:
    bags = [record(passing(6, step), f'drive{step:g}') for step in (1.0, 2.0)]
    together = open_bags(*bags, max_cache_gb=1e-9)
    assert len(together.train) == 8
    for index in range(8):
        assert together.train.triplet(index).images.any()
    assert len([one for one in stored(tmp_path / 'cache') if one.kind == 'frames']) == 2


def test_a_sidecar_without_room_is_refused(frame_store, tmp_path: Path, free_bytes) -> None:
    class Numbers(Sidecar):
        kind = 'numbers'

    layout, store = {'values': ((100, 10), np.float32)}, frame_store(count=5)
    free_bytes(20_000)  # of 5 x 4001
    with pytest.raises(SamplesError, match=r"numbers 'mine' of frames-1 take 2e-05 GB.*free"):
        Numbers.create(tmp_path / 'cache', 'mine', store, {}, layout)
    assert not stored(tmp_path / 'cache')
    free_bytes(21_000)
    assert len(Numbers.create(tmp_path / 'cache', 'mine', store, {}, layout)) == 5
