# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`translate`: what the images of recordings would look like by night, or by day."""

import argparse
import sys
from pathlib import Path

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.writer import COMPRESSIONS
from thermal_depth_ros.cli.config_options import add_options
from thermal_depth_ros.networks.architecture import DIRECTIONS
from thermal_depth_ros.nodes.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.images_config import ImagesConfig
from thermal_depth_ros.settings import SettingsError

_SIZE = frozenset({'width', 'height'})


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth translate',
        allow_abbrev=False,
        description='Write the synthetic counterpart of every image of recordings into the cache '
        'of decoded images, where training finds it. Called again, it makes what is missing. The '
        'bundle comes from `thermal-depth train --task translation`.',
        epilog='Exit code: 0 when every image has its counterpart; 1 when some have none (they '
        'are named) or on an error; 130 when interrupted, with what was made kept. On several '
        'GPUs: torchrun --standalone --nproc-per-node N -m thermal_depth_ros.cli.main translate '
        '...; each process makes its share.',
    )
    made.add_argument('--bundle', required=True, help='translation bundle, name or path')
    made.add_argument(
        '--direction', choices=DIRECTIONS, default=DIRECTIONS[0], help='[%(default)s]'
    )
    made.add_argument(
        '--name',
        help='of the translations in the cache; each recording has one set of a name [the '
        'direction]',
    )
    made.add_argument(
        '-o',
        '--output',
        type=Path,
        metavar='FOLDER',
        help='write them as a recording too, with the stamps and topics of the source; of several '
        'recordings, into folders named after them',
    )
    made.add_argument('--force', action='store_true', help='replace an earlier recording there')
    made.add_argument(
        '--compression', choices=COMPRESSIONS, default='zstd', help='of that recording [zstd]'
    )
    made.add_argument(
        '--sheet',
        type=Path,
        metavar='PNG',
        help='contact sheet of images above their counterparts [out/translate/NAME.png]',
    )
    made.add_argument(
        '--sheet-images', type=int, default=16, metavar='N', help='on it; 0: no sheet [16]'
    )
    made.add_argument(
        '--check', action='store_true', help='make nothing; only say which images have none'
    )
    made.add_argument('--device', default='auto', help='auto, cpu, cuda or cuda:N [auto]')
    made.add_argument(
        '--threads', type=int, default=0, metavar='N', help='CPU threads; 0: as PyTorch likes [0]'
    )
    group = made.add_argument_group('images, as in training')
    add_options(group, ImagesConfig, leave_out=_SIZE)
    for name in sorted(_SIZE):
        group.add_argument(
            f'--{name}', type=int, metavar='N', help=f'{name} of the images [that of the bundle]'
        )
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parser().parse_args(argv)
    stop = StopRequest()
    stop.install()
    try:
        with stop.interrupting():
            from thermal_depth_ros.bundles.errors import BundleError
            from thermal_depth_ros.cli.translate_job import run_job
        try:
            return run_job(options, stop)
        except BundleError as error:
            return _failed(error)
    except (BagError, SamplesError, SettingsError, OSError) as error:
        return _failed(error)
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
        return INTERRUPTED


def _failed(error: Exception) -> int:
    print(f'error: {error}', file=sys.stderr)
    return 1


if __name__ == '__main__':
    from thermal_depth_ros.cli.executables import translate

    sys.exit(translate())
