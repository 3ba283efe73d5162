# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The suite in two processes: every test once, every failure seen, one closing line."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CONFTEST = """
import pytest
from helpers.shared_suite import pytest_runtestloop

@pytest.fixture(scope='session')
def once(tmp_path_factory):
    return tmp_path_factory.mktemp('once')
"""
MODULE = """
import os, time
from pathlib import Path
import pytest

def note(name):
    with open({ran!r}, 'a') as file:
        file.write(f'{{name}} {{os.getpid()}}\\n')

def meet():
    # Wait for the other process, which takes a file as well.
    folder = Path({ran!r} + '_by')
    folder.mkdir(exist_ok=True)
    (folder / str(os.getpid())).touch()
    end = time.monotonic() + 60
    while len(list(folder.iterdir())) < {processes} and time.monotonic() < end:
        time.sleep(0.01)

@pytest.mark.parametrize('n', range(3))
def test_a(n, once):
    meet()
    note(f'{name} {{n}} {{once}}')
    assert (n, {name!r}) != (1, {fails!r})

@pytest.mark.skip(reason='a reason')
def test_b():
    pass

@pytest.mark.slow
def test_c():
    note('slow')
"""
Run = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def run(repository: Path, tmp_path: Path) -> Run:
    """Run the suite of some files in a folder of its own."""
    project, ran = tmp_path / 'project', tmp_path / 'ran'
    project.mkdir()
    (project / 'conftest.py').write_text(CONFTEST)
    (project / 'pytest.ini').write_text('[pytest]\naddopts = -m "not slow"\nmarkers = slow: long\n')

    def call(*arguments: str, fails: str = '') -> subprocess.CompletedProcess:
        processes = 1 if arguments else 2
        for name in 'uvwxyz':
            text = MODULE.format(name=name, ran=str(ran), fails=fails, processes=processes)
            (project / f'test_{name}.py').write_text(text)
        modules = os.pathsep.join([str(repository / 'test'), os.environ.get('PYTHONPATH', '')])
        return subprocess.run(
            [sys.executable, str(repository / 'scripts' / 'run_tests.py'), *arguments],
            cwd=project,
            env={**os.environ, 'PYTHONPATH': modules},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return call


def test_two_processes_share_the_files_and_miss_nothing(run: Run, tmp_path: Path) -> None:
    done = run(fails='y')
    assert done.returncode == 1, done.stdout + done.stderr
    assert 'FAILED test_y.py::test_a[1]' in done.stdout
    closing = done.stdout.splitlines()[-1]
    assert re.fullmatch(r'=+ .* in [0-9.]+s =+', closing)
    counts = {word: int(n) for n, word in re.findall(r'(\d+) ([a-z]+)', closing)}
    assert counts == {'failed': 1, 'passed': 17, 'skipped': 6, 'deselected': 6}
    ran = [line.split() for line in (tmp_path / 'ran').read_text().splitlines()]
    tests = sorted((name, number) for name, number, _, _ in ran)
    assert tests == [(name, number) for name in 'uvwxyz' for number in '012'], 'each of them once'
    places = {
        process: {(once, name) for name, _, once, p in ran if p == process} for *_, process in ran
    }
    assert len(places) == 2, 'both have work'
    for files in places.values():
        assert len({once for once, _ in files}) == 1, 'fixtures of the session live on'
    names = [name for files in places.values() for _, name in files]
    assert len(names) == len(set(names)) == 6, 'a file is run by one process'


def test_arguments_go_to_a_single_process(run: Run, tmp_path: Path) -> None:
    done = run('-k', 'test_w and test_a', fails='w')
    assert done.returncode == 1
    ran = [line.split() for line in (tmp_path / 'ran').read_text().splitlines()]
    assert [line[:2] for line in ran] == [['w', '0'], ['w', '1'], ['w', '2']]
    assert len({line[3] for line in ran}) == 1
