# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pipelines of an evaluation, loaded once and used for one recording after the other."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager

from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.pipeline import CameraPipeline, open_pipeline
from thermal_depth_ros.offline.run import WheelTopic


class Pipelines:
    """One pipeline for each camera of a recording."""

    def __init__(
        self,
        configs: Mapping[str, CameraConfig],
        loading: Callable[[], AbstractContextManager[None]],
        network_size: Collection[str],
    ) -> None:
        """Begin with none.

        Args:
            configs: Configurations by camera kind.
            loading: Entered while a model is loaded, which may take long.
            network_size: Kinds whose depth is left at the size of the network.
        """
        self._network_size = frozenset(network_size)
        self.wheel = WheelScale()  # shared by all cameras of a recording
        self._configs, self._loading = configs, loading
        self._open: dict[tuple[str, int], CameraPipeline] = {}

    def get(self, kind: str, slot: int, wheel: WheelTopic | None) -> CameraPipeline:
        """Return the pipeline of the n-th camera of a recording, with an empty memory.

        Raises:
            SettingsError: A setting is wrong.
            BundleError: The bundle cannot be loaded.
        """
        found = self._open.get((kind, slot))
        if found is None:
            with self._loading():
                found = open_pipeline(
                    kind,
                    self._configs[kind],
                    wheel.scale if wheel else None,
                    network_size=kind in self._network_size,
                )
            self._open[kind, slot] = found
        found.reset()
        return found

    def opened(self) -> list[CameraPipeline]:
        """Return the pipelines that were used, one of each kind."""
        kinds = {kind: pipeline for (kind, _), pipeline in reversed(self._open.items())}
        return list(kinds.values())

    def close(self) -> None:
        """Release the networks."""
        for pipeline in self._open.values():
            pipeline.close()
        self._open.clear()
