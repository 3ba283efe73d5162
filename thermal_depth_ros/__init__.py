# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth, point clouds, semantics and odometry from thermal and RGB cameras, day and night.

The names in `__all__` are the public Python interface (docs/python.md); they are imported when
they are first used, so that commands start without them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thermal_depth_ros.api import Pipeline, Result, open_pipeline
    from thermal_depth_ros.base.settings import SettingsError
    from thermal_depth_ros.bundles.errors import BundleError
    from thermal_depth_ros.bundles.find import list_bundles
    from thermal_depth_ros.frames.frame import InferenceError
    from thermal_depth_ros.geometry.camera import PinholeCamera

__version__ = '0.1.0'
__all__ = [
    'BundleError',
    'InferenceError',
    'PinholeCamera',
    'Pipeline',
    'Result',
    'SettingsError',
    'list_bundles',
    'open_pipeline',
]

_MODULES = {
    'BundleError': 'bundles.errors',
    'InferenceError': 'frames.frame',
    'PinholeCamera': 'geometry.camera',
    'SettingsError': 'base.settings',
    'list_bundles': 'bundles.find',
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is used."""
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    import importlib

    return getattr(importlib.import_module(f'{__name__}.{_MODULES.get(name, "api")}'), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*__all__, '__version__'])
