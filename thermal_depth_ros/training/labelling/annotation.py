# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a network over all images of a recording and stores the results with the cached images.

Several processes may share the images; images that have a result are left as they are.
"""

import abc
import dataclasses
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
import torch

from thermal_depth_ros.inference.device import select_device
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.sidecar import Sidecar, SidecarWriter
from thermal_depth_ros.training.engine.launch import local_rank, process_count, rank

SidecarT = TypeVar('SidecarT', bound=Sidecar)


@dataclasses.dataclass(frozen=True)
class Share:
    """Share of the images for one of several processes."""

    rank: int = 0
    count: int = 1

    @classmethod
    def of_process(cls) -> 'Share':
        """Read the share from the variables of torchrun, if it started this process."""
        return cls(rank(), process_count())


def device_of_process(wanted: str) -> torch.device:
    """Return a device; by default each process of a machine that torchrun started has its own GPU.

    Raises:
        SettingsError: There is no such device.
    """
    local = local_rank()
    if local is not None and wanted in ('auto', 'cuda') and torch.cuda.is_available():
        wanted = f'cuda:{local % torch.cuda.device_count()}'
    return select_device(wanted)


class Annotator(abc.ABC, Generic[SidecarT]):
    """A source of labels or translations, and the sidecar that it writes.

    Attributes:
        title: What it makes, such as classes.
    """

    title: str

    @abc.abstractmethod
    def open(self, frames: RecordedFrames) -> SidecarT:
        """Open the sidecar of a recording, new or existing.

        Raises:
            SamplesError: One of this name was made with other settings.
        """

    @abc.abstractmethod
    def write(
        self,
        sidecar: SidecarT,
        writer: SidecarWriter,
        frames: RecordedFrames,
        indices: np.ndarray,
    ) -> int:
        """Make and store the results of a batch of images; return for how many there are any.

        Raises:
            SamplesError: The results are invalid.
        """


@dataclasses.dataclass(frozen=True)
class Annotation(Generic[SidecarT]):
    """Result for one recording in this process.

    Attributes:
        sidecar: Results of all images, by all processes.
        before: Number of images that had a result before.
        made: Number of images that got a result.
        without: Number of images that got none.
    """

    sidecar: SidecarT
    before: int
    made: int
    without: int


def annotate(
    annotator: Annotator[SidecarT],
    frames: RecordedFrames,
    share: Share,
    batch: int,
    advance: Callable[[int, int], None],
    stopped: Callable[[], bool],
) -> Annotation[SidecarT]:
    """Process the images of a recording that have no result yet; finished results are kept.

    Args:
        annotator: What to make.
        frames: All images of the recording.
        share: Share of the images for this process.
        batch: Number of images per batch.
        advance: Called with the numbers of finished and of all images.
        stopped: Returns whether to stop after the current batch.

    Raises:
        SamplesError: The results cannot be written, or were made with other settings.
    """
    sidecar = annotator.open(frames)
    todo = np.flatnonzero(np.isin(frames.rows, sidecar.missing(share.rank, share.count)))
    before = int(sidecar.done()[frames.rows].sum())
    made = done = 0
    with sidecar.writer() as writer:
        for first in range(0, len(todo), batch):
            if stopped():
                break
            indices = todo[first : first + batch]
            made += annotator.write(sidecar, writer, frames, indices)
            done += len(indices)
            advance(done, len(todo))
    return Annotation(sidecar, before, made, done - made)
