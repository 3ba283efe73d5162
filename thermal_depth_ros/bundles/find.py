# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds model bundles by name."""

import os
import sys
from pathlib import Path

from thermal_depth_ros.base.listing import list_folders, natural_order
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.spec import SPEC_FILE

MODELS_VARIABLE = 'THERMAL_DEPTH_MODELS'
_SHARE = Path('share') / 'thermal_depth_ros' / 'models'


def search_folders() -> list[Path]:
    """Return the folders searched, first hit wins.

    $THERMAL_DEPTH_MODELS (several with the path separator), the installed share folder in every
    ament prefix and in the Python prefix, and `models/` of a source checkout.
    """
    own = os.environ.get(MODELS_VARIABLE, '').split(os.pathsep)
    prefixes = [*os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep), sys.prefix]
    folders = [Path(entry).expanduser() for entry in own if entry]
    folders += [Path(prefix) / _SHARE for prefix in prefixes if prefix]
    folders.append(Path(__file__).resolve().parents[2] / 'models')
    return list(dict.fromkeys(folders))


def list_bundles() -> dict[str, Path]:
    """Return the bundles that can be given by name, sorted by name."""
    bundles: dict[str, Path] = {}
    for folder in search_folders():
        for path in list_folders(folder):
            if (path / SPEC_FILE).exists():
                bundles.setdefault(path.name, path)
    return {path.name: path for path in natural_order(bundles.values())}


def find_bundle(name_or_path: str | Path) -> Path:
    """Return the folder of a bundle given by its name or by a path.

    Raises:
        BundleError: There is none; the message lists the names there are.
    """
    if not str(name_or_path):
        raise BundleError('bundle', ['no name given', _there_are()])
    path = Path(name_or_path).expanduser()
    if path.name == SPEC_FILE and path.is_file():
        return path.parent
    if (path / SPEC_FILE).is_file():
        return path
    if path.is_dir() and len(path.parts) > 1:
        raise BundleError(path, [f'the folder has no {SPEC_FILE}', _there_are()])
    known = list_bundles()
    if str(name_or_path) in known:
        return known[str(name_or_path)]
    raise BundleError(f'bundle {str(name_or_path)!r}', ['not found', _there_are()])


def _there_are() -> str:
    names = ', '.join(list_bundles()) or 'none'
    folders = ', '.join(str(folder) for folder in search_folders() if folder.is_dir()) or 'none'
    return f'bundles there are: {names} (in {folders})'
