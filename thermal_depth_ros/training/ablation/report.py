# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Results of an ablation as a table: in a terminal, as Markdown, and as JSON to continue from."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.metrics.baselines import CONSTANT, FIXED_MAP
from thermal_depth_ros.metrics.verdicts import A_CONSTANT, A_MAP
from thermal_depth_ros.training.ablation.tables import Ablation, Row
from thermal_depth_ros.training.engine.metric_texts import unbeaten
from thermal_depth_ros.training.engine.run_identity import RunIdentity, flat_settings

FINISHED, FAILED, LEFT_OUT, WAITING = 'finished', 'failed', 'left out', 'not finished'
MARKDOWN, JSON = 'ablation.md', 'ablation.json'


@dataclasses.dataclass(frozen=True)
class RowResult:
    """Result of a row.

    Attributes:
        row: Row of the table.
        state: FINISHED, FAILED, LEFT_OUT or WAITING.
        folder: Output folder of the training of this row.
        metrics: Metrics of the last validation.
        steps: Number of completed training steps.
        reason: Why it has no metrics.
    """

    row: Row
    state: str
    folder: Path
    metrics: Mapping[str, float] = dataclasses.field(default_factory=dict)
    steps: int = 0
    reason: str = ''

    def to_json(self) -> dict[str, Any]:
        """Return the result in plain values."""
        return {
            'name': self.row.name,
            'title': self.row.title,
            'state': self.state,
            'reason': self.reason,
            'folder': str(self.folder),
            'steps': self.steps if self.state == FINISHED else None,
            'metrics': dict(self.metrics),
            'paper': {name: list(figures) for name, figures in self.row.paper.items()},
        }


def earlier_results(
    ablation: Ablation, configs: tuple[Any, ...], folder: Path
) -> dict[str, RowResult]:
    """Return the finished rows, by name, of the table that an earlier call wrote.

    Rows of other settings are not comparable and are left out, as is a table that cannot be read.
    """
    try:
        earlier = json.loads((folder / JSON).read_text())
        RunIdentity(configs, 0).check({**earlier, 'samples': 0})
        finished = {row['name']: row for row in earlier['rows'] if row['state'] == FINISHED}
        return {
            row.name: RowResult(
                row,
                FINISHED,
                Path(finished[row.name]['folder']),
                {str(name): float(v) for name, v in finished[row.name]['metrics'].items()},
                int(finished[row.name]['steps']),
            )
            for row in ablation.rows
            if row.name in finished
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_table(
    ablation: Ablation, results: Sequence[RowResult], configs: tuple[Any, ...], folder: Path
) -> None:
    """Write the table as Markdown and as JSON.

    Raises:
        OSError: It cannot be written.
    """
    identity, remarks = RunIdentity(configs, 0).state(), _remarks(ablation, results, configs)
    plain = {
        'title': ablation.title,
        'remarks': remarks,
        'rows': [result.to_json() for result in results],
        'settings': identity['settings'],
        'recordings': identity['recordings'],
    }
    headings, *rows = _table(ablation, results)
    lines = [headings, ['---', *['---:'] * (len(headings) - 1)], *rows]
    markdown = [
        f'# {ablation.title}\n',
        *(f'| {" | ".join(line)} |' for line in lines),
        '',
        *(f'- {" ".join(text.split())}' for text in remarks),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        MARKDOWN: '\n'.join(markdown),
        JSON: json.dumps(plain, indent=2, ensure_ascii=False),
    }
    for name, text in texts.items():
        write_text(folder / name, f'{text}\n')


def print_table(
    ablation: Ablation, results: Sequence[RowResult], configs: tuple[Any, ...], folder: Path
) -> None:
    """Print the table, the remarks, and where they are written."""
    from thermal_depth_ros.base.screen import output_screen, table

    headings, *rows = _table(ablation, results)
    screen = output_screen()
    screen.print(table(ablation.title, headings, rows))
    for text in (*_remarks(ablation, results, configs), f'written to {folder / MARKDOWN}'):
        screen.print(text)


def _table(ablation: Ablation, results: Sequence[RowResult]) -> list[list[str]]:
    """Return headings and rows of text: title, measured metrics, then those of the paper."""
    headings = list(ablation.columns.values())
    lines = [['', *headings, *(f'paper: {name}' for name in headings)]]
    for result in results:
        state = '' if result.state == FINISHED else f' ({result.state})'
        measured = [result.metrics.get(column) for column in ablation.columns]
        numbers = ['-' if figure is None else f'{figure:.3f}' for figure in measured]
        papers = [_paper_text(result.row.paper.get(column, ())) for column in ablation.columns]
        lines.append([result.row.title + state, *numbers, *papers])
    for name, end in ((A_MAP, FIXED_MAP), (A_CONSTANT, CONSTANT)):
        lines += _blind(ablation, results, name, end)
    return lines


def _paper_text(figures: Sequence[float]) -> str:
    """Return the published figure, or those of the rows that may be meant."""
    return ' or '.join(dict.fromkeys(f'{figure:.3f}' for figure in figures)) or '-'


def _blind(
    ablation: Ablation, results: Sequence[RowResult], name: str, end: str
) -> list[list[str]]:
    """Return the row of what never looks at an image; the images are those of all rows."""
    for result in results:
        figures = [result.metrics.get(f'{column}{end}') for column in ablation.columns]
        if any(figure is not None for figure in figures):
            numbers = ['-' if figure is None else f'{figure:.3f}' for figure in figures]
            return [[name, *numbers, *['-'] * len(figures)]]
    return []


def _unbeaten(ablation: Ablation, result: RowResult) -> list[str]:
    """Return the figures of a row that do not beat what never looks, in a sentence."""
    names = {f'{column}{end}' for column in ablation.columns for end in ('', FIXED_MAP, CONSTANT)}
    shown = {name: value for name, value in result.metrics.items() if name in names}
    losses = unbeaten(shown)
    title = result.row.title
    return [f'{title}: does not beat what never looks: {", ".join(losses)}'] if losses else []


def _remarks(
    ablation: Ablation, results: Sequence[RowResult], configs: tuple[Any, ...]
) -> list[str]:
    """Return remarks on the figures: data they are measured on, and missing ones."""
    values = flat_settings(configs)
    recordings = ', '.join(values.get('bags', ())) or 'the data of the settings'
    validation = ', '.join(values.get('validation_bags', ())) or 'the end of each of them'
    remarks = [
        f'Trained on {recordings}; validated on {validation}, the same images for every row. The '
        f"paper's figures are from other data ({ablation.data}): compare the order of the rows, "
        'not the figures.'
    ]
    remarks += ablation.notes
    remarks += [f'{r.row.title}: {r.state}: {r.reason}' for r in results if r.reason]
    finished = [result for result in results if result.state == FINISHED]
    remarks += [text for result in finished for text in _unbeaten(ablation, result)]
    if any(ablation.columns.keys().isdisjoint(result.metrics) for result in finished):
        remarks.append('The validation recordings have no ground truth for these figures.')
    return remarks
