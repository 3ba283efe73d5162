# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""An entry is claimed only while no process uses it, and a dead process uses nothing."""

import copy
import gc
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from thermal_depth_ros.samples.entry_use import claimed, held, hold

HOLD = """
import sys
from pathlib import Path
from thermal_depth_ros.samples.entry_use import hold
hold(Path(sys.argv[1]))
print('held', flush=True)
sys.stdin.read()
"""

ASK = """
import sys
from pathlib import Path
from thermal_depth_ros.samples.entry_use import claimed
with claimed(Path(sys.argv[1])) as answer:
    print(answer)
"""


def free(entry: Path) -> bool:
    with claimed(entry) as answer:
        return answer


def free_elsewhere(entry: Path) -> bool:
    """Ask another process."""
    asked = [sys.executable, '-c', ASK, str(entry)]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout == 'True\n'


@pytest.mark.parametrize('ask', [free, free_elsewhere])
def test_an_entry_is_in_use_until_the_last_use_ends(tmp_path: Path, ask) -> None:
    entry, other = tmp_path / 'frames-1', tmp_path / 'frames-2'
    assert ask(entry)
    first, second = hold(entry), hold(entry)
    assert not ask(entry) and ask(other)
    first()
    assert not ask(entry)
    second()
    assert ask(entry)


def test_ending_one_use_leaves_those_of_other_entries(tmp_path: Path) -> None:
    with held(tmp_path / 'frames-1'):
        with held(tmp_path / 'frames-2'):
            assert not free_elsewhere(tmp_path / 'frames-2')
        assert free(tmp_path / 'frames-2')
        assert not free_elsewhere(tmp_path / 'frames-1')


def test_another_path_to_the_folder_means_the_same_entry(tmp_path: Path) -> None:
    (tmp_path / 'cache').mkdir()
    (tmp_path / 'link').symlink_to(tmp_path / 'cache')
    with held(tmp_path / 'cache' / 'frames-1'):
        assert not free(tmp_path / 'link' / 'frames-1')
        assert not free_elsewhere(tmp_path / 'link' / 'frames-1')


def test_a_killed_process_uses_nothing(tmp_path: Path) -> None:
    entry = tmp_path / 'frames-1'
    process = subprocess.Popen(
        [sys.executable, '-c', HOLD, str(entry)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    assert process.stdout.readline() == 'held\n'
    assert not free(entry)
    process.kill()
    process.wait()
    assert free(entry)
    process.stdin.close(), process.stdout.close()


def test_a_use_waits_until_a_claim_ends(tmp_path: Path) -> None:
    entry = tmp_path / 'frames-1'
    with claimed(entry) as mine:
        assert mine
        process = subprocess.Popen(
            [sys.executable, '-c', HOLD, str(entry)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
    output, _ = process.communicate(timeout=60)
    assert output == b'held\n' and process.returncode == 0


def test_many_uses_need_one_open_file(tmp_path: Path) -> None:
    before = len(os.listdir('/proc/self/fd'))
    uses = [hold(tmp_path / f'frames-{number}') for number in range(50)]
    assert len(os.listdir('/proc/self/fd')) == before + 1
    for end in uses:
        end()
    assert len(os.listdir('/proc/self/fd')) == before


def test_a_read_only_cache_can_be_used(tmp_path: Path) -> None:
    missing = tmp_path / 'missing' / 'frames-1'  # no lock can be made there
    with held(missing):
        assert not free(missing)
    assert not free(missing), 'what cannot be locked is not removed'


def test_an_open_store_is_in_use_and_so_are_its_copies(frame_store) -> None:
    store = frame_store()
    entry = store.folder
    copies = [copy.copy(store), pickle.loads(pickle.dumps(store))]
    del store
    gc.collect()
    assert not free(entry) and copies[1].images.shape == (4, 6, 9, 3)
    copies.clear()
    gc.collect()
    assert free(entry)
