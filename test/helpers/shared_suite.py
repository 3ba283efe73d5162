# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One suite run by several processes of pytest: each takes the next test file that is left."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = 'TESTS_SHARED_IN'  # what scripts/run_tests.py sets: a folder of marks of taken files


def _taken_here(folder: Path, items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the tests of files that no other process has taken, file by file."""
    by_file: dict[Path, list[pytest.Item]] = {}
    for item in items:
        by_file.setdefault(item.path, []).append(item)
    for number, path in enumerate(sorted(by_file)):
        try:
            (folder / str(number)).touch(exist_ok=False)
        except FileExistsError:
            continue
        yield from by_file[path]


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run what is taken here; leave it to pytest where nothing is shared.

    The next test is known when one runs, so that fixtures of the session live on.
    """
    folder = os.environ.get(FOLDER)
    if not folder or session.testsfailed or session.config.option.collectonly:
        return None
    items = _taken_here(Path(folder), session.items)
    item = next(items, None)
    while item is not None:
        following = next(items, None)
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True
