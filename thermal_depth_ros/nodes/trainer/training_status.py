# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""State of the training of the trainer node, and its diagnostics."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from thermal_depth_ros.messages.diagnostics import Level
from thermal_depth_ros.nodes.statuses import NodeStatus
from thermal_depth_ros.training.engine.callbacks import duration

INACTIVE, RUNNING, STOPPED, FINISHED, FAILED = (
    'inactive',
    'running',
    'stopped',
    'finished',
    'failed',
)


class TrainingStatus:
    """State of a training; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state, self._message = INACTIVE, 'no training was started'
        self._doing = ''
        self._progress: Mapping[str, Any] = {}
        self._metrics: Mapping[str, float] = {}
        self._notes: list[str] = []
        self._settings: Mapping[str, Any] = {}
        self._last_step_s = time.monotonic()

    def started(self, settings: Mapping[str, Any]) -> None:
        """Reset for a new start."""
        with self._lock:
            self._state, self._message, self._doing = RUNNING, '', 'starting'
            self._progress, self._metrics, self._notes = {}, {}, []
            self._settings = settings
            self._last_step_s = time.monotonic()

    def event(self, name: str, content: Any) -> None:
        """Handle an event of the training."""
        with self._lock:
            if name == 'progress':
                self._progress, self._doing = content, 'training'
                self._last_step_s = time.monotonic()
            elif name == 'state':
                self._doing = content
            elif name == 'preparing':
                self._doing = f'{content["what"]}: {content["done"]} of {content["total"]}'
            elif name == 'validated':
                self._metrics = content['metrics']
            elif name == 'note':
                self._notes.append(content)

    def ended(self, state: str, message: str) -> None:
        """Record how it ended, or why it was not started."""
        with self._lock:
            self._state, self._message = state, message

    @property
    def state(self) -> str:
        """One of the states above."""
        return self._state

    def statuses(self) -> list[NodeStatus]:
        """Return the diagnostics."""
        with self._lock:
            level = Level.ERROR if self._state == FAILED else Level.OK
            message = self._message or self._course()
            return [NodeStatus('training', level, message, self._values())]

    def _course(self) -> str:
        now = self._progress
        if not now:
            return self._doing
        return (
            f'{self._doing}: stage {now["stage"]}, epoch {now["epoch"]} of {now["epochs"]}, '
            f'step {now["step"]} of {now["total_steps"]}'
        )

    def _values(self) -> dict[str, str]:
        values = {'state': self._state, 'doing': self._doing if self._state == RUNNING else ''}
        values |= {name: str(self._settings.get(name, '')) for name in ('task', 'output')}
        now = self._progress
        if now:
            values |= {
                'stage': f'{now["stage"]} ({now["stage_number"]} of {now["stages"]})',
                'epoch': f'{now["epoch"]} of {now["epochs"]}',
                'step': f'{now["step"]} of {now["total_steps"]}',
                'samples per second': f'{now["samples_per_s"]:.2f}',
                'time so far': duration(now['elapsed_s']),
                'time left': duration(_number(now['eta_s'])),
                'seconds since last step': f'{time.monotonic() - self._last_step_s:.1f}',
            }
            values |= {
                f'loss {name}': f'{_number(value):.6g}' for name, value in now['losses'].items()
            }
        values |= {f'validation {n}': f'{_number(v):.6g}' for n, v in self._metrics.items()}
        if self._notes:
            values['last note'] = self._notes[-1]
        return values


def _number(value: float | None) -> float:
    return float('nan') if value is None else value
