# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The part of the set-up that belongs to one checkout: the package itself, and how to enter.

The package is installed with links, so that an edit is live; colcon runs again only when the build
description or the list of installed files changes.
"""

import hashlib
import shlex
import shutil
from pathlib import Path

from console import SetupError, run, say
from provision import activated, colcon
from recipe import CHECKOUT, Recipe

NAME = 'thermal_depth_ros'
STATE = CHECKOUT / '.env'
BUILT = ('build', 'install', 'log')
_DESCRIPTION = ('package.xml', 'setup.py', 'setup.cfg', f'resource/{NAME}')


def ensure(recipe: Recipe, force: bool = False) -> bool:
    """Install the package into the checkout and return whether that was needed."""
    STATE.mkdir(exist_ok=True)
    fingerprint = _fingerprint(recipe)
    record = STATE / 'fingerprint'
    installed = CHECKOUT / 'install' / NAME / 'share' / NAME / 'package.xml'
    current = record.is_file() and record.read_text() == fingerprint and installed.exists()
    if not current or force:
        record.unlink(missing_ok=True)
        _build(recipe)
        _link()
        record.write_text(fingerprint)
    _write_entry(recipe)
    return not current


def _fingerprint(recipe: Recipe) -> str:
    digest = hashlib.sha256(f'{recipe.folder}\0{CHECKOUT}\0'.encode())
    for path in (*(CHECKOUT / name for name in _DESCRIPTION), Path(__file__)):
        digest.update(path.read_bytes() + b'\0')
    for folder in ('launch', 'config', 'models', 'demo'):
        for path in sorted((CHECKOUT / folder).rglob('*')):
            if path.is_file() and '__pycache__' not in path.parts:
                digest.update(str(path.relative_to(CHECKOUT)).encode() + b'\0')
    return digest.hexdigest()


def _build(recipe: Recipe) -> None:
    say('installing the package into the checkout (colcon, linked: edits are live)')
    log = STATE / 'build.log'
    log.unlink(missing_ok=True)
    for folder in BUILT:  # links of another environment or place do not mix with new ones
        shutil.rmtree(CHECKOUT / folder, ignore_errors=True)
    command = [*colcon(recipe), 'build', '--symlink-install']
    command += ['--base-paths', CHECKOUT, '--packages-select', NAME]
    if run(command, log, activated(recipe), CHECKOUT):
        raise SetupError(f'colcon could not build the package, see {log}')


def _link() -> None:
    """Link what the search paths of env.sh point to.

    The checkout itself is not put on the PYTHONPATH: its launch/ and test/ folders would pass for
    packages.
    """
    links = {
        'bin/thermal-depth': f'install/{NAME}/lib/{NAME}/thermal-depth',
        f'python/{NAME}': NAME,
        f'python/{NAME}.egg-info': f'build/{NAME}/{NAME}.egg-info',
    }
    for name, target in links.items():
        link = STATE / name
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(Path('../..') / target)


def _write_entry(recipe: Recipe) -> None:
    """Write what env.sh reads; replaced in one step, so that a shell never reads half of it."""
    values = {
        '_tdr_checkout': CHECKOUT,
        '_tdr_environment': recipe.folder,
        '_tdr_overlay_modules': recipe.site_packages,
        '_tdr_ros_distro': recipe.ros_distro,
    }
    lines = [f'{name}={shlex.quote(str(value))}\n' for name, value in values.items()]
    fresh = STATE / 'entry.sh.new'
    fresh.write_text(''.join(lines))
    fresh.replace(STATE / 'entry.sh')
