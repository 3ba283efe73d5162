# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes one sequence of a data set as a recording."""

import dataclasses
import heapq
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.base.yaml_text import YamlError, dump_yaml, read_yaml
from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.sequence import SequenceData, Stream, is_camera_image
from thermal_depth_ros.datasets.streams import static_stream
from thermal_depth_ros.messages.errors import MessageError

ABOUT = 'conversion.yaml'  # beside the recording: what it was made of, and how
_UNFINISHED = '.unfinished'
_MOST_PROBLEMS = 20


class _Place(NamedTuple):
    stamp_ns: int
    order: int  # of the streams, for messages of one time
    number: int  # of the message in its stream


@dataclasses.dataclass
class Written:
    """Messages of a recording, and why some are left out."""

    counts: dict[str, int]  # by topic
    problems: list[str]  # the first of them
    left_out: int = 0

    def leave_out(self, error: Exception) -> None:
        """Count a message that could not be made."""
        self.left_out += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(str(error))


def earlier_conversion(path: Path) -> Mapping[str, Any] | None:
    """Return what a finished recording was made with; None where there is none.

    Raises:
        DatasetError: There is something else.
    """
    if not path.exists():
        return None
    try:
        content = read_yaml(path / ABOUT)
    except YamlError as error:
        raise DatasetError(
            f'{path}: is there and was not converted from a data set ({ABOUT}: {error})'
        ) from error
    return content if isinstance(content, Mapping) else {}


def count_messages(data: SequenceData) -> int:
    """Return the number of messages of a sequence, for progress."""
    return sum(len(stream.stamps_ns) for stream in data.streams)


def write_sequence(
    data: SequenceData,
    path: Path,
    about: Mapping[str, Any],
    *,
    overwrite: bool = False,
    compression: str = 'zstd',
    advance: Callable[[], None] = lambda: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Written | None:
    """Write a sequence as MCAP, in order of time.

    It is written beside its place and moved there when it is finished. Files that are damaged are
    left out and counted.

    Args:
        data: The sequence.
        path: Folder of the recording.
        about: Written beside the recording.
        overwrite: Replace an earlier recording.
        compression: Chunk compression of the file, see RecordingWriter.
        advance: Called after every message.
        stopped: Returns whether to stop, called before every message.

    Returns:
        What was written; None if it was stopped, and nothing is left of it then.

    Raises:
        BagError: The folder is taken or cannot be written.
        DatasetError: No image could be read.
    """
    _check_free(path, overwrite)
    unfinished = path.with_name(f'.{path.name}{_UNFINISHED}')
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    if unfinished.exists():
        shutil.rmtree(unfinished)
    written = Written({}, [])
    try:
        with RecordingWriter(unfinished, compression=compression) as writer:
            for stream, place in _places(data):
                if stopped():
                    return None
                _write(writer, stream, place, written)
                advance()
            written.counts = writer.written
        _require_images(data, path, written)
        write_text(unfinished / ABOUT, dump_yaml({**about, 'topics': written.counts}))
        if path.exists():
            shutil.rmtree(path)
        unfinished.rename(path)
    finally:
        if unfinished.exists():
            shutil.rmtree(unfinished)
    return written


def _check_free(path: Path, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise BagError(f'{path}: exists already; --force replaces it')
    if path.exists() and not (path / ABOUT).is_file():
        raise BagError(f'{path}: is there and no conversion, so it is not replaced')


def _places(data: SequenceData) -> Iterator[tuple[Stream, _Place]]:
    """Yield the place of every message in order of time."""
    first = min(int(stream.stamps_ns[0]) for stream in data.streams if len(stream.stamps_ns))
    streams = [static_stream(data.mounts, first)] if data.mounts else []
    streams += data.streams
    for place in heapq.merge(*map(_places_of, range(len(streams)), streams)):
        yield streams[place.order], place


def _places_of(order: int, stream: Stream) -> Iterator[_Place]:
    for number, stamp in enumerate(stream.stamps_ns.tolist()):
        yield _Place(stamp, order, number)


def _write(writer: RecordingWriter, stream: Stream, place: _Place, written: Written) -> None:
    try:
        message = stream.build(place.number, place.stamp_ns)
    except (DatasetError, BagError, MessageError) as error:
        written.leave_out(error)
        return
    if message is not None:
        writer.write(stream.topic, stream.type, message, place.stamp_ns, stream.latched)


def _require_images(data: SequenceData, path: Path, written: Written) -> None:
    for stream in data.streams:
        if is_camera_image(stream) and not written.counts.get(stream.topic):
            reason = written.problems[0] if written.problems else 'there are none'
            raise DatasetError(f'{path.name}: no image of {stream.topic} can be read: {reason}')
