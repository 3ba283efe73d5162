# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`replay`: plays recordings onto topics, with /clock."""

import argparse
import contextlib
import sys
import time
from pathlib import Path

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording, require_topics
from thermal_depth_ros.bags.schedule import ReplayConfig
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.bags.tracks import make_tracks
from thermal_depth_ros.base.remedies import require_middleware
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.config_options import add_options, chosen
from thermal_depth_ros.cli.node_command import split_arguments

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
    made.add_argument('bag', nargs='+', type=Path, help='rosbag2 folder, .mcap, .db3 or ROS 1 .bag')
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
    """Run the command; return 0 at the end of the recording or after a signal, else 1."""
    own, ros = split_arguments(sys.argv[1:] if argv is None else argv)
    options = parser().parse_args(own)
    stop = StopRequest()
    stop.install()
    config = chosen(options, ReplayConfig)
    remap = remappings(options.remap)
    with contextlib.ExitStack() as opened:
        recordings = [opened.enter_context(Recording(path)) for path in options.bag]
        topics = _wanted(recordings, options.topics)
        return _run(recordings, options.align, config, topics, remap, ros, stop)


def _wanted(recordings: list[Recording], topics: list[str] | None) -> list[str] | None:
    """Return the chosen topics by their full names; each must be in one of the recordings."""
    if topics is None:
        return None
    names = [absolute_topic(topic) for topic in topics]
    require_topics(names, recordings)
    return names


def _run(
    recordings: list[Recording],
    align: bool,
    config: ReplayConfig,
    topics: list[str] | None,
    remap: dict[str, str],
    ros_arguments: list[str],
    stop: StopRequest,
) -> int:
    require_middleware()
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    from thermal_depth_ros.base.stopping import GRACE_S
    from thermal_depth_ros.nodes import transport
    from thermal_depth_ros.nodes.run import NodeThread
    from thermal_depth_ros.nodes.tools.replay_node import ReplayNode

    transport.prepare()
    rclpy.init(args=ros_arguments, signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = ReplayNode(make_tracks(recordings, align), config, topics, remap, stop)
        for topic, reason in node.skipped.items():
            print(f'not played: {topic}: {reason}', flush=True)
        thread = NodeThread(node)
        report = node.play()
        for note in [line for recording in recordings for line in recording.notes]:
            print(f'note: {note}', flush=True)
        for problem in [line for recording in recordings for line in recording.problems]:
            print(f'problem: {problem}', flush=True)
        print(report.summary, flush=True)
        thread.stop(time.monotonic() + GRACE_S)
        return 0
    finally:
        rclpy.try_shutdown()
