# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs an adaptation from recordings to its report."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from thermal_depth_ros.training.adaptation.adapt import BUNDLE, REPORT, adapt, grade
from thermal_depth_ros.training.adaptation.config import AdaptConfig
from thermal_depth_ros.training.adaptation.errors import AdaptationError
from thermal_depth_ros.training.adaptation.report import (
    against_blind,
    figures,
    table_text,
    verdict,
    write_adaptation_report,
)
from thermal_depth_ros.training.engine.callbacks import ProgressCallback, StopSignal


def run_adaptation(
    bags: tuple[str, ...],
    config: AdaptConfig,
    folder: Path | None,
    callback: ProgressCallback,
    stop: StopSignal,
    *,
    overwrite: bool = False,
) -> bool | None:
    """Adapt a bundle to recordings, and write bundle, settings and report.

    Args:
        bags: Recordings of one camera.
        config: Settings.
        folder: Output folder; None only grades the recordings.
        callback: Progress callbacks.
        stop: Stop request.
        overwrite: Whether an earlier bundle in the folder is replaced.

    Returns:
        Whether the new bundle is better, or the recordings were graded; None if stopped before
        any was better.

    Raises:
        ThermalDepthError: Any failure; the message says what to change.
    """
    if folder is None:
        with stop.interrupting():
            grade(bags, config, callback, incomplete=True)
        return True
    bundle = folder / BUNDLE
    if bundle.exists() and not overwrite:
        raise AdaptationError(f'{bundle} exists already; give another folder, or --overwrite')
    with _made(folder):
        result = adapt(bags, config, folder, callback, stop)
    if result is None:
        callback.note('interrupted before any network was better: nothing is kept')
        return None
    if result.after is None:
        shutil.rmtree(bundle, ignore_errors=True)  # of an earlier adaptation
    write_adaptation_report(result, folder / REPORT)
    callback.note(table_text(figures(result)))
    for remark in result.remarks:
        callback.note(remark)
    if blind := against_blind(result):
        callback.note(blind)
    callback.note(verdict(result))
    callback.note(f'report: {folder / REPORT}')
    return result.after is not None


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder at once, as it may not be possible, and remove it if nothing gets into it."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # something is in it
            for one in new:
                one.rmdir()
