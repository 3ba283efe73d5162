# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads recordings of any storage format in order of time."""

import dataclasses
import functools
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.compression import ZSTD_MAGIC, inflate_message
from thermal_depth_ros.bags.definitions import READABLE_ENCODINGS, deserialise, to_cdr
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.files import open_storage, recording_files
from thermal_depth_ros.bags.read_ahead import ReadAhead
from thermal_depth_ros.bags.recorded_stamps import RecordedStamps
from thermal_depth_ros.bags.storage import (
    Buffer,
    Channel,
    RawRecord,
    Source,
    Storage,
    merge_by_time,
)
from thermal_depth_ros.base.wire_text import listed, name_of
from thermal_depth_ros.messages.stamps import stamp_ns

_LONGEST_NAME = 500  # characters of a topic or a type
_AHEAD = 4  # messages read in advance


@dataclasses.dataclass(frozen=True)
class TopicInfo:
    """Properties of a topic known without reading its messages."""

    type: str
    count: int
    latched: bool
    encoding: str = 'cdr'

    @property
    def words(self) -> str:
        """Type and count, and that it is not supported where it is not, for listings."""
        text = f'{self.type}  {self.count} messages'
        if self.encoding not in READABLE_ENCODINGS:
            text += f'  (in {name_of(self.encoding)!r}, which is not supported)'
        return text


class Record:
    """One message, deserialised on demand."""

    def __init__(self, raw: RawRecord, stamps: RecordedStamps) -> None:
        self._raw, self._stamps = raw, stamps
        self.channel: Channel = raw.channel
        self.topic: str = raw.channel.topic
        self.type: str = raw.channel.type
        self.time_ns: int = raw.time_ns

    @functools.cached_property
    def data(self) -> Buffer:
        """The serialised message, decompressed.

        Raises:
            BagError: It is compressed and damaged.
        """
        if self._raw.channel.encoding == 'cdr' and self._raw.data[:4] == ZSTD_MAGIC:
            return inflate_message(bytes(self._raw.data))
        return self._raw.data

    @functools.cached_property
    def message(self) -> object:
        """The message object, built by the definition in the recording.

        Raises:
            BagError: The type is not known, or the data is damaged.
        """
        return deserialise(self.channel, self.data)

    @functools.cached_property
    def stamp_ns(self) -> int:
        """Stamp of a message with a header, or its time of recording if that is invalid.

        Raises:
            BagError: The type is not known, or the data is damaged.
        """
        message: Any = self.message
        return self._stamps.resolve(self.topic, stamp_ns(message.header), self.time_ns)

    def cdr(self) -> Buffer:
        """Return the message serialised as in ROS 2.

        Raises:
            BagError: The data is damaged, or a ROS 1 type has no equal in ROS 2.
        """
        return to_cdr(self.channel, self.data)


class Recording:
    """One or several recordings, merged by time.

    A path may be a rosbag2 folder, a bare .mcap or .db3 file, or a ROS 1 .bag. What is damaged is
    skipped and named in `problems`, which is complete once everything has been read; a path that is
    given more than once is read once.

    Raises:
        BagError: A path is missing, empty or no recording.
    """

    def __init__(self, paths: Path | str | Iterable[Path | str]) -> None:
        listed = [paths] if isinstance(paths, (str, Path)) else list(paths)
        given: dict[Path, list[Path]] = {}
        for path in map(Path, listed):
            given.setdefault(path.resolve(), []).append(path)
        self.paths = [names[0] for names in given.values()]
        self._problems = [
            f'{names[0]}: read once, given {len(names) - 1} times more'
            for names in given.values()
            if len(names) > 1
        ]
        self._notes: list[str] = []
        self._stamps = RecordedStamps(lambda topic: self.read([topic]))
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._storages: list[Storage] = []
        self._readers: list[ReadAhead[Record]] = []
        try:
            for path in self.paths:
                self._open(path)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> 'Recording':
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Release all files."""
        for reader in self._readers:
            reader.close()
        self._readers.clear()
        for storage in self._storages:
            storage.close()
        self._storages.clear()
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    @property
    def problems(self) -> tuple[str, ...]:
        """Damaged or missing data found so far, one line each."""
        problems = [problem for storage in self._storages for problem in storage.problems]
        channels = [channel for channel, _ in self._channels()]
        unknown = [f'{c.topic}: {c.qos_problem}' for c in channels if c.qos_problem]
        return (*self._problems, *problems, *dict.fromkeys(unknown))

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the interpretation of the recording, one line each; not damage."""
        notes = [note for storage in self._storages for note in storage.notes]
        return (*self._notes, *notes, *self._stamps.notes)

    def stamp_note(self, topic: str) -> str:
        """Return the note about the stamps of a topic, or ''."""
        return self._stamps.note(topic)

    def note(self, text: str) -> None:
        """Add a line to `notes`, unless it is there."""
        if text not in self.notes:
            self._notes.append(text)

    @property
    def start_ns(self) -> int:
        """Time of the first message, 0 if there is none."""
        return min((storage.start_ns for storage in self._filled()), default=0)

    @property
    def end_ns(self) -> int:
        """Time of the last message, 0 if there is none."""
        return max((storage.end_ns for storage in self._filled()), default=0)

    @functools.cached_property
    def topics(self) -> dict[str, TopicInfo]:
        """The topics in order of name.

        Of a topic with several types, messages of the most frequent are taken; `notes` tell of it.
        """
        found: dict[str, dict[str, TopicInfo]] = {}
        for channel, count in self._channels():
            types = found.setdefault(channel.topic, {})
            known = types.get(channel.type, TopicInfo(channel.type, 0, False, channel.encoding))
            types[channel.type] = dataclasses.replace(
                known, count=known.count + count, latched=known.latched or channel.latched
            )
        return {topic: self._main_type(topic, found[topic]) for topic in sorted(found)}

    def _main_type(self, topic: str, types: dict[str, TopicInfo]) -> TopicInfo:
        main = max(types.values(), key=lambda info: info.count)
        others = [info for info in types.values() if info is not main and info.count]
        if others:
            left_out = ' and '.join(f'{info.count} {name_of(info.type)}' for info in others)
            self.note(
                f'{topic} has messages of several types: {main.count} {main.type} are taken, '
                f'{left_out} are left out'
            )
        return main

    def channels(self, topic: str) -> list[Channel]:
        """Return the channels of a topic and its type: one per file and publisher."""
        info = self.topics.get(topic)
        return [
            channel
            for channel, _ in self._channels()
            if info is not None and channel.topic == topic and channel.type == info.type
        ]

    def require(self, topics: Iterable[str]) -> None:
        """Check that topics exist.

        Raises:
            BagError: One is not; the message lists those that are.
        """
        require_topics(topics, [self])

    def listing(self) -> str:
        """Return the topics, one per line, for error messages."""
        return _listing(self.topics)

    def frame_of(self, topic: str) -> str:
        """Return the frame of the first message of a topic; '' if there is none."""
        record = self.first(topic)
        if record is None:
            return ''
        try:
            message: Any = record.message
        except BagError:
            return ''
        frame = getattr(message, 'child_frame_id', '') or message.header.frame_id
        return str(frame).lstrip('/')

    def read(self, topics: Collection[str] | None = None) -> Iterator[Record]:
        """Yield the messages of some or all topics in order of time.

        Raises:
            BagError: A topic is not there; the message lists those that are.
        """
        if topics is not None:
            self.require(topics)
        types = {topic: info.type for topic, info in self.topics.items()}
        sources: list[Source] = []
        for storage in self._filled():
            wanted = [
                key
                for key, channel in _named(storage)
                if (topics is None or channel.topic in topics)
                and channel.type == types[channel.topic]
            ]
            if wanted:
                sources += storage.sources(wanted)
        for raw in merge_by_time(sources):
            yield Record(raw, self._stamps)

    def read_ahead(self, topics: Collection[str]) -> Iterator[Record]:
        """Yield what `read` does, read and decompressed in a thread while others are worked on.

        Raises:
            BagError: A topic is not there; the message lists those that are.
        """
        self.require(topics)
        reader = ReadAhead(self.read(topics), _AHEAD)
        self._readers.append(reader)
        return reader

    def first(self, topic: str) -> Record | None:
        """Return the first message of a topic, or None."""
        return next(self.read([topic]), None)

    def _filled(self) -> list[Storage]:
        return [storage for storage in self._storages if sum(storage.counts.values())]

    def _channels(self) -> Iterator[tuple[Channel, int]]:
        for storage in self._storages:
            for key, channel in _named(storage):
                yield channel, storage.counts.get(key, 0)

    def _open(self, path: Path) -> None:
        files = recording_files(path, self._problems, self._notes)
        refused: list[BagError] = []
        for file in files:
            if self._scratch is None:
                self._scratch = tempfile.TemporaryDirectory(prefix='recording-')
            folder = Path(tempfile.mkdtemp(dir=self._scratch.name))
            try:
                storage = open_storage(file, folder, self._problems)
                self._storages.append(storage)
                self._problems.extend(_unnamed(file, storage))
            except BagError as error:
                refused.append(error)
        # One lost part of a split recording does not affect the others.
        if refused and len(refused) == len(files):
            raise refused[0]
        self._problems.extend(str(error) for error in refused)


def _named(storage: Storage) -> Iterator[tuple[int, Channel]]:
    """Yield the channels with printable topic and type names.

    ROS allows no others; those of other origin would forge lines in logs and reports.
    """
    for key, channel in storage.channels.items():
        if all(len(n) <= _LONGEST_NAME and n.isprintable() for n in (channel.topic, channel.type)):
            yield key, channel


def _unnamed(file: Path, storage: Storage) -> list[str]:
    """Report the channels left out because of their names."""
    named = {key for key, _ in _named(storage)}
    left_out = [c.topic for key, c in storage.channels.items() if key not in named]
    if not left_out:
        return []
    return [
        f'{file.name}: {len(left_out)} topic(s) left out whose name or type cannot be printed or '
        f'is longer than {_LONGEST_NAME} characters: {listed(left_out, 3)}'
    ]


def require_topics(topics: Iterable[str], recordings: Sequence[Recording]) -> None:
    """Check that each topic exists in one of the recordings.

    Raises:
        BagError: One is in none of them; the message lists the topics there are.
    """
    known = {name: info for recording in recordings for name, info in recording.topics.items()}
    missing = [topic for topic in topics if topic not in known]
    if missing:
        paths = ', '.join(str(path) for recording in recordings for path in recording.paths)
        listing = _listing(dict(sorted(known.items())))
        raise BagError(f'no topic {", ".join(missing)} in {paths}; it has:{listing}')


def _listing(topics: Mapping[str, TopicInfo]) -> str:
    return ''.join(f'\n  {name}  {info.words}' for name, info in topics.items()) or ' none'
