# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the checks and prints their findings. Libraries may be missing: they are imported late."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator

from thermal_depth_ros.base.remedies import missing_import, require_middleware
from thermal_depth_ros.doctor.finding import Finding, State, warn

_COLOURS = {State.OK: 'green', State.WARN: 'yellow', State.FAIL: 'bold red'}
Section = tuple[str, list[Finding]]


def run_checks(watch_graph: bool, seconds: float, json_output: bool) -> bool:
    """Check everything and print it; return whether nothing fails.

    Args:
        watch_graph: Whether to check the running ROS graph.
        seconds: How long to observe the graph, s.
        json_output: Whether to print JSON instead of tables.
    """
    checked: list[Section] = []
    for section in sections(watch_graph, seconds):
        checked.append(section)
        if not json_output:
            _print_table(*section)
    states = [finding.state for _, findings in checked for finding in findings]
    if json_output:
        print(_as_json(checked))
    else:
        print(', '.join(f'{states.count(state)} {state.value}' for state in State))
    return State.FAIL not in states


def sections(watch_graph: bool, seconds: float) -> Iterator[Section]:
    """Run every check, section by section; the imports are part of what is checked."""
    from thermal_depth_ros.doctor import installation

    yield 'machine', list(installation.machine())
    yield 'packages', list(installation.packages())
    yield 'devices', list(installation.devices())
    yield 'model bundles', _guarded('bundles', _bundles)
    yield 'engines', _guarded('engines', _engines)
    yield 'caches', _guarded('caches', _caches)
    yield 'ROS', list(installation.ros())
    if watch_graph:
        yield 'running graph', _guarded('graph', lambda: _graph(seconds))


def _guarded(name: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Run a check whose imports may be missing."""
    try:
        return list(check())
    except ImportError as error:
        return [warn(name, f'not checked: {missing_import(error)}')]
    except OSError as error:
        return [warn(name, f'not checked: {error}')]


def _bundles() -> Iterable[Finding]:
    from thermal_depth_ros.doctor.bundles import bundles

    return bundles()


def _engines() -> Iterable[Finding]:
    from thermal_depth_ros.doctor.engines import engines

    return engines()


def _caches() -> Iterable[Finding]:
    from thermal_depth_ros.doctor.caches import caches

    return caches()


def _graph(seconds: float) -> Iterable[Finding]:
    require_middleware()
    from thermal_depth_ros.doctor.graph import graph
    from thermal_depth_ros.nodes.tools.graph import read_graph

    return graph(read_graph(seconds))


def _as_json(checked: Iterable[Section]) -> str:
    """Return all findings as JSON: {section: [{name, state, text, advice}]}."""
    content = {
        title: [{**dataclasses.asdict(f), 'state': f.state.value} for f in findings]
        for title, findings in checked
    }
    return json.dumps(content, indent=2)


def _print_table(title: str, findings: Iterable[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    from thermal_depth_ros.base.screen import Screen

    table = Table(title=title, title_justify='left', expand=False, show_header=False)
    for finding in findings:
        text = Text(finding.text)
        if finding.advice:
            text.append(f'\n-> {finding.advice}', style='italic')
        state = Text(finding.state.value, style=_COLOURS[finding.state])
        table.add_row(state, Text(finding.name), text)
    Screen().print(table)
