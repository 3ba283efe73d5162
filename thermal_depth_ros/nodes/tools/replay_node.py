# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Plays recordings on their topics with the recorded timing and /clock."""

import dataclasses
import re
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import rclpy
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions

from thermal_depth_ros.bags.definitions import typestore_of
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.replay import (
    Moment,
    ReplayConfig,
    Ticks,
    Timeline,
    Track,
    Window,
    make_tracks,
    moments,
    window,
)
from thermal_depth_ros.bags.storage import Channel, absolute_topic
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.allocator import keep_freed_memory
from thermal_depth_ros.base.stopping import GRACE_S, StopRequest
from thermal_depth_ros.base.wire_text import printable
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.ros_types import ros_types
from thermal_depth_ros.messages.stamps import NS_PER_S, clock_message
from thermal_depth_ros.nodes import transport
from thermal_depth_ros.nodes.run import NodeThread
from thermal_depth_ros.nodes.tools.replay_start import wait_for_nodes, wait_for_subscribers

DEPTH = 10
LATE_NS = 20_000_000  # a message published later than this is counted as late
_LONGEST_SLEEP_S = 0.05  # longest delay of a signal
_MAX_LATCHED = 1000
_TYPE_NAME = re.compile(r'[a-z][a-z0-9_]*/msg/[A-Za-z][A-Za-z0-9]*')


@dataclasses.dataclass(frozen=True)
class ReplayReport:
    """Message counts of a replay."""

    published: Counter[str]
    skipped: Mapping[str, str]  # topic -> why
    left_out: Counter[str]  # messages that cannot be read or converted, by topic
    late: int  # messages later than LATE_NS
    worst_late_ms: float
    loops: int
    stopped: bool

    @property
    def summary(self) -> str:
        """Summary in one line."""
        text = f'{sum(self.published.values())} messages of {len(self.published)} topics published'
        if self.loops > 1:
            text += f' in {self.loops} loops'
        if self.left_out:
            text += f'; {sum(self.left_out.values())} left out, see the log'
        if self.late:
            text += (
                f'; {self.late} were more than {LATE_NS // 1_000_000} ms late, '
                f'the worst {self.worst_late_ms:.0f} ms'
            )
        return text + ('; stopped before the end' if self.stopped else '')


class ReplayNode(Node):
    """Publishes every message of its tracks when due; late messages are not skipped."""

    def __init__(
        self,
        tracks: Sequence[Track],
        config: ReplayConfig,
        topics: Collection[str] | None = None,
        remap: Mapping[str, str] | None = None,
        stop: StopRequest | None = None,
    ) -> None:
        """Create the publishers.

        Args:
            tracks: Tracks to play.
            config: Replay settings.
            topics: Recorded topics to play, all when None.
            remap: Recorded topic -> topic to publish on.
            stop: Stop request, checked between messages; None for none.

        Raises:
            BagError: The window is empty, or nothing in it can be published.
        """
        super().__init__('replay')
        self._tracks, self._config = tracks, config
        self._remap = dict(remap or {})
        self._stop = stop or StopRequest()
        self._window = self._find_window()
        self._publishers_of: dict[str, Publisher] = {}
        self._skipped: dict[str, str] = {}
        self._latched: set[str] = set()
        self._images: set[str] = set()
        for topic in self._recorded(topics):
            self._offer(topic)
        if not self._publishers_of:
            reasons = '; '.join(f'{topic}: {why}' for topic, why in self._skipped.items())
            raise BagError(f'nothing to play: {reasons or "the recording is empty"}')
        self._clock_publisher = (
            self.create_publisher(ros_types().Clock, contract.CLOCK_TOPIC, 1)
            if config.clock_hz
            else None
        )
        self._published: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._late, self._worst_late_ns = 0, 0
        self._loops = 0

    @property
    def skipped(self) -> Mapping[str, str]:
        """Topics that are not played, and why."""
        return self._skipped

    def play(self) -> ReplayReport:
        """Play to the end or until a stop request; blocks."""
        self._wait_for_listeners()
        while not self._stop.asked:
            self._loops += 1
            self._play_once()
            if not self._config.loop:
                break
        for publisher in self._publishers_of.values():
            publisher.wait_for_all_acked(Duration(seconds=0.5))
        return ReplayReport(
            self._published,
            self._skipped,
            self._left_out,
            self._late,
            self._worst_late_ns / 1e6,
            self._loops,
            self._stop.asked,
        )

    def _find_window(self) -> Window:
        filled = [track for track in self._tracks if track.recording.end_ns]
        if not filled:
            raise BagError('nothing to play: the recording is empty')
        return window(
            self._config,
            min(track.start_ns for track in filled),
            max(track.end_ns for track in filled),
        )

    def _recorded(self, topics: Collection[str] | None) -> list[str]:
        names = {name for track in self._tracks for name in track.recording.topics}
        return sorted(names if topics is None else names & set(topics))

    def _channels(self, topic: str) -> list[Channel]:
        return [channel for track in self._tracks for channel in track.recording.channels(topic)]

    def _offer(self, topic: str) -> None:
        """Create the publisher of a topic, or record why there is none."""
        channels = self._channels(topic)
        count = sum(
            track.recording.topics[topic].count
            for track in self._tracks
            if topic in track.recording.topics
        )
        if not count:
            return
        try:
            if topic == contract.CLOCK_TOPIC and self._config.clock_hz:
                raise BagError('this replay publishes its own')
            message_class = _message_class(channels[0])
        except (BagError, MessageError) as error:
            self._skipped[topic] = str(error)
            return
        latched = topic == contract.TF_STATIC_TOPIC or any(channel.latched for channel in channels)
        if latched:
            self._latched.add(topic)
        if channels[0].type in (contract.IMAGE, contract.COMPRESSED_IMAGE):
            self._images.add(topic)
        profile = QoSProfile(
            depth=min(count, _MAX_LATCHED) if latched else DEPTH,
            reliability=ReliabilityPolicy.RELIABLE,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
        )
        name = self._remap.get(topic, topic)
        self._publishers_of[topic] = self.create_publisher(message_class, name, profile)

    def _wait_for_listeners(self) -> None:
        """Wait as configured; a timeout is a warning."""
        config, every = self._config, list(self._publishers_of.values())
        if config.nodes:
            names = [absolute_topic(name) for name in config.nodes]
            wait_for_nodes(self, names, every, config.nodes_wait_s, self._stop)
        if config.wait_s:
            images = [self._publishers_of[topic] for topic in sorted(self._images)]
            wait_for_subscribers(self, images or every, config.wait_s, self._stop)

    def _play_once(self) -> None:
        first_ns = self._window.first_ns
        self._publish_earlier_latched()
        ticks = Ticks(self._config, first_ns)
        timeline: Timeline | None = None
        for moment in moments(self._tracks, list(self._publishers_of)):
            if moment.time_ns > self._window.last_ns or self._stop.asked:
                break
            if moment.time_ns < first_ns:
                continue
            if timeline is None:  # from the first message on: finding it takes a while
                timeline = Timeline(self._config.rate, first_ns, time.monotonic_ns())
            self._wait_until(moment.time_ns, timeline, ticks)
            if self._stop.asked:
                break
            self._note_lateness(time.monotonic_ns() - timeline.due_ns(moment.time_ns))
            self._publish(moment)
        if timeline is None and self._config.loop and not self._stop.asked:
            raise BagError('nothing to play in this part of the recording')

    def _publish_earlier_latched(self) -> None:
        """Publish earlier messages of latched topics, which subscribers rely on."""
        if not self._latched or not self._config.start_s:
            return
        for moment in moments(self._tracks, sorted(self._latched)):
            if moment.time_ns >= self._window.first_ns:
                return
            self._publish(moment)

    def _wait_until(self, time_ns: int, timeline: Timeline, ticks: Ticks) -> None:
        """Sleep until a recorded time is due, publishing /clock meanwhile."""
        while not self._stop.asked:
            upcoming_ns = min(ticks.next_ns, time_ns)
            wait_s = (timeline.due_ns(upcoming_ns) - time.monotonic_ns()) / NS_PER_S
            if wait_s > 0:
                time.sleep(min(wait_s, _LONGEST_SLEEP_S))
                continue
            if ticks.next_ns > time_ns:
                return
            self._publish_clock(ticks.next_ns)
            ticks.advance(timeline.time_ns(time.monotonic_ns()))

    def _publish_clock(self, time_ns: int) -> None:
        if self._clock_publisher is not None:
            self._clock_publisher.publish(clock_message(ros_types(), time_ns))

    def _note_lateness(self, late_ns: int) -> None:
        self._worst_late_ns = max(self._worst_late_ns, late_ns)
        self._late += late_ns > LATE_NS

    def _publish(self, moment: Moment) -> None:
        topic = moment.record.topic
        try:
            data = moment.cdr()
        except BagError as error:
            self._left_out[topic] += 1
            if self._left_out[topic] == 1:
                self.get_logger().warning(printable(f'left out: {error}'))
            return
        self._publishers_of[topic].publish(data)
        self._published[topic] += 1


def _message_class(channel: Channel) -> type:
    """Return the installed class of a recorded type.

    Raises:
        BagError: The recording defines the type otherwise, or its name is none.
        MessageError: Its package is not installed.
    """
    if not _TYPE_NAME.fullmatch(channel.type):
        raise BagError(f'{channel.type!r} is not a message type')
    message_class = ros_types().message_class(channel.type)
    if channel.encoding == 'cdr':
        recorded = [name for name, _ in typestore_of(channel).fielddefs[channel.type][1]]
        installed = list(message_class.get_fields_and_field_types())  # type: ignore[attr-defined]
        if recorded != installed:
            raise BagError(
                f'{channel.type} was recorded with the fields {", ".join(recorded)}; '
                f'installed are {", ".join(installed)}'
            )
    return message_class


def replay(
    recordings: Sequence[Recording],
    align: bool,
    config: ReplayConfig,
    topics: Sequence[str] | None,
    remap: Mapping[str, str],
    ros_arguments: Sequence[str],
    stop: StopRequest,
) -> None:
    """Play recordings to their end or to a stop request, and print what was played.

    Args:
        recordings: Recordings to play at once.
        align: Whether to start all of them at the same time.
        config: Settings of the replay.
        topics: Topics to play; None for all.
        remap: Recorded topic -> published topic.
        ros_arguments: Arguments of ROS.
        stop: Ends the replay.

    Raises:
        BagError: A recording cannot be read.
    """
    keep_freed_memory()
    transport.prepare()
    rclpy.init(args=list(ros_arguments), signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = ReplayNode(make_tracks(recordings, align), config, topics, remap, stop)
        for topic, reason in node.skipped.items():
            print(f'not played: {topic}: {reason}', flush=True)
        thread = NodeThread(node)
        report = node.play()
        for recording in recordings:
            for note in recording.notes:
                print(f'note: {note}', flush=True)
        for recording in recordings:
            for problem in recording.problems:
                print(f'problem: {problem}', flush=True)
        print(report.summary, flush=True)
        thread.stop(time.monotonic() + GRACE_S)
    finally:
        rclpy.try_shutdown()
