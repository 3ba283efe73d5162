# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`translate`: what the images of recordings would look like by night, or by day."""

import argparse

from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.config_options import add_options, chosen, given
from thermal_depth_ros.samples.config import ImagesConfig
from thermal_depth_ros.training.labelling.config import TranslateConfig

_SIZE = frozenset({'width', 'height'})
_INCOMPLETE = 1


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
    add_options(made, TranslateConfig)
    made.add_argument('-o', dest='output', metavar='FOLDER', help='short for --output')
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


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parser().parse_args(argv)
    stop = StopRequest()
    stop.install()
    config, images = chosen(options, TranslateConfig), given(options, ImagesConfig)
    with stop.interrupting():
        from thermal_depth_ros.training.labelling.translate import translate_recordings
    return 0 if translate_recordings(config, images, stop) else _INCOMPLETE
