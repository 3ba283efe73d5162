# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Description of a pipeline, for logs, diagnostics and reports."""

import dataclasses

from thermal_depth_ros.bundles.untrained import untrained_outputs
from thermal_depth_ros.frames.frame import MetricScale
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.inference.engines.report import EngineReport
from thermal_depth_ros.networks.architecture import EXACT, LOWER_BOUND, UPPER_BOUND

_FITS = {EXACT: '', LOWER_BOUND: 'at least', UPPER_BOUND: 'at most'}


@dataclasses.dataclass(frozen=True)
class PipelineDescription:
    """Current state of a pipeline; the scale may change while it runs."""

    kind: str  # thermal or rgb
    network: str  # bundle or passthrough
    bundle: str  # name or path, as configured
    untrained_parts: tuple[str, ...]  # parts with random weights
    device: str
    precision: str
    input_size: tuple[int, int] | None  # height, width of the networks; None: any
    metric_scale: MetricScale
    labels: LabelSet | None  # classes of an rgb pipeline
    engine: EngineReport = EngineReport()  # of each network
    input_fit: str = EXACT  # how an image is made to fit `input_size`, see `DptArchitecture`
    relative: str = ''  # formula of depth where inverse depth has unknown scale and shift

    @property
    def trained(self) -> bool:
        """Whether every weight is the result of training."""
        return not self.untrained_parts

    @property
    def untrained_outputs(self) -> str:
        """What random weights make meaningless, such as 'motion'; '' if nothing."""
        return untrained_outputs(self.untrained_parts)

    @property
    def network_input(self) -> str:
        """Size of what the networks are fed, such as 'at most 320x256'."""
        if self.input_size is None:
            return 'any'
        height, width = self.input_size
        return f'{_FITS[self.input_fit]} {width}x{height}'.strip()

    @property
    def scale(self) -> float:
        """Metres per network unit."""
        return self.metric_scale.factor

    @property
    def scale_source(self) -> str:
        """Source of the scale, in words."""
        return self.metric_scale.source

    @property
    def announcements(self) -> tuple[str, ...]:
        """Warnings about the validity of the outputs, one sentence each."""
        if self.network == 'passthrough':
            return (
                f'{self.kind}: passthrough instead of a network: depth is constant, '
                'nothing is estimated',
            )
        announced = [f'{self.kind}: {warning}' for warning in self.engine.warnings]
        if not self.trained:
            announced.append(
                f'{self.kind}: bundle {self.bundle} is untrained '
                f'({", ".join(self.untrained_parts)}); meaningless: its {self.untrained_outputs}'
            )
        if self.relative:
            announced.append(
                f'{self.kind}: depth is relative: the network gives inverse depth up to scale and '
                f'shift, and depth is taken as {self.relative} until '
                f'`thermal-depth fit-scale {self.bundle}` stores better ones'
            )
        elif not self.metric_scale.metric:
            announced.append(
                f'{self.kind}: scale is not metric ({self.scale_source}), distances are '
                f'network units times {self.scale:g}'
            )
        return tuple(announced)
