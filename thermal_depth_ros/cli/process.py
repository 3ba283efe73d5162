# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`process`: every frame of a recording through the same pipelines as the nodes, offline."""

import argparse
from pathlib import Path

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.camera_options import add_camera_options, read_camera_options
from thermal_depth_ros.cli.shared_options import add_compression, add_force, add_recording


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth process',
        usage='%(prog)s BAG [BAG ...] -o OUTPUT [options]',
        allow_abbrev=False,
        description='Run every frame of every camera of a recording through the pipelines of '
        'the nodes, and write the outputs as MCAP with the stamps of the source. '
        'The same input gives the same bytes.',
        epilog='Exit code: 0 if every frame gave its output, 1 if frames were dropped or '
        'on an error, 130 if interrupted; the file written until then is readable.',
    )
    add_recording(made)
    made.add_argument('-o', '--output', type=Path, required=True, help='output folder')
    add_force(made)
    add_compression(made)
    made.add_argument(
        '--copy-input', action='store_true', help='copy the input messages to the output'
    )
    made.add_argument(
        '--summary',
        type=Path,
        metavar='FILE',
        help='write a JSON summary of processed and dropped frames, by camera and reason',
    )
    keys = sorted({key for outputs in contract.OUTPUTS.values() for key in outputs})
    made.add_argument(
        '--topics',
        nargs='+',
        metavar='OUTPUT',
        help=f'outputs to write, by key ({", ".join(keys)}) or by topic (rgb/points) [all]',
    )
    add_camera_options(made)
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parser().parse_args(argv)
    stop = StopRequest('interrupted: nothing was written')
    stop.install()
    with stop.interrupting():
        from thermal_depth_ros.offline.process import ProcessJob, process_recording
    job = ProcessJob(
        bags=options.bag,
        output=options.output,
        cameras=read_camera_options(options),
        topics=options.topics,
        force=options.force,
        compression=options.compression,
        copy_input=options.copy_input,
        summary=options.summary,
    )
    return process_recording(job, stop)
