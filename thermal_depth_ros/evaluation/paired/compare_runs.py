# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compares two evaluations: reads their results, prints tables, writes JSON and report."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from thermal_depth_ros import __version__
from thermal_depth_ros.base import screen
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.evaluation.metrics_json import check_condition, plain, to_text
from thermal_depth_ros.evaluation.paired.differences import (
    QuantityDifference,
    compare,
    plain_differences,
)
from thermal_depth_ros.evaluation.paired.regressions import (
    ReadArguments,
    read_pictures,
    worst_regressions,
)
from thermal_depth_ros.evaluation.paired.run_folder import EvaluatedRun, read_run_folder
from thermal_depth_ros.evaluation.reports.difference_report import (
    DifferenceReport,
    difference_section,
    render_differences,
)
from thermal_depth_ros.metrics.paired_bootstrap import CONFIDENCE, DRAWS


@dataclasses.dataclass(frozen=True)
class CompareJob:
    """What to compare and where to write the results.

    Attributes:
        folders: Folders of the two evaluations.
        listed: Classes over which mIoU is averaged; None for those of the first evaluation.
        pictures: Number of frames in the report for each camera and quantity.
        conditions: Conditions on the differences.
        output: Folder of the results.
    """

    folders: tuple[Path, Path]
    listed: str | Sequence[str] | None
    pictures: int
    conditions: Sequence[str]
    output: Path


def compare_runs(job: CompareJob, read_arguments: ReadArguments, stop: StopRequest) -> bool:
    """Compare two evaluations, print and write the results.

    Args:
        job: What to compare.
        read_arguments: Turns the arguments of an evaluation into a job, to make pictures.
        stop: Request to stop.

    Returns:
        Whether every condition is met.

    Raises:
        EvaluationError: The evaluations are damaged, or cannot be compared.
        ConditionError: A condition names an unknown figure.
        KeyboardInterrupt: A signal came.
    """
    runs = read_run_folder(job.folders[0]), read_run_folder(job.folders[1])
    found, notes = compare(*runs, job.listed)
    metrics = plain_differences(found)
    conditions = [check_condition(condition, plain(metrics)) for condition in job.conditions]
    regressions = [
        one
        for part in found
        for one in worst_regressions(part, job.pictures, _scaling(runs[0], part))
    ]
    pictures, missing = read_pictures(regressions, runs, read_arguments, stop)
    report = DifferenceReport(
        names=_names(job.folders),
        found=found,
        pictures=pictures,
        conditions=conditions,
        notes=(*notes, *missing),
        provenance=_provenance(job, runs),
    )
    shown = screen.output_screen()
    for note in report.notes:
        shown.print(f'note: {note}')
    for part in found:
        section = difference_section(part, report.names)
        for table in section.tables:
            shown.print(screen.table(table.title, table.columns, table.texts()))
        shown.print(section.text)
    for condition in conditions:
        shown.print(condition.text)
    job.output.mkdir(parents=True, exist_ok=True)
    file, page = job.output / 'comparison.json', job.output / 'comparison.html'
    values = {
        'first': str(job.folders[0]),
        'second': str(job.folders[1]),
        'cameras': plain(metrics),
        'worst_regressions': [dataclasses.asdict(one) for one in regressions],
        'conditions': [plain(dataclasses.asdict(condition)) for condition in conditions],
        'notes': list(report.notes),
        'provenance': dict(report.provenance),
    }
    write_text(page, render_differences(report))
    write_text(file, to_text(values))
    shown.print(f'{file}\n{page}')
    return all(condition.met for condition in conditions)


def _scaling(run: EvaluatedRun, part: QuantityDifference) -> bool:
    return run.options.median_scaling.get(part.kind, True)


def _names(folders: tuple[Path, Path]) -> tuple[str, str]:
    """Return short names of the evaluations: of their folders, where these differ."""
    first, second = (folder.resolve().name for folder in folders)
    return (first, second) if first != second else (str(folders[0]), str(folders[1]))


def _provenance(job: CompareJob, runs: tuple[EvaluatedRun, EvaluatedRun]) -> dict[str, str]:
    provenance = {'first evaluation': str(job.folders[0])}
    provenance['second evaluation'] = str(job.folders[1])
    for kind in runs[0].protocols:
        bundles = [run.bundles.get(kind, 'recorded predictions') for run in runs]
        provenance[f'{kind} bundles'] = ' and '.join(bundles)
        provenance[f'{kind} depth protocol'] = runs[0].protocols[kind]
    provenance['intervals'] = f'{CONFIDENCE:.0%}, {DRAWS} draws of a block bootstrap'
    provenance['thermal_depth_ros'] = __version__
    return provenance
