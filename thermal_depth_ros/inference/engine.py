# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The networks of one bundle on one device, ready to run."""

import contextlib
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.spec import SPEC_FILE
from thermal_depth_ros.bundles.store import Bundle, load_bundle
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.frame import MetricScale
from thermal_depth_ros.inference.device import (
    PRECISIONS,
    select_device,
    select_precision,
    use_threads,
)
from thermal_depth_ros.networks.architecture import EXACT, DptArchitecture, OutputArchitecture
from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.padding import lower_bound_size

NetworkT = TypeVar('NetworkT', bound=nn.Module)

# Several cameras of one kind share one copy of the networks.
_Key = tuple[Path, str, str, int]
_in_use: 'weakref.WeakValueDictionary[_Key, Bundle]' = weakref.WeakValueDictionary()
_loading = threading.Lock()


def shared_bundle(name_or_path: str, device: torch.device, kind: str) -> Bundle:
    """Load a bundle onto a device, or return a copy that is still in use.

    A bundle that was replaced on disk is reloaded, as its modification time has changed.

    Raises:
        BundleError: See `load_bundle`.
    """
    path = find_bundle(name_or_path).resolve()
    key = (path, str(device), kind, (path / SPEC_FILE).stat().st_mtime_ns)
    with _loading:
        bundle = _in_use.get(key)
        if bundle is None:
            bundle = load_bundle(path, device, kind)
            # Convolutions run about a third faster on the CPU with the channels innermost.
            for network in bundle.networks.values():
                network.to(memory_format=torch.channels_last)
            _in_use[key] = bundle
        return bundle


class Engine:
    """Device, precision and networks, independent of their purpose."""

    def __init__(self, kind: str, config: CameraConfig) -> None:
        """Load the bundle of a configuration onto its device.

        Raises:
            SettingsError: The device or precision is not available.
            BundleError: The bundle cannot be found or loaded, or is for another kind of camera.
        """
        self.device = select_device(config.device)
        self.precision = select_precision(config.precision, self.device)
        use_threads(config.threads)
        self._bundle: Bundle | None = shared_bundle(config.bundle, self.device, kind)
        self.spec = self._bundle.spec
        self._architecture = self.spec.networks_architecture
        self.networks: dict[str, nn.Module] = dict(self._bundle.networks)

    def network(self, name: str, network_class: type[NetworkT]) -> NetworkT:
        """Return a network by name; its class depends on the kind of bundle."""
        network = self.networks[name]
        assert isinstance(network, network_class)
        return network

    @property
    def input_size(self) -> tuple[int, int]:
        """Input height and width of the networks."""
        height, width = self.spec.input_size
        return height, width

    def fitted_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return height and width of what the networks are fed for an image of this size."""
        architecture = self._architecture
        if not isinstance(architecture, DptArchitecture) or architecture.input_fit == EXACT:
            return self.input_size
        patch = self.network('depth', DptDepthNet).backbone.patch_size
        return lower_bound_size(size, self.input_size, patch)

    @property
    def estimates_motion(self) -> bool:
        """Whether there is a network for the motion of the camera."""
        return 'pose' in self.networks

    @property
    def scale(self) -> MetricScale:
        """Metric scale of the bundle."""
        scale = self.spec.scale
        return MetricScale(scale.factor, scale.metric, f'bundle ({scale.source})')

    @property
    def relative(self) -> str:
        """Formula of depth if the networks give it up to scale and shift alone, otherwise ''."""
        architecture = self._architecture
        if not isinstance(architecture, OutputArchitecture) or not self.spec.relative:
            return ''
        return f'1 / ({architecture.output_scale:g} x + {architecture.output_shift:g})'

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Disable gradients within the context."""
        with torch.inference_mode():
            yield

    @contextlib.contextmanager
    def low_precision(self) -> Iterator[None]:
        """Use the chosen precision within the context; geometry stays in float32."""
        dtype = PRECISIONS[self.precision]
        enabled = dtype is not torch.float32
        with torch.autocast(self.device.type, dtype if enabled else None, enabled=enabled):
            yield

    def tensor(self, array: np.ndarray) -> torch.Tensor:
        """Return an image (H, W) or (H, W, C) as a tensor (1, C, H, W) on the device."""
        planes = array[..., None] if array.ndim == 2 else array
        return torch.from_numpy(planes).to(self.device).permute(2, 0, 1)[None]

    def synchronise(self) -> None:
        """Wait until the device has finished."""
        if self.device.type == 'cuda':
            torch.cuda.synchronize(self.device)

    def close(self) -> None:
        """Release the networks; the last user frees their memory."""
        self.networks, self._bundle = {}, None
        if self.device.type == 'cuda':
            torch.cuda.empty_cache()
