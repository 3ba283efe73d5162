# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Makes a table: measures its rows, shared between processes, shows and writes it."""

import dataclasses
import io
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from thermal_depth_ros import __version__
from thermal_depth_ros.base import screen
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.evaluation.processes import Process, own_device, this_process
from thermal_depth_ros.evaluation.tables.data import ConditionData
from thermal_depth_ros.evaluation.tables.measure import (
    Measured,
    Measurement,
    MeasureOptions,
    combine,
    measure_recording,
)
from thermal_depth_ros.evaluation.tables.published import Condition, PublishedTable
from thermal_depth_ros.evaluation.tables.rows import MeasuredRow, with_predicted
from thermal_depth_ros.evaluation.tables.sources import RowSource
from thermal_depth_ros.evaluation.tables.table import FilledTable

# Returns what a source costs at a height and width, as metrics of the columns of cost.
Cost = Callable[[RowSource, tuple[int, int]], Measured]
_Part = tuple[int, str]  # number of the source, name of the condition


@dataclasses.dataclass(frozen=True)
class TableJob:
    """What to put into a table, and where to write it.

    Attributes:
        table: The table of the paper.
        data: Recordings by condition.
        sources: Rows to measure.
        options: Choices of the user about the measurements.
        cost: Measures the columns of cost.
        as_predicted: Whether depth is also given without scaling.
        output: Folder of the files; None writes none.
    """

    table: PublishedTable
    data: Mapping[str, ConditionData]
    sources: Sequence[RowSource]
    options: MeasureOptions
    cost: Cost
    as_predicted: bool
    output: Path | None


def make_table(job: TableJob, stop: StopRequest) -> bool:
    """Measure, show and write a table.

    Returns:
        Whether every measured figure is complete; always in processes other than the first.

    Raises:
        ThermalDepthError: Data, ground truth or predictions cannot be used.
        KeyboardInterrupt: A signal came.
    """
    process = this_process()
    remarks = [
        text
        for source in job.sources
        for name, condition in job.table.conditions.items()
        if name in job.data
        for text in source.remarks(condition)
    ]
    shares = process.gather(_measure(job, process, stop))
    if not process.first:
        return True
    table = _filled(job, shares, remarks, process)
    show_table(screen.output_screen(), table)
    if job.output is not None:
        _write(table, job.output)
    return not table.problems


def show_table(shown: screen.Screen, table: FilledTable) -> None:
    """Show problems, the blocks of the table, and the remarks."""
    for problem in table.problems:
        shown.print(f'problem: {problem}')
    shown.print(f'{table.published.title} ({table.published.source})')
    for block in table.tables():
        left = range(block.text_columns)
        shown.print(screen.table(block.title, block.columns, block.texts(), left))
    for remark in table.remarks():
        shown.print(f'- {remark}')


def _measure(
    job: TableJob, process: Process, stop: StopRequest
) -> list[tuple[_Part, Path, Measurement]]:
    """Measure the share of this process, one network at a time."""
    shown = screen.output_screen() if process.first else screen.Screen(file=io.StringIO())
    options = _on_own_device(job.options, process)
    wanted = [
        (number, name, path)
        for number in range(len(job.sources))
        for name, data in job.data.items()
        for path in data.recordings
    ]
    found: list[tuple[_Part, Path, Measurement]] = []
    with screen.progress(shown) as begin:
        last = -1
        for number, name, path in process.share(wanted):
            if last not in (-1, number):
                job.sources[last].close()
            last, condition = number, job.table.conditions[name]
            measurement = measure_recording(
                job.sources[number],
                condition,
                job.table.measures(name),
                path,
                len(job.data[name].recordings) == 1,
                options,
                lambda: stop.asked,
                begin,
            )
            found.append(((number, name), path, measurement))
        if last >= 0:
            job.sources[last].close()
    return found


def _on_own_device(options: MeasureOptions, process: Process) -> MeasureOptions:
    """Assign each process its own GPU unless a device is set."""
    device = own_device() if process.count > 1 else None
    if device is None:
        return options
    configs = {
        kind: dataclasses.replace(config, device=device) if config.device == 'auto' else config
        for kind, config in options.configs.items()
    }
    return dataclasses.replace(options, configs=configs)


def _filled(
    job: TableJob,
    shares: Sequence[list[tuple[_Part, Path, Measurement]]],
    remarks: Sequence[str],
    process: Process,
) -> FilledTable:
    parts: dict[_Part, list[tuple[Path, Measurement]]] = defaultdict(list)
    for share in shares:
        for part, path, measurement in share:
            parts[part].append((path, measurement))
    rows: list[MeasuredRow] = []
    notes = [text for data in job.data.values() for text in data.notes] + list(remarks)
    problems: list[str] = []
    for number, source in enumerate(job.sources):
        measured: dict[str, Measured] = {}
        for name, condition in job.table.conditions.items():
            one = _measured(job, source, condition, parts.get((number, name), []))
            if one is None:
                continue
            measured[name] = one
            notes += one.notes
            problems += [f'{source.name}, {condition.title}: {text}' for text in one.problems]
        for (part_number, _), entries in parts.items():
            if part_number == number:
                notes += [text for _, one in entries for text in one.notes]
        row = MeasuredRow(source.name, measured)
        rows += with_predicted(row) if job.as_predicted else [row]
    return FilledTable(
        published=job.table,
        rows=rows,
        notes=tuple(dict.fromkeys(notes)),
        problems=tuple(dict.fromkeys(problems)),
        provenance={
            **{
                f'data of {name}': ', '.join(map(str, data.recordings))
                for name, data in job.data.items()
            },
            'rows': ', '.join(source.name for source in job.sources) or 'as published',
            'thermal_depth_ros': __version__,
            'processes': str(process.count),
        },
    )


def _measured(
    job: TableJob,
    source: RowSource,
    condition: Condition,
    entries: Sequence[tuple[Path, Measurement]],
) -> Measured | None:
    """Return the figures of a source under a condition; None if there are no data for it."""
    if condition.cost_at is not None:
        return job.cost(source, condition.cost_at)
    if not entries:
        return None
    order = {path: place for place, path in enumerate(job.data[condition.name].recordings)}
    ordered = sorted(entries, key=lambda entry: order[entry[0]])
    return combine(condition, [measurement for _, measurement in ordered])


def _write(table: FilledTable, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = table.published.name
    texts = {
        'md': table.markdown(),
        'tex': table.latex(),
        'html': table.html(),
        'json': table.json(),
    }
    for suffix, text in texts.items():
        write_text(folder / f'{name}.{suffix}', text)
    screen.output_screen().print(f'{folder / name}.md .tex .html .json')
