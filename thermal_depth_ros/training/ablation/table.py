# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Formats the table of an ablation as text, Markdown and JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.training.ablation.rows import Ablation, Row
from thermal_depth_ros.training.ablation.run import FINISHED, RowResult
from thermal_depth_ros.training.engine.checkpoints import write_atomically
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.run_identity import RunIdentity, flat_settings

MARKDOWN, JSON = 'ablation.md', 'ablation.json'
UNKNOWN = '-'


def headings(ablation: Ablation) -> tuple[str, ...]:
    """Return the names of the columns: measured figures, then those of the paper."""
    names = [figure.heading for figure in ablation.figures]
    return ('', *names, *(f'paper: {name}' for name in names))


def cells(ablation: Ablation, result: RowResult) -> tuple[str, ...]:
    """Return the cells of a row as text."""
    title = result.row.title if result.state == FINISHED else f'{result.row.title} ({result.state})'
    wanted = [figure.metric for figure in ablation.figures]
    return (
        title,
        *(_number(result.metrics, name) for name in wanted),
        *(_number(result.row.paper, name) for name in wanted),
    )


def remarks(ablation: Ablation, results: Sequence[RowResult], configs: Sequence[Any]) -> list[str]:
    """Return remarks on the figures: data they are measured on, and missing ones."""
    values = flat_settings(configs)
    recordings = ', '.join(values.get('bags', ())) or 'the data of the settings'
    judged = ', '.join(values.get('validation_bags', ())) or 'the end of each of them'
    found = [
        f'Trained on {recordings}; judged on {judged}, the same images for every row. The '
        f"paper's figures are from other data ({ablation.setting}): compare the order of the "
        'rows, not the figures.'
    ]
    found += [f'{r.row.title}: {r.state}: {r.reason}' for r in results if r.reason]
    blind = [r for r in results if r.state == FINISHED and not _judged(ablation, r)]
    if blind:
        found.append('The validation recordings have no truth for these figures.')
    return found


def earlier_results(
    ablation: Ablation, configs: Sequence[Any], output: Path
) -> dict[str, RowResult]:
    """Return the finished rows, by name, of the table that an earlier call wrote.

    Rows of other settings are not comparable and are left out, as is a table that cannot be read.
    """
    try:
        earlier = json.loads((output / JSON).read_text())
        RunIdentity(tuple(configs), 0).check({**earlier, 'samples': 0})
        finished = {row['name']: row for row in earlier['rows'] if row['state'] == FINISHED}
        rows = [row for row in ablation.rows if row.name in finished]
        return {row.name: _recorded(row, finished[row.name]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def merged(
    ablation: Ablation, earlier: Mapping[str, RowResult], results: Sequence[RowResult]
) -> list[RowResult]:
    """Merge new results with earlier rows not requested now, in the order of the table."""
    known = {**earlier, **{result.row.name: result for result in results}}
    return [known[row.name] for row in ablation.rows if row.name in known]


def write_table(
    ablation: Ablation, results: Sequence[RowResult], configs: Sequence[Any], output: Path
) -> None:
    """Write the table as Markdown and as JSON.

    Raises:
        TrainingError: It cannot be written.
    """
    said = remarks(ablation, results, configs)
    identity = RunIdentity(tuple(configs), 0).state()
    plain = {
        'title': ablation.title,
        'remarks': said,
        'rows': [_plain(result) for result in results],
        'settings': identity['settings'],
        'recordings': identity['recordings'],
    }
    files = {
        MARKDOWN: _markdown(ablation, results, said),
        JSON: json.dumps(plain, indent=2, ensure_ascii=False) + '\n',
    }
    for name, text in files.items():
        try:
            output.mkdir(parents=True, exist_ok=True)
            write_atomically(output / name, text.encode())
        except OSError as error:
            raise TrainingError(f'{output / name}: {error.strerror or error}') from error


def _markdown(ablation: Ablation, results: Sequence[RowResult], said: Sequence[str]) -> str:
    columns = headings(ablation)
    lines = [
        f'# {ablation.title}',
        '',
        _line(columns),
        _line(['---', *(['---:'] * (len(columns) - 1))]),
        *(_line(cells(ablation, result)) for result in results),
        '',
        *(f'- {" ".join(text.split())}' for text in said),
    ]
    return '\n'.join(lines) + '\n'


def _line(texts: Sequence[str]) -> str:
    return f'| {" | ".join(texts)} |'


def _plain(result: RowResult) -> dict[str, Any]:
    finished = result.state == FINISHED
    return {
        'name': result.row.name,
        'title': result.row.title,
        'state': result.state,
        'reason': result.reason,
        'folder': str(result.folder),
        'steps': result.steps if finished else None,
        'metrics': dict(result.metrics),
        'paper': dict(result.row.paper),
    }


def _recorded(row: Row, plain: Mapping[str, Any]) -> RowResult:
    metrics = {str(name): float(value) for name, value in plain['metrics'].items()}
    return RowResult(row, FINISHED, Path(plain['folder']), metrics, int(plain['steps']))


def _judged(ablation: Ablation, result: RowResult) -> bool:
    return any(figure.metric in result.metrics for figure in ablation.figures)


def _number(values: Mapping[str, float], name: str) -> str:
    return f'{values[name]:.3f}' if name in values else UNKNOWN
