# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What dead processes leave in shared memory goes, what living ones hold stays and is private."""

import contextlib
import fcntl
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from thermal_depth_ros.base import shared_memory

SEGMENT, PORT = 'fastrtps_00112233445566ff', 'fastrtps_port7411'
READY = 'configuring: '


def make(folder: Path, name: str, *more: str) -> set[str]:
    """Make the files of a segment or a port."""
    names = {name, f'{name}_el', *more}
    for one in names:
        (folder / one).write_bytes(b'x')
    return names


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_segments_and_ports_without_a_process_are_removed(tmp_path):
    make(tmp_path, SEGMENT)
    make(tmp_path, PORT, f'sem.{PORT}_mutex', f'{PORT}_sl')
    assert shared_memory.reclaim(tmp_path) == 2
    assert not left(tmp_path)


@pytest.mark.parametrize('end', ['_el', '_sl'])
@pytest.mark.parametrize('kind', [fcntl.LOCK_EX, fcntl.LOCK_SH])
def test_what_a_process_has_locked_stays(tmp_path, end, kind, monkeypatch):
    made = make(tmp_path, PORT, f'{PORT}_sl')
    # As with a process in another container, whose open files cannot be seen.
    monkeypatch.setattr(shared_memory, '_PROCESSES', tmp_path / 'none')
    with open(tmp_path / f'{PORT}{end}', 'rb') as file:
        fcntl.flock(file, kind)
        assert shared_memory.reclaim(tmp_path) == 0
    assert left(tmp_path) == made
    assert shared_memory.reclaim(tmp_path) == 1


def test_what_a_process_has_opened_and_not_yet_locked_stays(tmp_path):
    made = make(tmp_path, SEGMENT)
    with open(tmp_path / f'{SEGMENT}_el', 'rb'):
        assert shared_memory.reclaim(tmp_path) == 0
    assert left(tmp_path) == made


def test_files_of_other_programs_stay(tmp_path):
    names = {'fast_datasharing_01.0f_1', 'sem.other', 'fastrtps_el', 'psm_1_el', f'x{SEGMENT}_el'}
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / f'{PORT}_el').symlink_to(tmp_path / 'sem.other')
    assert shared_memory.reclaim(tmp_path) == 0
    assert left(tmp_path) == names | {f'{PORT}_el'}


def test_files_of_other_users_stay(tmp_path, monkeypatch):
    made = make(tmp_path, SEGMENT)
    monkeypatch.setattr(os, 'getuid', lambda: 987654)
    assert shared_memory.reclaim(tmp_path) == 0
    assert left(tmp_path) == made


def test_a_machine_without_such_a_folder_is_no_error(tmp_path):
    assert shared_memory.reclaim(tmp_path / 'none') == 0


@pytest.fixture
def vehicle(domain_id):
    """Start `vehicle` with real networks, and wait until it loads them."""
    pytest.importorskip('rclpy', reason='rclpy is not installed')
    if 'fastrtps' not in os.environ.get('RMW_IMPLEMENTATION', 'rmw_fastrtps_cpp'):
        pytest.skip('only Fast DDS has such files')
    with contextlib.ExitStack() as held:

        def start() -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, '-u', '-m', 'thermal_depth_ros.cli.main', 'vehicle'],
                env=os.environ | {'ROS_DOMAIN_ID': str(domain_id)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            held.callback(process.wait)
            held.callback(process.kill)
            assert any(READY in line for line in process.stdout)
            return process

        yield start


def files_of(process: subprocess.Popen[str]) -> list[Path]:
    """Return what a process holds in shared memory, without the help of the code under test."""
    folder = Path('/proc', str(process.pid), 'fd')
    targets = []
    for entry in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since: the process is still loading
            targets.append(os.readlink(entry))
    found = [Path(target) for target in targets if re.match('/dev/shm/.*_el$', target)]
    return found + [path.with_name(path.name[: -len('_el')]) for path in found]


@pytest.mark.ros
@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_model_loads_leaves_nothing(vehicle, number):
    process = vehicle()
    files = files_of(process)
    assert len(files) >= 4 and all(path.exists() for path in files)
    assert sum(path.stat().st_size for path in files) > 500_000
    process.send_signal(number)
    assert process.wait(30.0) == 0
    assert not [path for path in files if path.exists()]


@pytest.mark.ros
def test_the_next_start_removes_what_a_killed_one_left_and_keeps_its_own_private(vehicle):
    process = vehicle()
    files = files_of(process)
    process.kill()
    process.wait(30.0)
    assert [path for path in files if path.exists()]
    follower = vehicle()
    of_follower = files_of(follower)
    assert of_follower
    assert {stat.S_IMODE(path.stat().st_mode) for path in of_follower} == {0o600}
    assert not [path for path in files if path.exists() and path not in of_follower]
