# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sanitises and bounds message definitions before they are parsed.

A definition is text from a file, and the parser of rosbags backtracks: two pairs of parentheses
keep it busy for a quarter of a minute, twelve for as many as one likes. What has no influence on
the layout of a message (comments, annotations) is taken out, and what is left is bounded in every
direction that costs time or memory.
"""

import re
from collections.abc import Mapping
from typing import Any

from rosbags.interfaces import Nodetype

from thermal_depth_ros.bags.errors import BagError

MAX_CHARACTERS = 512 << 10  # as recorded; the largest definitions in use have about 60 kB
MAX_PLAIN_CHARACTERS = 128 << 10  # without comments and annotations
MAX_LINE_CHARACTERS = 16 << 10
MAX_FIELDS = 2000  # and constants, of a message and all its parts
MAX_IDL_CONSTANTS = 500
MAX_IDL_OPERATORS = 32
MAX_IDL_DEPTH = 16  # of brackets of any kind
MAX_UNROLLED_FIELDS = 20_000  # with all parts put in the place of their names

_IDL_TOKENS = re.compile(
    r'(?P<string>"(?:\\.|[^"\\])*"?|\'(?:\\.|[^\'\\])\')|(?P<comment>/\*.*?(?:\*/|\Z)|//[^\n]*)'
    r'|(?P<annotation>@\s*[A-Za-z_][\w:]*\s*)',
    re.DOTALL,
)
_IDL_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'')
_IDL_PART = re.compile(r'^=+\n[^\n]*\n', re.MULTILINE)  # in front of each file of several
_IDL_OPERATOR = re.compile(r'[+*/%|^&~]|[\w.]\s*-')
Types = Mapping[str, tuple[Any, Any]]


def plain_msg(text: str, type_name: str) -> str:
    """Return a definition in MSG format without comment lines and empty lines.

    Raises:
        BagError: It is too long, or has too many fields.
    """
    _check_length(text, type_name)
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] != '#']
    longest = max(map(len, lines), default=0)
    _check(longest, MAX_LINE_CHARACTERS, 'characters in one line', type_name)
    _check(len(lines), MAX_FIELDS, 'fields and constants', type_name)
    return _bounded('\n'.join(lines) + '\n' if lines else '', type_name)


def plain_idl(text: str, type_name: str) -> str:
    """Return a definition in IDL without comments and annotations.

    Raises:
        BagError: It is too long, too deep, has too many fields, or calculates.
    """
    _check_length(text, type_name)
    plain = _bounded(_without_annotations(text, type_name), type_name)
    code = _IDL_PART.sub('', _IDL_STRING.sub('""', plain))
    if '(' in code or '<<' in code:
        raise BagError(f'the definition of {type_name} calculates with parentheses or shifts')
    _check(len(_IDL_OPERATOR.findall(code)), MAX_IDL_OPERATORS, 'operators', type_name)
    _check(code.count(';') + code.count(','), MAX_FIELDS, 'fields and constants', type_name)
    _check(len(re.findall(r'\bconst\b', code)), MAX_IDL_CONSTANTS, 'constants', type_name)
    _check(code.count('"'), 4 * MAX_IDL_CONSTANTS, 'quotation marks', type_name)
    _check(_depth(code), MAX_IDL_DEPTH, 'levels of brackets', type_name)
    return plain


def check_types(types: Types, type_name: str) -> None:
    """Check parsed types before code is generated for them.

    Raises:
        BagError: They have too many fields, contain themselves, or hold arrays of nothing, which no
            number of bytes would bound.
    """
    declared = 0
    for _, fields in types.values():
        for _, description in fields:
            declared += _generated(description)
    _check(declared, MAX_FIELDS, 'fields, with the elements of arrays of texts', type_name)
    sizes: dict[str, tuple[int, bool]] = {}
    for name in types:
        _unroll(types, name, sizes, ())
        _check(sizes[name][0], MAX_UNROLLED_FIELDS, f'fields in {name}', type_name)


def _generated(description: Any) -> int:
    """Return the number of generated code pieces of a field: fixed arrays are unrolled."""
    kind, content = description
    if kind == Nodetype.ARRAY:
        element, count = content
        primitive = element[0] == Nodetype.BASE and element[1][0] != 'string'
        return 1 if primitive else max(1, int(count))
    return 1


def _unroll(
    types: Types, name: str, sizes: dict[str, tuple[int, bool]], inside: tuple[str, ...]
) -> tuple[int, bool]:
    """Return the number of fields of a type with its parts, and whether it takes no bytes."""
    if name in inside:
        raise BagError(f'the definition of {name} contains itself')
    if name not in types:
        return 1, False  # the parser says that it is missing
    if name not in sizes:
        fields = [description for _, description in types[name][1]]
        parts = [_unroll_field(types, one, sizes, (*inside, name)) for one in fields]
        total = min(sum(count for count, _ in parts), MAX_UNROLLED_FIELDS + 1)
        sizes[name] = max(1, total), all(empty for _, empty in parts)
    return sizes[name]


def _unroll_field(
    types: Types, description: Any, sizes: dict[str, tuple[int, bool]], inside: tuple[str, ...]
) -> tuple[int, bool]:
    kind, content = description
    if kind == Nodetype.NAME:
        return _unroll(types, content, sizes, inside)
    if kind not in (Nodetype.ARRAY, Nodetype.SEQUENCE):
        return 1, False
    element, count = content
    fields, empty = _unroll_field(types, element, sizes, inside)
    if empty:
        raise BagError(f'the definition of {inside[-1]} has an array of elements without content')
    primitive = element[0] == Nodetype.BASE
    return (1 if primitive or kind == Nodetype.SEQUENCE else fields * int(count)), False


def _without_annotations(text: str, type_name: str) -> str:
    """Remove comments, annotations and their arguments from IDL."""
    kept: list[str] = []
    at, start = 0, 0
    while (match := _IDL_TOKENS.search(text, at)) is not None:
        at = match.end()
        if match.lastgroup == 'string':
            continue
        kept.append(text[start : match.start()])
        if match.lastgroup == 'annotation' and text[at : at + 1] == '(':
            at = _argument_end(text, at, type_name)
        start = at
        kept.append(' ')
    return ''.join([*kept, text[start:]])


def _argument_end(text: str, at: int, type_name: str) -> int:
    """Return the position after the matching closing parenthesis."""
    depth = 0
    for match in re.compile(r'"(?:\\.|[^"\\])*"|[()]', re.DOTALL).finditer(text, at):
        depth += {'(': 1, ')': -1}.get(match.group(), 0)
        if depth == 0:
            return match.end()
    raise BagError(f'the definition of {type_name} has an annotation without an end')


def _depth(code: str) -> int:
    depth = deepest = 0
    for character in code:
        if character in '<[{':
            depth += 1
            deepest = max(deepest, depth)
        elif character in '>]}':
            depth -= 1
    return deepest


def _check_length(text: str, type_name: str) -> None:
    _check(len(text), MAX_CHARACTERS, 'characters', type_name)


def _bounded(text: str, type_name: str) -> str:
    _check(len(text), MAX_PLAIN_CHARACTERS, 'characters without comments', type_name)
    return text


def _check(value: int, limit: int, what: str, type_name: str) -> None:
    if value > limit:
        raise BagError(f'the definition of {type_name} has {value} {what}, the limit is {limit}')
