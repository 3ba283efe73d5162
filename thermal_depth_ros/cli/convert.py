# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`convert`: data sets in their published layouts, written as recordings."""

import argparse
from pathlib import Path

from thermal_depth_ros.base.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.cli.config_options import add_options, chosen
from thermal_depth_ros.cli.shared_options import add_compression, add_force
from thermal_depth_ros.datasets.catalog import LAYOUTS, Layout
from thermal_depth_ros.datasets.config import ConvertConfig


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, with one subcommand for each layout."""
    made = argparse.ArgumentParser(
        prog='thermal-depth convert',
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Write the sequences of a data set as MCAP recordings: images as they are '
        '(16 bits kept), camera_info,\n/tf_static, true poses, LiDAR or true depth, and classes. '
        'docs/datasets.md describes the layouts.\n'
        '\n'
        'examples:\n'
        '  thermal-depth convert kitti KITTI -o data/kitti\n'
        '  thermal-depth convert nuscenes nuScenes -o data/nuscenes --split val\n'
        '  torchrun --standalone --nproc-per-node 4 -m thermal_depth_ros.cli.main convert ms2 MS2 '
        '-o data/ms2',
        epilog='Finished recordings are left as they are, so that the same command goes on where '
        'it was stopped.\nExit code: 0 if everything was converted, 1 if something was left out '
        'and on errors, 130 if interrupted.',
    )
    commands = made.add_subparsers(dest='layout', metavar='LAYOUT', required=True)
    for layout in LAYOUTS.values():
        _add_layout(commands, layout)
    return made


def _add_layout(commands: 'argparse._SubParsersAction', layout: Layout) -> None:  # type: ignore[type-arg]
    one = commands.add_parser(
        layout.name,
        help=layout.about,
        allow_abbrev=False,
        description=f'Convert {layout.about}. docs/datasets.md describes the layout.',
    )
    one.add_argument('source', type=Path, help='folder of the data set')
    one.add_argument(
        '-o',
        '--output',
        type=Path,
        required=True,
        help='folder of the recordings, one folder for each sequence',
    )
    add_force(one, 'earlier recordings')
    add_compression(one)
    add_options(one, layout.settings)


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parser().parse_args(argv)
    stop = StopRequest('interrupted')
    stop.install()
    with stop.interrupting():
        from thermal_depth_ros.datasets.convert import ConvertJob, convert
    layout = LAYOUTS[options.layout]
    settings: ConvertConfig = chosen(options, layout.settings)
    job = ConvertJob(
        layout=layout,
        source=options.source,
        output=options.output,
        settings=settings,
        force=options.force,
        compression=options.compression,
    )
    complete = convert(job, lambda: stop.asked)
    if stop.asked:
        return INTERRUPTED
    return 0 if complete else 1
