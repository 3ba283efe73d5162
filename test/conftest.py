# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Shared fixtures. Material outside the repository is used when it is there, never needed."""

import contextlib
import gc
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

os.environ.setdefault('OMP_NUM_THREADS', '2')
os.environ.setdefault('MPLBACKEND', 'Agg')
# What tests compute does not depend on the processor; those of the engines name theirs.
os.environ.setdefault('THERMAL_DEPTH_ENGINE', 'torch')
os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# An example may take any time, beside other load.
settings.register_profile('untimed', deadline=None)
settings.load_profile('untimed')

pytest.register_assert_rewrite('helpers')

from helpers.colour_drives import colour_drive  # noqa: E402
from helpers.lit_runs import lit_runs  # noqa: E402
from helpers.ros_domain import domain_id  # noqa: E402
from helpers.tiny_bundles import (  # noqa: E402
    depth_bundle,
    tiny_hybrid_bundle,
    tiny_rgb_bundle,
    tiny_stored_bundle,
    tiny_thermal_bundle,
    wide_rgb_bundle,
)

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / 'shared'


@pytest.fixture(scope='session', autouse=True)
def own_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep decoded images and compiled networks of the tests out of the user's cache.

    Processes that tests start inherit this. XDG_CACHE_HOME would also move the environments of
    `make setup`, and what other libraries keep.
    """
    folder = tmp_path_factory.mktemp('caches')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('THERMAL_DEPTH_CACHE', str(folder / 'engines'))
        patch.setenv('THERMAL_DEPTH_SAMPLE_CACHE', str(folder / 'samples'))
        yield


@pytest.fixture(autouse=True)
def no_errors_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test be the first that sees an unforeseen error."""
    from thermal_depth_ros.base import unexpected

    monkeypatch.setattr(unexpected, 'COUNTER', unexpected.ErrorCounter())


@pytest.fixture(autouse=True)
def keep_signal_handlers() -> Iterator[None]:
    """Put back the handlers of signals: commands that run in this process install their own."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _set_aside() -> None:
    """Let the collector of garbage leave alone what is there now.

    Modules and tests are millions of objects that stay; trainings and ablations collect often.
    """
    gc.collect()
    gc.freeze()


def pytest_collection_finish() -> None:
    _set_aside()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    if nextitem is not None and nextitem.path != item.path:
        _set_aside()


@pytest.fixture(scope='session')
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope='session')
def reference_vectors() -> Path:
    """Folder of numbers computed by reference implementations; its README explains them."""
    return REPOSITORY / 'test' / 'vectors'


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Folder of real recordings whose terms do not allow us to ship all of them."""
    path = SHARED / 'data'
    if not path.is_dir():
        pytest.skip(f'{path} is not here')
    return path


@pytest.fixture
def no_room() -> Callable[[], AbstractContextManager[None]]:
    """Return a context in which no file of this process grows beyond some bytes: a full disk.

    It holds for the report of pytest as well, so that it must end within the test.
    """
    return _no_room


@contextlib.contextmanager
def _no_room() -> Iterator[None]:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
