# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`translate`: what the images of recordings would look like by night, or by day."""

import argparse
from pathlib import Path

from thermal_depth_ros.bags.writer import COMPRESSIONS
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.config_options import add_options
from thermal_depth_ros.networks.architecture import DIRECTIONS
from thermal_depth_ros.samples.config import ImagesConfig

_SIZE = frozenset({'width', 'height'})


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth translate',
        allow_abbrev=False,
        description='Translate every image of recordings from day to night or back, and store '
        'the results in the image cache, where training finds them. Running the '
        'command again translates only missing images. The bundle comes from '
        '`thermal-depth train --task translation`.',
        epilog='Exit code: 0 if every image is translated; 1 if some are not (they are '
        'listed) or on an error; 130 if interrupted, keeping the finished images. '
        'On several GPUs: torchrun --standalone --nproc-per-node N -m '
        'thermal_depth_ros.cli.main translate ...; each process translates its '
        'share.',
    )
    made.add_argument('--bundle', required=True, help='translation bundle, name or path')
    made.add_argument(
        '--direction',
        choices=DIRECTIONS,
        default=DIRECTIONS[0],
        help='direction of the translation [%(default)s]',
    )
    made.add_argument(
        '--name',
        help='name of the translations in the cache; each recording has one set per name '
        '[the direction]',
    )
    _add_outputs(made)
    made.add_argument(
        '--check',
        action='store_true',
        help='translate nothing; only list images without a translation',
    )
    made.add_argument(
        '--device', default='auto', help='compute device: auto, cpu, cuda or cuda:N [auto]'
    )
    made.add_argument(
        '--threads',
        type=int,
        default=0,
        metavar='N',
        help='CPU threads; 0 leaves the choice to PyTorch [0]',
    )
    group = made.add_argument_group('images, as for training')
    add_options(group, ImagesConfig, leave_out=_SIZE)
    for name in sorted(_SIZE):
        group.add_argument(
            f'--{name}',
            type=int,
            metavar='N',
            help=f'{name} of the images, pixels [that of the bundle]',
        )
    return made


def _add_outputs(made: argparse.ArgumentParser) -> None:
    """Add the options of what is written besides the image cache."""
    made.add_argument(
        '-o',
        '--output',
        type=Path,
        metavar='FOLDER',
        help='also write the translations as a recording, with the stamps and topics of '
        'the source; several recordings go into folders of the same names',
    )
    made.add_argument('--force', action='store_true', help='replace an existing recording')
    made.add_argument(
        '--compression',
        choices=COMPRESSIONS,
        default='zstd',
        help='compression of that recording [zstd]',
    )
    made.add_argument(
        '--sheet',
        type=Path,
        metavar='PNG',
        help='output file of the contact sheet, with images above their translations '
        '[out/translate/NAME.png]',
    )
    made.add_argument(
        '--sheet-images',
        type=int,
        default=16,
        metavar='N',
        help='number of images on the contact sheet; 0 writes none [16]',
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parser().parse_args(argv)
    stop = StopRequest()
    stop.install()
    with stop.interrupting():
        from thermal_depth_ros.cli.translate_job import run_job
    return run_job(options, stop)
