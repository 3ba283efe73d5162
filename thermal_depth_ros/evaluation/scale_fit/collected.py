# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What recordings told about the depth of a network, and the scale that follows."""

import dataclasses
from collections import Counter

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.scale_fit.estimate import (
    FittedScale,
    FrameSamples,
    TooLittleKnownError,
    fit_factor,
    fit_scale,
)
from thermal_depth_ros.evaluation.scale_fit.opening import MOTION, PARALLAX
from thermal_depth_ros.evaluation.scale_fit.parallax import Parallax

_DRIVE = (
    'Record a drive past near things: a camera that stands still or only turns tells nothing of '
    'the scale'
)


@dataclasses.dataclass
class Collected:
    """What all recordings gave so far.

    Attributes:
        source: Source of what is known, as in `opening`.
        topics: Its topics.
        frames: Pixels of known depth.
        ratios: Metres per network unit, one for each stretch of motion.
        dropped: Number of frames that were not processed, by reason.
        parallaxes: Those that saw the frames, one for each camera and recording.
    """

    source: str
    topics: list[str] = dataclasses.field(default_factory=list)
    frames: list[FrameSamples] = dataclasses.field(default_factory=list)
    ratios: list[float] = dataclasses.field(default_factory=list)
    dropped: Counter[str] = dataclasses.field(default_factory=Counter)
    parallaxes: list[Parallax] = dataclasses.field(default_factory=list)

    def fitted(self, *, with_shift: bool) -> FittedScale:
        """Fit the scale, and the shift or a shift of zero.

        Raises:
            EvaluationError: Too little is known, or it contradicts itself.
        """
        try:
            if self.source == MOTION:
                return fit_factor(self.ratios)
            return fit_scale(self.frames, with_shift=with_shift)
        except TooLittleKnownError as error:
            if self.source == PARALLAX:
                raise EvaluationError(self._without_parallax(error)) from error
            if self.source == MOTION:
                raise EvaluationError(f'{error}. {_DRIVE}') from error
            raise

    def _without_parallax(self, error: Exception) -> str:
        """Say why too little depth follows from parallax, and what to record."""
        topics = ', '.join(dict.fromkeys(self.topics))
        frames = sum(one.frames for one in self.parallaxes)
        if not frames:
            return (
                f'no parallax: no image has both camera_info and a pose of {topics} at its time '
                f'({error}). Record them together, with the clock of the camera'
            )
        travelled_m = sum(one.travelled_m for one in self.parallaxes)
        return (
            f'no parallax: by {topics}, the camera moved {travelled_m:.2f} m in {frames} images '
            f'({error}). {_DRIVE}'
        )
