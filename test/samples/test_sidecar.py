# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Results of cached images: whole rows or none, several processes, interruption, mix-ups."""

import errno
import multiprocessing
import os
import pickle
import signal
import time

import numpy as np
import pytest

from thermal_depth_ros.samples.depth_labels import DepthLabels
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.sidecar import Sidecar

LAYOUT = {'values': ((2, 3), np.uint16), 'marks': ((), np.uint8)}
COUNT = 40


class Numbers(Sidecar):
    kind = 'numbers'


@pytest.fixture
def store(frame_store):
    return frame_store(count=COUNT)


@pytest.fixture
def make(tmp_path, store):
    def open_results(name='mine', store=store, **about):
        return Numbers.create(tmp_path / 'cache', name, store, about, LAYOUT)

    return open_results


def row(k):
    return {'values': np.full((2, 3), 1000 + k, np.uint16), 'marks': np.array(k, np.uint8)}


def test_a_new_set_is_empty(make):
    results = make()
    assert len(results) == COUNT and not results.done().any()
    with pytest.raises(SamplesError, match=r"numbers 'mine' of frames-1: image 3 has none yet"):
        results.row('values', 3)


def test_rows_written_in_any_order_are_read_back(make):
    results = make()
    with results.writer() as writer:
        for k in (7, 3, 39):
            writer.write(k, row(k))
    assert np.flatnonzero(results.done()).tolist() == [3, 7, 39]
    for k in (3, 7, 39):
        assert (results.row('values', k) == 1000 + k).all() and results.row('marks', k) == k
    assert make().done().sum() == 3, 'opened again'


def test_what_is_missing_is_shared_out_evenly_and_completely(make):
    results = make()
    with results.writer() as writer:
        writer.write(4, row(4))
    shares = [results.missing(share, 3).tolist() for share in range(3)]
    assert sorted(sum(shares, [])) == [k for k in range(COUNT) if k != 4]
    assert max(map(len, shares)) - min(map(len, shares)) <= 2


def test_a_row_counts_only_after_the_commit(make):
    results = make()
    writer = results.writer()
    writer.write(0, row(0))
    assert not results.done().any()
    writer.commit()
    assert results.done().tolist() == [True] + [False] * (COUNT - 1)
    assert (results.row('values', 0) == 1000).all()


def test_an_exception_keeps_what_was_written_before_it(make):
    results = make()
    with pytest.raises(RuntimeError), results.writer() as writer:
        writer.write(1, row(1))
        raise RuntimeError('teacher died')
    assert results.done()[1] and (results.row('values', 1) == 1001).all()


def _write_share(root, store, share):
    results = Numbers.create(root, 'mine', store, {}, LAYOUT)
    with results.writer() as writer:
        for k in results.missing(share, 4):
            writer.write(k, row(k))


def test_processes_fill_one_set(tmp_path, store, make):
    context = multiprocessing.get_context('fork')
    workers = [
        context.Process(target=_write_share, args=(tmp_path / 'cache', store, share))
        for share in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    results = make()
    assert results.done().all()
    assert all((results.row('values', k) == 1000 + k).all() for k in range(COUNT))


def _write_slowly(root, store):
    results = Numbers.create(root, 'mine', store, {}, LAYOUT)
    with results.writer() as writer:
        for k in range(COUNT):
            writer.write(k, row(k))
            time.sleep(0.2)


def test_a_killed_process_leaves_whole_rows_and_another_one_continues(tmp_path, store, make):
    worker = multiprocessing.get_context('fork').Process(
        target=_write_slowly, args=(tmp_path / 'cache', store)
    )
    worker.start()
    results = make()
    end = time.monotonic() + 60
    while not results.done().any() and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(60)
    done = np.flatnonzero(results.done())
    assert 0 < len(done) < COUNT
    assert all((results.row('values', k) == 1000 + k).all() for k in done)
    with results.writer() as writer:
        for k in results.missing():
            writer.write(k, row(k))
    assert results.done().all()


def test_results_travel_to_other_processes_without_their_data(make):
    results = make()
    with results.writer() as writer:
        writer.write(2, row(2))
    assert (results.row('values', 2) == 1002).all()
    packed = pickle.dumps(results)
    assert len(packed) < 2000
    assert (pickle.loads(packed).row('values', 2) == 1002).all()


def test_sets_of_other_names_or_images_are_others(frame_store, make):
    first = make()
    assert make('other').folder != first.folder
    assert make(store=frame_store('frames-2', COUNT)).folder != first.folder


def test_a_set_made_in_another_way_is_refused(make):
    make(teacher='one', top=3)
    assert make(teacher='one', top=3).about == {'teacher': 'one', 'top': 3}
    with pytest.raises(SamplesError) as caught:
        make(teacher='two', top=3)
    message = str(caught.value)
    assert "numbers 'mine' of frames-1" in message and "teacher is 'one', not 'two'" in message
    assert 'top' not in message.split(';')[0]


def test_a_set_that_was_never_made_is_not_found(tmp_path, store, make):
    make()
    assert len(Numbers.find(tmp_path / 'cache', 'mine', store)) == COUNT
    with pytest.raises(SamplesError, match=r"numbers 'yours' of frames-1: have not been made"):
        Numbers.find(tmp_path / 'cache', 'yours', store)
    assert not list((tmp_path / 'cache').glob('*.partial*'))


@pytest.mark.parametrize(
    ('array', 'words'),
    [
        (np.zeros((3, 2), np.uint16), r'shape \(3, 2\) and type uint16, not \(2, 3\) and uint16'),
        (np.zeros((2, 3), np.float32), 'type float32'),
    ],
)
def test_rows_of_another_shape_or_type_are_refused_and_not_marked(make, array, words):
    results = make()
    with (
        results.writer() as writer,
        pytest.raises(SamplesError, match=f'values of image 5.*{words}'),
    ):
        writer.write(5, {'values': array})
    assert not results.done().any()


def test_images_that_do_not_exist_are_refused(make):
    with make().writer() as writer, pytest.raises(IndexError, match='no image 40 of 40'):
        writer.write(COUNT, row(0))


def test_a_full_disk_is_an_error_that_names_the_folder(make, monkeypatch):
    results = make()

    def full(*_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(os, 'pwrite', full)
    words = 'cannot be written: the disk is full'
    with results.writer() as writer, pytest.raises(SamplesError, match=words):
        writer.write(0, row(0))
    assert not results.done().any()


def test_a_damaged_array_is_named(make):
    results = make()
    data = (results.folder / 'values.npy').read_bytes()
    (results.folder / 'values.npy').write_bytes(b'\0' * len(data))
    with pytest.raises(SamplesError, match=r'values.npy: damaged'):
        make().writer()


def test_labels_of_earlier_versions_lie_where_they_are_looked_for(tmp_path, store):
    # Folder and files as version 0.1 wrote them.
    labels = DepthLabels.make(tmp_path, 'depth', store, 't', (0.1, 100.0))
    assert labels.folder.name == 'depth_labels-e43589a7ac66783b22db439b32781438'
    files = {path.name for path in labels.folder.iterdir()}
    assert files == {'about.json', 'disparity.npy', 'done.npy', 'entry.json'}
