# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Infers properties of a camera from the first messages of its image topic."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base.contract import IMAGE
from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.decode import is_compressed, to_rgb
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import image_to_array

_DEEP = frozenset({'mono16', '16uc1', '16sc1'})
_DEPTH = frozenset({'32fc1', '64fc1', '32fc3', '64fc3', '32sc1'})
_TEMPERATURE = frozenset({'32fc1', '64fc1'})
_COLOUR_STARTS = ('rgb', 'bgr', 'bayer', 'yuv', '8uc3', '8uc4', 'nv', 'uyvy', 'yuyv')
_PNG_MAGIC = b'\x89PNG\r\n\x1a\n'
_PNG_DEPTH_AT, _PNG_COLOUR_AT = 24, 25
_LOOKED_AT = 10  # images whose channels are compared


@dataclasses.dataclass(frozen=True)
class EncodingHint:
    """Kind of image; `problem` says why it is not from a camera."""

    encoding: str = ''
    deep: bool = False  # 16 bits of one channel
    colour: bool = False
    problem: str = ''
    temperature: bool = False  # one channel that may be temperatures where the name says thermal


def encoding_hint(recording: Recording, topic: str) -> EncodingHint:
    """Inspect the first readable message of an image topic."""
    record = recording.first(topic)
    if record is None:
        return EncodingHint(problem='it has no messages')
    try:
        message: Any = record.message
    except BagError:
        return EncodingHint()  # the name decides; the frame is counted as damaged later
    if record.type == IMAGE:
        return _raw_hint(str(message.encoding))
    return _compressed_hint(str(message.format), bytes(message.data[: _PNG_COLOUR_AT + 1]))


def has_equal_channels(recording: Recording, topic: str) -> bool:
    """Whether the first images of a topic have equal channels.

    The first alone may not tell: in a black image all channels are equal.
    """
    seen = False
    for array in _first_colours(recording, topic):
        if (array[..., 1:3] != array[..., :1]).any():
            return False
        seen |= bool((array != array.flat[0]).any())
    return seen


def channels_differ(recording: Recording, topic: str) -> bool:
    """Whether any of the first images of a topic has a coloured pixel."""
    return any(
        bool((array[..., 1:3] != array[..., :1]).any())
        for array in _first_colours(recording, topic)
    )


def _first_colours(recording: Recording, topic: str) -> Iterator[np.ndarray]:
    """Yield the first images (H, W, C) of a topic with several channels."""
    for record in itertools.islice(recording.read([topic]), _LOOKED_AT):
        try:
            message: Any = record.message
            array = _colours(message)
        except (BagError, MessageError):
            continue
        if array is not None:
            yield array


def _colours(message: Any) -> np.ndarray | None:
    """Return three or four channels (H, W, C) of an image; None if it has one."""
    if is_compressed(message):
        array = decode_compressed(message).array
    else:
        array = image_to_array(message)
        if array.shape[2:] == (2,):  # brightness and differences of colour
            array = to_rgb(array, message.encoding)
    return array if array.ndim == 3 else None


def _raw_hint(encoding: str) -> EncodingHint:
    name = encoding.lower()
    if name in _DEPTH:
        problem = f'encoding {encoding} is no picture of a camera'
        return EncodingHint(encoding, problem=problem, temperature=name in _TEMPERATURE)
    return EncodingHint(encoding, name in _DEEP, name.startswith(_COLOUR_STARTS))


def _compressed_hint(form: str, head: bytes) -> EncodingHint:
    # image_transport writes 'mono16; png compressed '; others only 'png' or 'jpeg'.
    encoding, separator, _ = form.partition(';')
    if 'compresseddepth' in form.lower():
        return EncodingHint(form, problem='compressedDepth holds depth, no picture of a camera')
    if head.startswith(_PNG_MAGIC) and len(head) > _PNG_COLOUR_AT:
        deep = head[_PNG_DEPTH_AT] == 16 and head[_PNG_COLOUR_AT] == 0
        return EncodingHint(form, deep, colour=head[_PNG_COLOUR_AT] in (2, 6))
    if separator:
        return _raw_hint(encoding.strip())
    return EncodingHint(form)
