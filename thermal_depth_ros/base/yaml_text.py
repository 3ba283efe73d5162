# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads and writes YAML: plain values only, within limits, for untrusted files and messages.

All YAML of the package is read and written here. Compared with `yaml.safe_load`:

- the size of the text, the number of values (those that aliases repeat included), of aliases, and
  the depth are limited; merge keys (`<<`) and keys that stand twice are refused;
- dates and times stay text, so that nothing but null, booleans, numbers, texts, lists and mappings
  comes out;
- numbers may be written as ROS and people write them (`1e-4`), and `12:30` is no number.
"""

import dataclasses
import re
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.wire_text import printable

_MAX_NUMBER_CHARACTERS = 64  # of one number: conversion takes quadratic time
_MAX_BITS = 64  # of an integer: of longer ones, thousands can share a hash
_SHOWN_CHARACTERS = 200
_STR = 'tag:yaml.org,2002:str'
_SEQUENCE_TAGS = ('!', 'tag:yaml.org,2002:seq')
_MAPPING_TAGS = ('!', 'tag:yaml.org,2002:map')
_BOOLEANS = {'yes': True, 'true': True, 'on': True, 'no': False, 'false': False, 'off': False}
_EXPONENT = r'[eE][-+]?\d+'
_FLOAT = re.compile(
    rf'[-+]?(\d[\d_]*\.[\d_]*({_EXPONENT})?|\.\d[\d_]*({_EXPONENT})?|\d[\d_]*{_EXPONENT})$'
)
_SPECIAL_FLOAT = re.compile(r'[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)')
_INTEGER = re.compile(r'[-+]?(0b[01][01_]*|0x[\da-fA-F][\da-fA-F_]*|0[0-7_]*|[1-9][\d_]*)')
_PARSER: Any = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)  # the parser of libyaml where it is


class YamlError(ThermalDepthError, ValueError):
    """Text is not YAML, or exceeds a limit; the message is one line without the file's name."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits on the content of a document."""

    n_bytes: int = 1 << 20
    n_values: int = 200_000  # scalars, lists and mappings; an alias counts as what it repeats
    n_aliases: int = 1000
    depth: int = 50


DEFAULT_LIMITS = Limits()


def read_yaml(path: Path, limits: Limits = DEFAULT_LIMITS, errors: str = 'strict') -> Any:
    """Return the content of a file.

    Args:
        path: Path of the file.
        limits: Limits on the content.
        errors: Handling of bytes that are not UTF-8, as for `bytes.decode`.

    Raises:
        YamlError: It cannot be read, is not YAML, or exceeds a limit.
    """
    try:
        with Path(path).open('rb') as file:
            data = file.read(limits.n_bytes + 1)
        if len(data) > limits.n_bytes:
            raise YamlError(f'larger than {limits.n_bytes} bytes')
        text = data.decode('utf-8-sig', errors)
    except OSError as error:
        raise YamlError(error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise YamlError(f'not YAML: no UTF-8 at byte {error.start}') from error
    return parse_yaml(text, limits)


def parse_yaml(text: str, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Return the content of a text.

    Raises:
        YamlError: It is not YAML, or exceeds a limit.
    """
    if len(text) > limits.n_bytes:  # every character has at least one byte
        raise YamlError(f'larger than {limits.n_bytes} bytes')
    try:
        return _Document(yaml.parse(text, Loader=_PARSER), limits).content()
    except yaml.YAMLError as error:
        raise YamlError(f'not YAML: {_described(error)}') from error
    except (RecursionError, ValueError) as error:
        if isinstance(error, YamlError):
            raise
        raise YamlError(f'not YAML: {_shown(str(error))}') from error


def dump_yaml(values: Any) -> str:
    """Return plain values as YAML, from which `parse_yaml` makes them again.

    Raises:
        yaml.YAMLError: A value is of a type that has no plain form.
    """
    text: str = yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text


class _Dumper(yaml.SafeDumper):
    """Writes texts in quotes that `parse_yaml` would take for numbers, and no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Return a text as a node; in quotes that keep line breaks of Unicode, where it has some."""
    style = '"' if any(c in text for c in '\x85\u2028\u2029\ufeff') else None
    return dumper.represent_scalar(_STR, text, style=style)


_Dumper.add_representer(str, _represented)
_Dumper.add_implicit_resolver('tag:yaml.org,2002:float', _FLOAT, list('-+.0123456789'))


class _Document:
    """Makes plain values from the events of a parser."""

    def __init__(self, events: Iterator[yaml.Event], limits: Limits) -> None:
        self._events, self._limits = events, limits
        self._n_values = self._n_aliases = 0
        # By anchor: the value and how many values it is; None while it is being made.
        self._anchored: dict[str, tuple[Any, int] | None] = {}
        self._twice: list[str] = []

    def content(self) -> Any:
        """Return the value of the only document; None where there is none."""
        next(self._events)  # start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        value = self._value(next(self._events), 1)
        next(self._events)  # end of the document
        if not isinstance(next(self._events), yaml.StreamEndEvent):
            raise YamlError('not YAML: more than one document')
        if self._twice:
            names = ', '.join(dict.fromkeys(self._twice))
            raise YamlError(f'{_shown(names)} stands there twice')
        return value

    def _value(self, event: Any, depth: int) -> Any:
        """Return the value that begins with an event."""
        if isinstance(event, yaml.AliasEvent):
            return self._repeated(event)
        self._count(1)
        if depth > self._limits.depth:
            raise YamlError(f'more than {self._limits.depth} levels{_place(event)}')
        before, anchor = self._n_values, event.anchor
        if anchor is not None:
            self._anchored[anchor] = None
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._list(event, depth)
        else:
            value = self._mapping(event, depth)
        if anchor is not None:
            self._anchored[anchor] = value, 1 + self._n_values - before
        return value

    def _repeated(self, event: yaml.AliasEvent) -> Any:
        self._n_aliases += 1
        if self._n_aliases > self._limits.n_aliases:
            raise YamlError(f'more than {self._limits.n_aliases} aliases')
        name = str(event.anchor)
        if name not in self._anchored:
            raise YamlError(f'not YAML: alias *{_shown(name)} of nothing{_place(event)}')
        anchored = self._anchored[name]
        if anchored is None:
            raise YamlError(f'alias *{_shown(name)} stands in itself{_place(event)}')
        self._count(anchored[1])
        return anchored[0]

    def _list(self, start: yaml.Event, depth: int) -> list[Any]:
        _check_tag(start, _SEQUENCE_TAGS)
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, depth + 1))
        return items

    def _mapping(self, start: yaml.Event, depth: int) -> dict[Any, Any]:
        _check_tag(start, _MAPPING_TAGS)
        mapping: dict[Any, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if isinstance(event, yaml.ScalarEvent) and event.value == '<<' and event.implicit[0]:
                raise YamlError(f'merge keys (<<) are not supported{_place(event)}')
            key = self._value(event, depth + 1)
            if not isinstance(key, Hashable):
                raise YamlError(f'a {_kind(key)} is no key{_place(event)}')
            if key in mapping:
                self._twice.append(str(key))
            mapping[key] = self._value(next(self._events), depth + 1)
        return mapping

    def _count(self, more: int) -> None:
        self._n_values += more
        if self._n_values > self._limits.n_values:
            raise YamlError(f'more than {self._limits.n_values} values')


def _scalar(event: yaml.ScalarEvent) -> Any:
    """Return the value of a scalar: by its tag, or by its looks where it has no quotes."""
    text, tag = event.value, event.tag
    if tag in (None, '!'):
        return _by_looks(text) if tag is None and event.implicit[0] else text
    name = tag.removeprefix('tag:yaml.org,2002:')
    if name == 'str':
        return text
    value = _by_looks(text)
    fits = {'null': value is None, 'bool': isinstance(value, bool), 'int': type(value) is int}
    if name == 'float' and type(value) in (int, float):
        return float(value)
    if not fits.get(name, False):
        raise YamlError(f'{_shown(tag)} {_shown(text)!r} is not supported{_place(event)}')
    return value


def _by_looks(text: str) -> Any:
    """Return what a scalar without quotes and tag means."""
    if text in ('', '~', 'null', 'Null', 'NULL'):
        return None
    if text in (text.lower(), text.upper(), text.capitalize()) and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if _INTEGER.fullmatch(text):
        return _number(text, _integer)
    if _FLOAT.fullmatch(text):
        return _number(text, float)
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text.replace('.', ''))
    return text


def _number(text: str, convert: Callable[[str], Any]) -> Any:
    if len(text) > _MAX_NUMBER_CHARACTERS:
        raise YamlError(f'{text[:16]}...: a number of {len(text)} characters')
    return convert(text.replace('_', ''))


def _integer(text: str) -> int:
    digits = text.lstrip('+-')
    base = 16 if digits[:2] == '0x' else 2 if digits[:2] == '0b' else 8 if digits[0] == '0' else 10
    value = int(text, base)
    if value.bit_length() > _MAX_BITS:
        raise YamlError(f'{text[:24]}: a number of more than {_MAX_BITS} bits')
    return value


def _check_tag(event: Any, known: tuple[str, ...]) -> None:
    if event.tag is not None and event.tag not in known:
        raise YamlError(f'{_shown(event.tag)} is not supported{_place(event)}')


def _kind(value: Any) -> str:
    return 'mapping' if isinstance(value, dict) else 'list'


def _place(event: yaml.Event) -> str:
    return f' (line {event.start_mark.line + 1})' if event.start_mark else ''


def _described(error: yaml.YAMLError) -> str:
    """Return problem and line of an error of the parser, whose own text takes several lines."""
    mark = getattr(error, 'problem_mark', None)
    place = f' (line {mark.line + 1})' if mark else ''
    return _shown(str(getattr(error, 'problem', None) or error)) + place


def _shown(text: str) -> str:
    """Return the beginning of a text of a file on one line."""
    return printable(' '.join(text[: 4 * _SHOWN_CHARACTERS].split()), _SHOWN_CHARACTERS)
