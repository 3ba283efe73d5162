# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Model bundles: a folder with `bundle.yaml` and, when trained, `weights.safetensors`.

Specs, labels and the search for bundles need no torch; it is imported when `load_bundle`,
`save_bundle`, `validate_bundle` or `Bundle` is first asked for.
"""

from typing import TYPE_CHECKING, Any

from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import find_bundle, list_bundles
from thermal_depth_ros.bundles.labels import CITYSCAPES_19, UNLABELLED
from thermal_depth_ros.bundles.sections import Intrinsics, Scale, SeedWeights, StoredWeights
from thermal_depth_ros.bundles.spec import BundleSpec, read_spec
from thermal_depth_ros.frames.labels import LabelSet

if TYPE_CHECKING:
    from thermal_depth_ros.bundles.store import Bundle, load_bundle, save_bundle, validate_bundle

_NEEDS_TORCH = ('Bundle', 'load_bundle', 'save_bundle', 'validate_bundle')

__all__ = [
    'CITYSCAPES_19',
    'UNLABELLED',
    'Bundle',
    'BundleError',
    'BundleSpec',
    'Intrinsics',
    'LabelSet',
    'Scale',
    'SeedWeights',
    'StoredWeights',
    'find_bundle',
    'list_bundles',
    'load_bundle',
    'read_spec',
    'save_bundle',
    'validate_bundle',
]


def __getattr__(name: str) -> Any:
    """Import what needs torch when it is used."""
    if name in _NEEDS_TORCH:
        from thermal_depth_ros.bundles import store

        return getattr(store, name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
