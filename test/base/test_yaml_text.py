# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""YAML of strangers: plain values or one line of refusal, whichever parser reads it."""

import math
import re
import time
import tracemalloc
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from thermal_depth_ros.base import yaml_text
from thermal_depth_ros.base.yaml_text import Limits, YamlError, dump_yaml, parse_yaml, read_yaml

PARSERS = [yaml.SafeLoader, *filter(None, [getattr(yaml, 'CSafeLoader', None)])]


@pytest.fixture(params=PARSERS, ids=lambda parser: parser.__name__, autouse=True)
def parser(request, monkeypatch):
    monkeypatch.setattr(yaml_text, '_PARSER', request.param)


def laughs(levels: int, width: int) -> str:
    """Return a list that aliases blow up to width ** levels values."""
    lines = [f'- &a0 [{", ".join(["x"] * width)}]']
    lines += [f'- &a{n} [{", ".join([f"*a{n - 1}"] * width)}]' for n in range(1, levels)]
    return '\n'.join(lines)


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('', None),
        ('a: ~', {'a': None}),
        ('[yes, No, TRUE, off]', [True, False, True, False]),
        ('[yEs, n, y]', ['yEs', 'n', 'y']),
        ('[1, -2, +3, 1_000, 0x1F, 0b11, 010, 0]', [1, -2, 3, 1000, 31, 3, 8, 0]),
        ('[1.5, 1e-4, 1E5, .5, -1., 2.e+3]', [1.5, 1e-4, 1e5, 0.5, -1.0, 2000.0]),
        ('[.inf, -.inf]', [math.inf, -math.inf]),
        # No numbers, whatever YAML 1.1 makes of them.
        ('[12:30, 1:30.5, 1.2.3, 08]', ['12:30', '1:30.5', '1.2.3', '08']),
        ('[e5, 0x, +, =]', ['e5', '0x', '+', '=']),
        ('[2024-01-01, 2024-01-01T10:00:00Z]', ['2024-01-01', '2024-01-01T10:00:00Z']),
        ('2024-13-77: 2024-02-30', {'2024-13-77': '2024-02-30'}),
        ('a: &b [1, 2]\nc: *b', {'a': [1, 2], 'c': [1, 2]}),
        ('a: "1"\nb: ! 2\nc: !!str 3\nd: !!float 4', {'a': '1', 'b': '2', 'c': '3', 'd': 4.0}),
        ('"<<": 1', {'<<': 1}),
        ('a: |\n  two\n  lines\n', {'a': 'two\nlines\n'}),
    ],
)
def test_plain_values(text, value):
    assert parse_yaml(text) == value


def test_whole_numbers_and_fractions_keep_their_type():
    assert [type(v) for v in parse_yaml('[1, 1.0, 1e3]')] == [int, float, float]
    assert math.isnan(parse_yaml('.nan'))


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        (laughs(levels=9, width=9), 'more than 200000 values'),
        ('a: &x [*x]', 'alias *x stands in itself (line 1)'),
        ('a: *b', 'alias *b of nothing (line 1)'),
        ('- &a 1\n' + '- *a\n' * 1001, 'more than 1000 aliases'),
        ('a: &b {c: 1}\nd:\n  <<: *b', 'merge keys (<<) are not supported (line 3)'),
        ('[' * 100_000, 'more than 50 levels'),
        ('- ' * 100_000, 'more than 50 levels'),
        ('{a: ' * 100_000, 'more than 50 levels'),
        ('a: 1\nb: 2\na: 3\nb: 4', 'a, b stands there twice'),
        ('? [1]\n: 2', 'a list is no key (line 1)'),
        ('--- 1\n--- 2', 'not YAML: more than one document'),
        ('a:\n  b: [', 'not YAML: '),
        ('a: b: c', 'not YAML: mapping values are not allowed'),
        ('!!python/object/apply:os.getcwd []', 'python/object/apply:os.getcwd is not supported'),
        ('!!timestamp 2024-01-01', "timestamp '2024-01-01' is not supported"),
        ('!!int ""', 'not supported'),
        ('!!bool maybe', 'not supported'),
        ('!!binary aGVsbG8=', 'not supported'),
        ('9' * 65, 'a number of 65 characters'),
        ('0x1' + '0' * 16, 'a number of more than 64 bits'),
        ('x' * ((1 << 20) + 1), 'larger than 1048576 bytes'),
        ('\x1b[31mred', 'not YAML: '),
    ],
)
def test_what_is_refused_and_why(text, words):
    with pytest.raises(YamlError) as caught:
        parse_yaml(text)
    message = str(caught.value)
    assert words in message
    assert '\n' not in message and len(message) < 300 and message.isprintable()


@pytest.mark.parametrize(
    'text',
    [
        laughs(levels=12, width=12),
        'a: &a {a: 1}\n' + ''.join(f'b{n}: &b{n} {{<<: [{"*a, " * 60}]}}\n' for n in range(5)),
        '[' + ','.join(str(n * (2**61 - 1)) for n in range(1, 40_000)) + ']',
        '{' + ','.join(f'{n * (2**61 - 1)}: 0' for n in range(1, 40_000)) + '}',
        '[' * (1 << 20),
        '&a ' * 300_000,
    ],
    ids=['aliases', 'merges', 'long numbers', 'keys of one hash', 'nesting', 'anchors'],
)
def test_a_short_hostile_text_takes_neither_time_nor_memory(text):
    tracemalloc.start()
    began_s = time.process_time()
    try:
        with pytest.raises(YamlError):
            parse_yaml(text)
        taken_s, (_, peak) = time.process_time() - began_s, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100e6
    assert taken_s < 60, 'CPU time, which other work does not add to'


def test_limits_can_be_tighter():
    with pytest.raises(YamlError, match='more than 2 levels'):
        parse_yaml('[[[1]]]', Limits(depth=2))
    with pytest.raises(YamlError, match='more than 3 values'):
        parse_yaml('[1, 2, 3]', Limits(n_values=3))
    with pytest.raises(YamlError, match='larger than 4 bytes'):
        parse_yaml('12345', Limits(n_bytes=4))


def test_files_are_read_with_and_without_a_byte_order_mark(tmp_path):
    (tmp_path / 'a.yaml').write_bytes('\ufeffä: 1'.encode())
    assert read_yaml(tmp_path / 'a.yaml') == {'ä': 1}


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        (b'a: \xff', 'not YAML: no UTF-8 at byte 3'),
        (b'x' * ((1 << 20) + 1), 'larger than'),
        (None, 'No such file'),
    ],
)
def test_files_that_cannot_be_read(tmp_path, content, words):
    if content is not None:
        (tmp_path / 'a.yaml').write_bytes(content)
    with pytest.raises(YamlError, match=words):
        read_yaml(tmp_path / 'a.yaml')


def test_of_an_endless_file_no_more_is_read_than_is_allowed():
    with pytest.raises(YamlError, match='larger than'):
        read_yaml(Path('/dev/zero'))


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.from_regex(r'[-+0-9._:exT]{1,8}', fullmatch=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@example('\x85')
@example({'\u2028': '\ufeff'})
@given(plain)
def test_what_was_written_is_read_again(value):
    again = parse_yaml(dump_yaml({'value': value}))['value']
    assert again == value
    assert type(again) is type(value)


@given(st.text(alphabet='ab01.-:&*!<>[]{}#,?|"\'%\n \t~=_eE', max_size=40))
def test_any_text_gives_plain_values_or_a_refusal(text):
    try:
        found = parse_yaml(text)
    except YamlError as error:
        assert '\n' not in str(error)
    else:
        dump_yaml(found)


def test_no_other_file_of_the_package_reads_or_writes_yaml(repository):
    package = repository / 'thermal_depth_ros'
    found = [
        str(path.relative_to(package))
        for path in package.rglob('*.py')
        if re.search(r'^\s*(import|from) (yaml|ruamel)\b', path.read_text(), re.MULTILINE)
    ]
    assert found == ['base/yaml_text.py']
