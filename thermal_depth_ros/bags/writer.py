# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Writing recordings that `ros2 bag play` plays: a folder with an MCAP file and metadata.yaml."""

import errno
import os
import shutil
from collections import defaultdict
from io import BytesIO
from pathlib import Path

from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer, WriterError
from rosbags.rosbag2.storage_mcap import McapWriter, PendingChunk
from rosbags.typesys.store import Typestore

from thermal_depth_ros.bags.definitions import typestore_of
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record
from thermal_depth_ros.bags.storage import Buffer
from thermal_depth_ros.messages.bag_types import bag_typestore

COMPRESSIONS = ('none', 'zstd')
FILE_NAME = 'recording.mcap'
_RECORDING_SUFFIXES = ('.mcap', '.db3', '.yaml', '.zst', '.zstd')
_INFINITE = QosTime(9223372036, 854775807)

# What rosbag2 writes for a reliable transient-local publisher; its player offers the same again.
_LATCHED_QOS = Qos(
    history=QosHistory.KEEP_LAST,
    depth=1,
    reliability=QosReliability.RELIABLE,
    durability=QosDurability.TRANSIENT_LOCAL,
    deadline=_INFINITE,
    lifespan=_INFINITE,
    liveliness=QosLiveliness.AUTOMATIC,
    liveliness_lease_duration=_INFINITE,
    avoid_ros_namespace_conventions=False,
)


class RecordingWriter:
    """A recording being written; the same messages always give the same bytes.

    Leaving the context closes the file also when an exception passes through, so that what was
    written can be read. Where the disk is full, the file is cut after the last block of messages
    that is whole, which makes room for its index.

    Raises:
        BagError: The path is taken, or cannot be written.
    """

    def __init__(
        self, path: Path | str, *, overwrite: bool = False, compression: str = 'none'
    ) -> None:
        if compression not in COMPRESSIONS:
            raise BagError(f'compression {compression!r} is none of {", ".join(COMPRESSIONS)}')
        self.path = Path(path)
        self._connections: dict[tuple[str, str], Connection] = {}
        self._failed = False
        self._blocks = 0
        self._sound: dict[int, int] = {}  # messages in whole blocks, by connection
        _make_room(self.path, overwrite)
        try:
            # Version 9 is what ROS 2 Jazzy writes.
            self._writer = Writer(self.path, version=9, storage_plugin=StoragePlugin.MCAP)
            if compression == 'zstd':
                self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
            self._writer.open()
            self._name_file()
        except (WriterError, OSError) as error:
            raise BagError(f'{self.path}: cannot be written: {error}') from error
        self._open = True

    def _storage(self) -> McapWriter:
        storage = self._writer.storage
        assert isinstance(storage, McapWriter), 'is open'
        return storage

    def _name_file(self) -> None:
        """Set a fixed file name, as the metadata hold it and must not depend on the folder."""
        storage = self._storage()
        storage.path = storage.path.rename(self.path / FILE_NAME)
        storage.bio.close()
        self._file = _WholeFile(storage.path)
        storage.bio = self._file  # type: ignore[assignment]  # what is used of a BinaryIO
        self._sound_bytes = self._file.tell()

    def __enter__(self) -> 'RecordingWriter':
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Write the index and the metadata; nothing can be written afterwards."""
        if not self._open:
            return
        self._open = False
        try:
            self._writer.close()
        except OSError as error:
            self._give_up()
            try:
                self._writer.close()
            except OSError:
                # The blocks are read without an index as well.
                self._file.cut(self._sound_bytes)
                self._file.close()
            raise BagError(f'{self.path / FILE_NAME}: cannot be finished: {error}') from error

    @property
    def written(self) -> dict[str, int]:
        """Number of messages by topic; after a failure only of those that are in the file."""
        counts = self._sound if self._failed else self._writer.counts
        found: dict[str, int] = {}
        for (topic, _), connection in self._connections.items():
            found[topic] = found.get(topic, 0) + counts.get(connection.id, 0)
        return {topic: count for topic, count in found.items() if count}

    def _note_blocks(self) -> None:
        """Remember the end of the file and its messages whenever a block has been written."""
        storage = self._storage()
        if len(storage.chunks) > self._blocks:
            self._blocks = len(storage.chunks)
            self._sound_bytes = self._file.tell()
            self._sound = dict(self._writer.counts)

    def _give_up(self) -> None:
        """Go back to the last whole block; nothing is written after it but the index."""
        storage = self._storage()
        self._failed = True
        del storage.chunks[self._blocks :]
        storage.chunk = PendingChunk(2**63 - 1, 0, BytesIO(), defaultdict(list))
        counts = {key: self._sound.get(key, 0) for key in self._writer.counts}
        self._writer.counts = counts
        storage.channel_stats = dict(counts)
        self._file.cut(self._sound_bytes)

    def write(
        self, topic: str, message_type: str, message: object, time_ns: int, latched: bool = False
    ) -> None:
        """Write a message: an object, or the bytes of one already serialised as CDR.

        Raises:
            BagError: The type is not known, the time is negative, or the disk is full.
        """
        store = bag_typestore()
        if message_type not in store.fielddefs:
            raise BagError(f'{topic}: type {message_type} is not known')
        if isinstance(message, (bytes, bytearray, memoryview)):
            data = memoryview(message)
        else:
            data = store.serialize_cdr(message, message_type)
        self._append(topic, message_type, store, data, time_ns, latched)

    def copy(self, record: Record, data: Buffer | None = None) -> None:
        """Write a message of another recording unchanged, with its definition and time.

        Args:
            record: The message.
            data: Result of record.cdr(), if the caller has it already.

        Raises:
            BagError: It is damaged, or of a ROS 1 type that ROS 2 does not have.
        """
        channel = record.channel
        store = typestore_of(channel) if channel.encoding == 'cdr' else bag_typestore()
        data = memoryview(record.cdr() if data is None else data)
        self._append(record.topic, record.type, store, data, record.time_ns, channel.latched)

    def _append(
        self,
        topic: str,
        message_type: str,
        store: Typestore,
        data: memoryview,
        time_ns: int,
        latched: bool,
    ) -> None:
        if not 0 <= time_ns < 2**63:
            raise BagError(f'{topic}: {time_ns} ns is no time that a recording can hold')
        try:
            connection = self._connections.get((topic, message_type))
            if connection is None:
                connection = self._writer.add_connection(
                    topic,
                    message_type,
                    typestore=store,
                    offered_qos_profiles=[_LATCHED_QOS] if latched else [],
                )
                self._connections[topic, message_type] = connection
            if self._failed:
                raise WriterError('an earlier message could not be written')
            self._writer.write(connection, time_ns, data)
            self._note_blocks()
        except OSError as error:
            self._give_up()
            raise BagError(f'{self.path / FILE_NAME}: cannot be written: {error}') from error
        except WriterError as error:
            raise BagError(f'{self.path}: cannot be written: {error}') from error


def _make_room(path: Path, overwrite: bool) -> None:
    """Remove an earlier recording where that is wanted, and nothing that is no recording."""
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        if path.exists():
            path.rmdir()
        return
    if not overwrite:
        raise BagError(f'{path}: exists already; choose another name, or --force to replace it')
    if not path.is_dir() or any(
        entry.is_dir() or entry.suffix not in _RECORDING_SUFFIXES for entry in path.iterdir()
    ):
        raise BagError(f'{path}: is there and no recording, so it is not replaced')
    shutil.rmtree(path)


class _WholeFile:
    """Appends without a buffer, so that the file holds what was written also on a full disk."""

    def __init__(self, path: Path) -> None:
        self._file = path.open('r+b', buffering=0)
        self._file.seek(0, os.SEEK_END)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write all of it.

        Raises:
            OSError: The disk is full, or the file cannot be written for another reason.
        """
        left = memoryview(data).cast('B')
        size = len(left)
        while len(left):
            written = self._file.write(left)
            if not written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            left = left[written:]
        return size

    def tell(self) -> int:
        """Return the number of bytes in front of the next write."""
        return self._file.tell()

    def cut(self, size: int) -> None:
        """Drop everything after the first bytes."""
        self._file.truncate(size)
        self._file.seek(size)

    def close(self) -> None:
        """Release the file."""
        self._file.close()
