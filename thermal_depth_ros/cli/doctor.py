# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`doctor`: checks installation, devices, bundles and the running graph."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Iterator

from thermal_depth_ros.base.remedies import missing_import, require_middleware
from thermal_depth_ros.doctor.finding import Finding, State, warn

_COLOURS = {State.OK: 'green', State.WARN: 'yellow', State.FAIL: 'bold red'}
Section = tuple[str, list[Finding]]


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth doctor',
        description='Check this machine, the model bundles and the running ROS graph.',
        epilog='Exit code: 1 if any check reports FAIL, otherwise 0 (a WARN is not a failure).',
    )
    made.add_argument('--json', action='store_true', help='print JSON instead of tables')
    made.add_argument(
        '--no-graph', action='store_true', help='skip the checks of the running ROS graph'
    )
    made.add_argument(
        '--seconds',
        type=float,
        default=4.0,
        help='how long to observe the running graph, s (default: %(default)s)',
    )
    return made


def sections(watch_graph: bool, seconds: float) -> Iterator[Section]:
    """Run every check, section by section; the imports are part of what is checked."""
    from thermal_depth_ros.doctor import installation

    yield 'machine', list(installation.machine())
    yield 'packages', list(installation.packages())
    yield 'devices', list(installation.devices())
    yield 'model bundles', _guarded('bundles', _bundles)
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


def _graph(seconds: float) -> Iterable[Finding]:
    require_middleware()
    from thermal_depth_ros.doctor.graph import graph
    from thermal_depth_ros.nodes.tools.graph import read_graph

    return graph(read_graph(seconds))


def as_json(checked: Iterable[Section]) -> str:
    """Return all findings as JSON: {section: [{name, state, text, advice}]}."""
    content = {
        title: [{**dataclasses.asdict(f), 'state': f.state.value} for f in findings]
        for title, findings in checked
    }
    return json.dumps(content, indent=2)


def print_tables(checked: Iterable[Section]) -> None:
    """Print a table per section, as soon as it was checked."""
    from rich.table import Table
    from rich.text import Text

    from thermal_depth_ros.base.screen import Screen

    console = Screen()
    for title, findings in checked:
        table = Table(title=title, title_justify='left', expand=False, show_header=False)
        for finding in findings:
            text = Text(finding.text)
            if finding.advice:
                text.append(f'\n-> {finding.advice}', style='italic')
            state = Text(finding.state.value, style=_COLOURS[finding.state])
            table.add_row(state, Text(finding.name), text)
        console.print(table)


def main(argv: list[str] | None = None) -> int:
    """Check everything and print it; return 1 when something fails."""
    arguments = parser().parse_args(argv)
    checked: list[Section] = []

    def remembered() -> Iterator[Section]:
        for section in sections(not arguments.no_graph, arguments.seconds):
            checked.append(section)
            yield section

    if arguments.json:
        print(as_json(remembered()))
    else:
        print_tables(remembered())
    states = [finding.state for _, findings in checked for finding in findings]
    if not arguments.json:
        print(', '.join(f'{states.count(state)} {state.value}' for state in State))
    return 1 if State.FAIL in states else 0


if __name__ == '__main__':
    from thermal_depth_ros.cli.executables import doctor

    sys.exit(doctor())
