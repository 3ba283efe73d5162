# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Several cameras of one kind share one copy of the networks."""

import threading
import weakref
from pathlib import Path

import torch

from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.spec import SPEC_FILE
from thermal_depth_ros.bundles.store import Bundle, load_bundle

_Key = tuple[Path, str, str, int]
_in_use: 'weakref.WeakValueDictionary[_Key, Bundle]' = weakref.WeakValueDictionary()
_loading = threading.Lock()


def shared_bundle(name_or_path: str, device: torch.device, kind: str) -> Bundle:
    """Load a bundle onto a device, or return the copy that somebody still holds.

    A bundle that was replaced on disk is loaded anew: its description has another time.

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
