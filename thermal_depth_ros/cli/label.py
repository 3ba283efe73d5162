# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`label`: classes and depth by teachers, for every image of recordings."""

import argparse
from pathlib import Path

from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.config_options import add_options
from thermal_depth_ros.samples.config import ImagesConfig
from thermal_depth_ros.training.labelling.corruption import CorruptionConfig


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1024:
        raise argparse.ArgumentTypeError(f'{number} is not between 1 and 1024')
    return number


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth label',
        allow_abbrev=False,
        usage='%(prog)s --bags BAG [BAG ...] [--teacher SOURCE] [--depth-teacher BUNDLE] [options]',
        description='Run teacher networks over the images of recordings and store their labels '
        'with the cached images, where `thermal-depth train --task rgb` finds them. '
        'Running the command again labels only images that have no labels yet.',
        epilog='Exit code: 0 if every image was processed, 1 on an error, 130 if '
        'interrupted. To share the images between processes: torchrun --standalone '
        '--nproc-per-node N -m thermal_depth_ros.cli.main label ...',
    )
    made.add_argument(
        '--teacher',
        metavar='SOURCE',
        help='teacher of semantic labels: a folder with a Mask2Former of transformers, '
        'an RGB bundle, or truth: the true classes of a synthetic drive, corrupted '
        'as set by --corruption.*',
    )
    made.add_argument(
        '--depth-teacher',
        metavar='BUNDLE',
        help='teacher of daytime depth: an RGB bundle from `thermal-depth train --task '
        'depth_teacher`',
    )
    made.add_argument('--name', default='semantic', help='name of the semantic labels [semantic]')
    made.add_argument('--depth-name', default='depth', help='name of the depth labels [depth]')
    made.add_argument(
        '--mapping',
        type=Path,
        metavar='FILE',
        help='YAML file of `teacher class: our class`, null to ignore a class; without '
        'it, the names must be identical',
    )
    made.add_argument(
        '--classes',
        type=Path,
        metavar='FILE',
        help='YAML file of our classes, a list of names and colours [Cityscapes]',
    )
    made.add_argument(
        '--top', type=_positive, default=3, help='number of class scores stored per pixel [3]'
    )
    made.add_argument('--label-topic', default='', help='topic of the true classes (teacher truth)')
    made.add_argument(
        '--sheet',
        type=Path,
        metavar='FILE',
        help='output file of the contact sheet [out/label/NAME.png]',
    )
    made.add_argument('--batch', type=_positive, default=4, help='images per batch [4]')
    made.add_argument(
        '--device', default='auto', help='compute device: auto, cpu, cuda or cuda:N [auto]'
    )
    made.add_argument(
        '--threads', type=int, default=0, help='CPU threads; 0 leaves the choice to PyTorch [0]'
    )
    add_options(made.add_argument_group('images, as for training'), ImagesConfig)
    add_options(
        made.add_argument_group('label corruption (teacher truth)'),
        CorruptionConfig,
        prefix='corruption',
    )
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    made = parser()
    options = made.parse_args(argv)
    if options.teacher is None and options.depth_teacher is None:
        made.error('nothing to do: give --teacher, --depth-teacher or both')
    stop = StopRequest()
    stop.install()
    with stop.interrupting():
        from thermal_depth_ros.cli.label_job import run_job
    return run_job(options, stop)
