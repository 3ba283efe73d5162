# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Converts a data set: sequences shared between processes, finished ones left as they are."""

import dataclasses
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros import __version__
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.base.screen import Begin, output_screen, progress
from thermal_depth_ros.base.wire_text import bounded
from thermal_depth_ros.datasets.catalog import Layout, looks_like
from thermal_depth_ros.datasets.config import ConvertConfig
from thermal_depth_ros.datasets.errors import DatasetError, NothingFoundError
from thermal_depth_ros.datasets.sequence import Plan, SequenceData, chosen_names
from thermal_depth_ros.datasets.writing import (
    Written,
    count_messages,
    earlier_conversion,
    write_sequence,
)
from thermal_depth_ros.evaluation.processes import this_process
from thermal_depth_ros.messages.errors import MessageError


@dataclasses.dataclass(frozen=True)
class ConvertJob:
    """What the command was asked to do."""

    layout: Layout
    source: Path
    output: Path
    settings: ConvertConfig
    force: bool = False
    compression: str = 'zstd'


def convert(job: ConvertJob, stopped: Callable[[], bool] = lambda: False) -> bool:
    """Convert the sequences of this process and print what was written.

    A sequence that cannot be read is reported, and the others are converted. Finished recordings
    are left as they are, so that running the command again goes on where it was stopped.

    Returns:
        Whether every sequence was converted, with all of its files.

    Raises:
        DatasetError: The data set is not in the layout, or nothing of it was chosen.
        EvaluationError: RANK and WORLD_SIZE contradict each other.
    """
    plans = _plans(job)
    names = chosen_names(
        job.settings.sequences, [plan.name for plan in plans], job.source, 'sequence'
    )
    chosen = [plan for plan in plans if plan.name in set(names)]
    _check_names(chosen)
    complete = True
    with progress(output_screen(), transient=True) as begin:
        for plan in this_process().share(chosen):
            if stopped():
                break
            try:
                complete &= _convert_one(job, plan, begin, stopped)
            except (DatasetError, BagError, MessageError) as error:
                print(f'{plan.name}: not converted: {error}', file=sys.stderr)
                complete = False
    return complete


def _plans(job: ConvertJob) -> list[Plan]:
    source = job.source.expanduser().absolute()
    try:
        return job.layout.plans(source, job.settings)
    except NothingFoundError as error:
        others = [name for name in looks_like(source) if name != job.layout.name]
        if not others:
            raise
        raise DatasetError(f'{error}; it looks like {" and ".join(others)}') from error


def _check_names(plans: list[Plan]) -> None:
    names = [plan.name for plan in plans]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DatasetError(f'two sequences have the name {twice[0]}; convert them apart')


def _convert_one(job: ConvertJob, plan: Plan, begin: Begin, stopped: Callable[[], bool]) -> bool:
    path = job.output / plan.name
    about = {
        'layout': job.layout.name,
        'source': str(job.source),
        'sequence': plan.name,
        'thermal_depth_ros': __version__,
        'settings': _plain(dataclasses.asdict(job.settings)),
    }
    earlier = None if job.force else earlier_conversion(path)
    if earlier is not None:
        _check_same(path, earlier, about)
        print(f'{path}: there already')
        return True
    data = plan.read()
    try:
        return _write(job, plan, data, about, begin, stopped)
    finally:
        data.close()


def _write(
    job: ConvertJob,
    plan: Plan,
    data: SequenceData,
    about: Mapping[str, Any],
    begin: Begin,
    stopped: Callable[[], bool],
) -> bool:
    data.check(plan.name)
    for note in data.notes:
        print(f'note: {plan.name}: {note}')
    path = job.output / plan.name
    written = write_sequence(
        data,
        path,
        {**about, 'notes': list(data.notes)},
        overwrite=job.force,
        compression=job.compression,
        advance=begin(plan.name, count_messages(data)),
        stopped=stopped,
    )
    if written is None:
        print(f'interrupted: {path} is not written', file=sys.stderr)
        return False
    return _say(path, written)


def _say(path: Path, written: Written) -> bool:
    counts = ', '.join(f'{count} {topic}' for topic, count in sorted(written.counts.items()))
    print(f'{path}: {counts}')
    for problem in bounded(written.problems):
        print(f'left out: {problem}', file=sys.stderr)
    if written.left_out:
        print(f'{path}: {written.left_out} messages are left out', file=sys.stderr)
    return not written.left_out


def _check_same(path: Path, earlier: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Check that a recording was made with the same settings.

    Raises:
        DatasetError: It was not; the message names what differs.
    """
    was, wanted = earlier.get('settings'), about['settings']
    if earlier.get('layout') != about['layout'] or not isinstance(was, Mapping):
        raise DatasetError(
            f'{path}: was converted from the layout {earlier.get("layout")}, not '
            f'{about["layout"]}; --force replaces it'
        )
    ignored = {'sequences', 'partial'}
    differ = [k for k in wanted if k not in ignored and was.get(k) != wanted[k]]
    if differ:
        values = ', '.join(f'{key} {was.get(key)!r} then, {wanted[key]!r} now' for key in differ)
        raise DatasetError(f'{path}: was converted otherwise ({values}); --force replaces it')


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
