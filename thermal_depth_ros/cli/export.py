# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`export`: writes the networks of a bundle as ONNX files."""

import argparse
import re
from pathlib import Path

from thermal_depth_ros.cli.command_parser import command_parser

DESCRIPTION = """\
Write the networks of a model bundle as ONNX files, one for each stage: depth, pose, and for
DepthSegNet24 encoder, depth and semantics, which share the features of the encoder. Normalisation
and activations are inside; names, meanings, units, scale, labels and licence of inputs and outputs
are in the metadata of each file. Each file is compared with PyTorch.

Files in the folder of the bundle are used by the nodes; one that was made for other weights or
another size never is.
"""
EXAMPLES = """\
examples:
  thermal-depth export thermal_default                     # beside the weights
  thermal-depth export rgb_default -o out/onnx --batch dynamic
  thermal-depth export thermal_default --check demo/recording
  thermal-depth export thermal_default --int8 my_recording  # smaller and faster, less exact

Exit code: 0 if all files agree with PyTorch, otherwise 1.
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = command_parser('export', DESCRIPTION, EXAMPLES)
    made.add_argument('bundle', metavar='BUNDLE', help='name or folder of the bundle')
    made.add_argument(
        '-o', '--output', type=Path, metavar='FOLDER', help='folder of the files [that of BUNDLE]'
    )
    made.add_argument(
        '--batch',
        choices=('fixed', 'dynamic'),
        default='fixed',
        help='fixed: one image at a time; dynamic: any number [%(default)s]',
    )
    made.add_argument(
        '--image-size',
        type=_size,
        metavar='WIDTHxHEIGHT',
        help='size of the camera images, for bundles that are fed any aspect ratio [that of the '
        'network input]',
    )
    made.add_argument(
        '--check',
        nargs='+',
        type=Path,
        default=[],
        metavar='BAG',
        help='compare with PyTorch on the frames of a recording as well',
    )
    made.add_argument(
        '--frames',
        type=_count,
        default=20,
        metavar='N',
        help='most frames to compare, and to quantise with [%(default)s]',
    )
    made.add_argument(
        '--int8',
        nargs='+',
        type=Path,
        default=[],
        metavar='BAG',
        help='also write the networks in 8-bit integers, except that of motion, with ranges from '
        'the frames of a recording, and measure what that costs; `precision: int8` runs them',
    )
    return made


def main(argv: list[str] | None = None) -> int:
    """Export a bundle; return 1 if a file does not agree with PyTorch."""
    options = parser().parse_args(argv)
    from thermal_depth_ros.offline.export import ExportJob, export_bundle

    job = ExportJob(
        options.bundle,
        options.output,
        options.batch == 'dynamic',
        options.image_size,
        tuple(options.check),
        options.frames,
        tuple(options.int8),
    )
    return 0 if export_bundle(job) else 1


def _count(text: str) -> int:
    """Return a number of frames."""
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number from 1 to 10000')
    return int(text)


def _size(text: str) -> tuple[int, int]:
    """Return height and width of a text such as 640x480."""
    found = re.fullmatch(r'(\d{1,5})x(\d{1,5})', text)
    if found is None or not all(16 <= int(side) <= 8192 for side in found.groups()):
        raise argparse.ArgumentTypeError(f'{text!r} is not WIDTHxHEIGHT with 16 to 8192 pixels')
    return int(found[2]), int(found[1])
