# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs benchmarks and prints their measurements."""

import json
import math
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

from rich.text import Text

from thermal_depth_ros.base.remedies import missing_import, require_middleware
from thermal_depth_ros.base.screen import output_screen, table
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.processes import BenchError

Part = Callable[[], Iterable[Measurement]]
_VERDICTS = {True: Text('met', 'green'), False: Text('MISSED', 'bold red'), None: Text('')}


def parts(
    names: Collection[str],
    graph_s: float,
    soak_s: float | None,
    curve_steps: int | None = None,
) -> dict[str, Part]:
    """Return the benchmarks to run, by title.

    Args:
        names: Of 'messages', 'evaluation', 'efficiency', 'engines', 'training', 'start-up' and
            'graph'.
        graph_s: Duration of each run of the graph, s.
        soak_s: Duration of the soak test, s; None for none.
        curve_steps: Steps of the trainings whose losses are compared; None only times steps.
    """
    every: dict[str, Part] = {
        'messages': _messages,
        'evaluation': _evaluation,
        'efficiency': _efficiency,
        'engines': _engines,
        'training': lambda: _training(curve_steps),
        'start-up': _start_up,
        'graph': lambda: _graph(graph_s),
    }
    chosen = {name: part for name, part in every.items() if name in names}
    if soak_s:
        chosen['soak'] = lambda: _soak(soak_s)
    return chosen


def run_benchmarks(chosen: Mapping[str, Part], file: Path | None) -> bool:
    """Run benchmarks and print their measurements; return whether all could be measured.

    Args:
        chosen: Benchmarks by title.
        file: JSON file for the measurements.
    """
    measured: list[Measurement] = []
    complete = True
    for title, part in chosen.items():
        print(f'{title}: measuring ...', file=sys.stderr, flush=True)
        try:
            measurements = list(part())
        except (BenchError, ImportError) as error:
            reason = missing_import(error) if isinstance(error, ImportError) else error
            print(f'{title}: not measured: {reason}', file=sys.stderr)
            complete = False
            continue
        columns = ('', 'figure', 'value', 'target', '', '')
        output_screen().print(table(title, columns, _rows(measurements), left=(0, 1, 3, 4, 5)))
        measured += measurements
    if file:
        write_text(file, json.dumps([item.as_plain() for item in measured], indent=2))
    return complete


def _rows(found: Iterable[Measurement]) -> Iterator[tuple[str | Text, ...]]:
    group = None
    for item in found:
        shown = '' if item.group == group else item.group
        group = item.group
        known = math.isfinite(item.value)
        value = f'{item.value:.5g} {item.unit}'.rstrip() if known else 'unmeasured'
        yield shown, item.name, value, item.bound, _VERDICTS[item.met], item.detail


def _messages() -> Iterable[Measurement]:
    from thermal_depth_ros.bench.messages import run_messages

    return run_messages()


def _evaluation() -> Iterable[Measurement]:
    from thermal_depth_ros.bench.evaluation import run_evaluation

    return run_evaluation()


def _efficiency() -> Iterable[Measurement]:
    from thermal_depth_ros.bench.efficiency_figures import run_efficiency

    return run_efficiency()


def _engines() -> Iterable[Measurement]:
    from thermal_depth_ros.bench.engines import run_engines

    return run_engines()


def _training(curve_steps: int | None) -> Iterable[Measurement]:
    from thermal_depth_ros.bench.training import run_training

    return run_training(curve_steps)


def _start_up() -> Iterable[Measurement]:
    require_middleware()
    from thermal_depth_ros.bench.start_up import run_start_up

    return run_start_up()


def _graph(seconds: float) -> Iterator[Measurement]:
    require_middleware()
    from thermal_depth_ros.bench.graph import LOADS, run_graph, summarise

    for load in LOADS:
        yield from summarise(run_graph(load, seconds))


def _soak(seconds: float) -> Iterable[Measurement]:
    require_middleware()
    from thermal_depth_ros.bench.graph import CLOUDS, run_graph, summarise

    return summarise(run_graph(CLOUDS, seconds), title=f'soak of {seconds:.0f} s')
