# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Message types as defined in the recording, otherwise as in ROS 2 Jazzy."""

import functools
from typing import Any

from rosbags.interfaces import Nodetype
from rosbags.serde import SerdeError
from rosbags.typesys import Stores, TypesysError, get_types_from_idl, get_types_from_msg
from rosbags.typesys import get_typestore as get_rosbags_store
from rosbags.typesys.store import Typestore

from thermal_depth_ros.bags.definition_limits import check_types, plain_idl, plain_msg
from thermal_depth_ros.bags.errors import BagError, UndecodableError, UnsupportedTypeError
from thermal_depth_ros.bags.storage import Buffer, Channel, Definition
from thermal_depth_ros.messages.bag_types import bag_typestore

_SEPARATOR = '=' * 80 + '\n'
READABLE_ENCODINGS = ('cdr', 'ros1')
_LONGEST_REASON = 300  # the parser repeats the whole definition
_PARSER_ERRORS = (
    TypesysError,
    KeyError,
    ValueError,
    SyntaxError,
    RecursionError,
    TypeError,
    OverflowError,
    AssertionError,
    AttributeError,
    IndexError,
)


def typestore_of(channel: Channel) -> Typestore:
    """Return a type store for the type of a channel.

    Raises:
        BagError: The recording has no usable definition, and neither has ROS 2 Jazzy.
    """
    if channel.definition.text:
        return _parsed_store(channel.type, channel.definition)
    if channel.encoding == 'ros1':
        raise UnsupportedTypeError(
            f'{channel.topic}: no definition of {channel.type} in the recording'
        )
    store = bag_typestore()
    if channel.type not in store.fielddefs:
        raise UnsupportedTypeError(
            f'{channel.topic}: the recording does not define {channel.type or "its type"}, '
            'and it is none of the common ones'
        )
    return store


def _parsed_store(type_name: str, definition: Definition) -> Typestore:
    parsed = _parsed(type_name, definition)
    if isinstance(parsed, str):
        raise UnsupportedTypeError(parsed)
    return parsed


@functools.lru_cache(maxsize=256)
def _parsed(type_name: str, definition: Definition) -> Typestore | str:
    """Return the type store of a definition, or its problem; cached."""
    try:
        if definition.format == 'ros2idl':
            types = {}
            for text in _idl_parts(plain_idl(definition.text, type_name)):
                types.update(get_types_from_idl(text))
        else:
            types = get_types_from_msg(plain_msg(definition.text, type_name), type_name)
        check_types(types, type_name)
        store = get_rosbags_store(Stores.EMPTY)
        store.register(types)
        store.get_msgdef(type_name)
    except BagError as error:
        return str(error)
    except _PARSER_ERRORS as error:
        reason = repr(error)
        if len(reason) > _LONGEST_REASON:
            reason = f'{reason[:_LONGEST_REASON]}...'
        return f'the recording defines {type_name} wrongly: {reason}'
    return store


def _idl_parts(text: str) -> list[str]:
    if not text.startswith(_SEPARATOR):
        return [text]
    return [part.partition('\n')[2] for part in text.split(_SEPARATOR)[1:]]


def deserialise(channel: Channel, data: Buffer) -> object:
    """Deserialise a message.

    Raises:
        BagError: The type is not known, or the data does not fit it.
    """
    store = typestore_of(channel)
    try:
        if channel.encoding == 'cdr':
            return store.deserialize_cdr(data, channel.type)
        if channel.encoding == 'ros1':
            return store.deserialize_ros1(data, channel.type)
    except (SerdeError, IndexError, OverflowError, MemoryError, AssertionError) as error:
        raise UndecodableError(f'{channel.topic}: damaged {channel.type}: {error}') from error
    raise UnsupportedTypeError(
        f'{channel.topic}: messages in {channel.encoding!r} are not supported, cdr and ros1 are'
    )


def to_cdr(channel: Channel, data: Buffer) -> Buffer:
    """Return data serialised as in ROS 2; ROS 1 messages are converted.

    Raises:
        BagError: The data is damaged, or the type differs between ROS 1 and ROS 2.
    """
    if channel.encoding == 'cdr':
        return data
    if channel.encoding != 'ros1':
        raise UnsupportedTypeError(
            f'{channel.topic}: messages in {channel.encoding!r} are not supported, cdr and ros1 are'
        )
    store = typestore_of(channel)
    if not same_layout(store, bag_typestore(), channel.type):
        raise UnsupportedTypeError(
            f'{channel.topic}: {channel.type} of ROS 1 has no equal in ROS 2'
        )
    try:
        return bag_typestore().ros1_to_cdr(data, channel.type)
    except (SerdeError, IndexError, OverflowError, MemoryError, AssertionError) as error:
        raise UndecodableError(f'{channel.topic}: damaged {channel.type}: {error}') from error


def same_layout(first: Typestore, second: Typestore, type_name: str) -> bool:
    """Whether a type has the same sequence of field types in two stores.

    Names may differ, as in CameraInfo (K of ROS 1, k of ROS 2); so may the sequence number that
    the header of ROS 1 has and the conversion leaves out.
    """
    return _layout(first, type_name) == _layout(second, type_name) is not None


def _layout(store: Typestore, type_name: str) -> tuple[object, ...] | None:
    if type_name not in store.fielddefs:
        return None
    fields = store.fielddefs[type_name][1]
    if type_name == 'std_msgs/msg/Header':
        fields = [field for field in fields if field[0] != 'seq']
    return tuple(_field_layout(store, description) for _, description in fields)


def _field_layout(store: Typestore, description: tuple[Any, Any]) -> object:
    kind, content = description
    if kind == Nodetype.NAME:
        return _layout(store, content)
    if kind in (Nodetype.ARRAY, Nodetype.SEQUENCE):
        return kind, _field_layout(store, content[0]), content[1]
    return content
