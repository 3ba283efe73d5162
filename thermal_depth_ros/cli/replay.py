# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`replay`: plays recordings onto topics, with /clock."""

import argparse
import contextlib
import sys

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording, require_topics
from thermal_depth_ros.bags.replay import ReplayConfig
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.base.remedies import require_middleware
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.config_options import add_options, chosen
from thermal_depth_ros.cli.node_command import split_arguments
from thermal_depth_ros.cli.shared_options import add_recording

_FLAGS = {
    'start_s': '--start',
    'duration_s': '--duration',
    'wait_s': '--wait-for-subscribers',
    'nodes': '--wait-for-nodes',
    'nodes_wait_s': '--wait-for-nodes-s',
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth replay',
        allow_abbrev=False,
        description='Play recordings on their original topics with the original timing. Message '
        'types that are not installed are skipped with a warning each.',
        epilog='ROS arguments (--ros-args ...) are passed on. Ctrl-C ends the replay with '
        'exit code 0.',
    )
    add_recording(made)
    made.add_argument('--topics', nargs='+', metavar='TOPIC', help='play only these topics')
    made.add_argument(
        '--remap',
        nargs='+',
        default=[],
        metavar='FROM:=TO',
        help='publish a recorded topic under another name',
    )
    made.add_argument(
        '--align',
        action='store_true',
        help='start several recordings together by shifting the stamps of all but the first',
    )
    add_options(made, ReplayConfig, flags=_FLAGS)
    return made


def remappings(texts: list[str]) -> dict[str, str]:
    """Parse FROM:=TO.

    Raises:
        BagError: A text has another form.
    """
    found = {}
    for text in texts:
        source, separator, target = text.partition(':=')
        if not (source and separator and target):
            raise BagError(f'--remap {text}: not of the form /from:=/to')
        found[absolute_topic(source)] = absolute_topic(target)
    return found


def main(argv: list[str] | None = None) -> int:
    """Run the command; return 0 at the end of the recording or after a signal."""
    own, ros = split_arguments(sys.argv[1:] if argv is None else argv)
    options = parser().parse_args(own)
    stop = StopRequest()
    stop.install()
    config = chosen(options, ReplayConfig)
    remap = remappings(options.remap)
    with contextlib.ExitStack() as opened:
        recordings = [opened.enter_context(Recording(path)) for path in options.bag]
        topics = None
        if options.topics is not None:
            topics = [absolute_topic(topic) for topic in options.topics]
            require_topics(topics, recordings)
        require_middleware()
        from thermal_depth_ros.nodes.tools.replay_node import replay

        replay(recordings, options.align, config, topics, remap, ros, stop)
    return 0
