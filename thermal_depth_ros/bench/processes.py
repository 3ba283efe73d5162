# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Starts, monitors and stops processes of this package, isolated from the user's graph."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import psutil

from thermal_depth_ros.base.errors import ThermalDepthError

COMMAND = 'thermal_depth_ros.cli.main'
VEHICLE = (COMMAND, 'vehicle')
_STOP_S = 10.0


class BenchError(ThermalDepthError, RuntimeError):
    """A process of the measurement did not do its part; the message ends with its last words."""


@contextlib.contextmanager
def private_graph() -> Iterator[None]:
    """Move this process, and those it starts, into an unused ROS domain.

    Raises:
        BenchError: Every domain is in use.
    """
    from thermal_depth_ros.nodes.tools.free_domain import NoFreeDomainError, free_domain

    try:
        with using({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}), free_domain() as domain:
            os.environ['ROS_DOMAIN_ID'] = str(domain)
            yield
    except NoFreeDomainError as error:
        raise BenchError(str(error)) from error


@contextlib.contextmanager
def using(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process's environment for a while."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Running:
    """A Python module of this package that runs as a process; its output goes to a file."""

    def __init__(self, module: Sequence[str], log: Path) -> None:
        """Start it in the environment of this process; `module` is its name and its arguments."""
        self._module, self._log = module, log
        with log.open('wb') as output:
            self._process = subprocess.Popen(
                [sys.executable, '-m', *module],
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def wait(self, timeout_s: float) -> None:
        """Wait for its own end; raises BenchError when it fails or takes too long."""
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.stop()
            raise self.failure('did not end in time') from None
        if code:
            raise self.failure(f'ended with code {code}')

    def stop(self) -> int:
        """Ask it to stop, insist when it does not, return its exit code."""
        if self.alive:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()

    def failure(self, what: str) -> BenchError:
        """Return an error with the last lines of output."""
        words = self._log.read_text(errors='replace').strip().splitlines()[-5:]
        return BenchError(' '.join(self._module) + f' {what}: {words}')


class Meter:
    """Samples memory and processor time of a process in a thread."""

    def __init__(self, pid: int, period_s: float = 0.5) -> None:
        """Start to sample."""
        self._process = psutil.Process(pid)
        self._period_s = period_s
        self._samples: list[tuple[float, float, float]] = []  # s, MiB, CPU seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self) -> 'Usage':
        """Stop and return what was seen."""
        self._stop.set()
        self._thread.join()
        return Usage(*np.array(self._samples).reshape(-1, 3).T)

    def _run(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            while not self._stop.is_set():
                with self._process.oneshot():
                    memory = self._process.memory_info().rss / 2**20
                    times = self._process.cpu_times()
                self._samples.append((time.monotonic(), memory, times.user + times.system))
                self._stop.wait(self._period_s)


class Usage:
    """Resident memory and processor time over a measurement."""

    def __init__(self, times_s: np.ndarray, memory_mib: np.ndarray, cpu_s: np.ndarray) -> None:
        """Keep three arrays of one length (N,)."""
        self.times_s, self.memory_mib, self._cpu_s = times_s, memory_mib, cpu_s

    @property
    def total_cpu_s(self) -> float:
        """Processor time since the start of the process, s."""
        return float(self._cpu_s.max())

    @property
    def cpu_percent(self) -> float:
        """Mean load in percent of one core."""
        if len(self.times_s) < 2:
            return float('nan')
        span = self.times_s[-1] - self.times_s[0]
        return float(100.0 * (self._cpu_s[-1] - self._cpu_s[0]) / span)
