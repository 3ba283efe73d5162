# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Set up everything the project needs: `make setup`.

An environment outside the checkout, shared by all checkouts with the same lock files, and the
package itself built into this checkout. Only the standard library is used.
"""

import argparse
import signal
import sys
import time

import checkout
import outside
import provision
from console import SetupError, say
from recipe import Recipe, find_recipe


def main() -> int:
    """Set up and return the exit status."""
    parser = argparse.ArgumentParser(prog='setup', description=__doc__)
    parser.add_argument('--rebuild', action='store_true', help='build the package again')
    arguments = parser.parse_args()
    outside.leave()
    signal.signal(signal.SIGTERM, _interrupt)
    started = time.monotonic()
    try:
        recipe = find_recipe()
        built = provision.ensure(recipe)
        installed = checkout.ensure(recipe, arguments.rebuild)
    except SetupError as error:
        print(f'setup: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('setup: interrupted; run it again to continue', file=sys.stderr)
        return 130
    if built:
        _mention_others(recipe)
    if built or installed:
        say(f'ready after {time.monotonic() - started:.0f} s; enter it with  . ./env.sh')
    return 0


def _mention_others(recipe: Recipe) -> None:
    others = [path.parent for path in recipe.folder.parent.glob('*/complete')]
    others.remove(recipe.folder)
    if others:
        names = ', '.join(path.name for path in others)
        say(f'not used by this checkout in {recipe.folder.parent}: {names}')


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == '__main__':
    sys.exit(main())
