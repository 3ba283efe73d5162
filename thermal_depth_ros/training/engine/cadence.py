# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Schedule of logging, validation and checkpoints: a function of the step alone."""

import dataclasses

from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.order import Order


@dataclasses.dataclass(frozen=True)
class Cadence:
    """Actions due after a step. Steps count from 1 over all stages; stages from 0."""

    run: RunConfig
    order: Order

    @property
    def end(self) -> int:
        """The last step of the run."""
        return min(self.run.max_steps or self.order.total_steps, self.order.total_steps)

    @property
    def validates(self) -> bool:
        """Whether the run is validated at all."""
        return bool(self.run.validate_every_steps or self.run.validate_every_epochs)

    def ends_epoch(self, step: int) -> bool:
        """Whether it is the last step of an epoch."""
        return step % self.order.steps_per_epoch == 0

    def ends_stage(self, step: int, stage: int) -> bool:
        """Whether it is the last step of its stage."""
        return step == self.order.first_step(stage + 1)

    def record(self, step: int, stage: int) -> bool:
        """Whether mean losses are recorded; always at the end of a stage."""
        return step % self.run.log_every_steps == 0 or self.ends_stage(step, stage)

    def checkpoint(self, step: int) -> bool:
        """Whether a checkpoint is written, in addition to those at the ends of stages."""
        every = self.run.checkpoint_every_steps
        return bool(every) and step % every == 0

    def pictures(self, step: int) -> bool:
        """Whether pictures are recorded."""
        every = self.run.pictures_every_steps
        return bool(every) and (step == 1 or step % every == 0)

    def validation(self, step: int, stage: int) -> bool:
        """Whether the networks are validated."""
        if self.run.validate_every_steps:
            return step % self.run.validate_every_steps == 0
        if not self.run.validate_every_epochs or not self.ends_epoch(step):
            return False
        epochs = (step - self.order.first_step(stage)) // self.order.steps_per_epoch
        return epochs % self.run.validate_every_epochs == 0 or self.ends_stage(step, stage)
