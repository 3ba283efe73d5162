# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Definitions that keep a parser busy are refused before it sees them; those in use are read."""

import subprocess
import sys
import time

import pytest
from rosbags.typesys import Stores, get_types_from_idl, get_typestore

from thermal_depth_ros.bags.definition_limits import plain_idl
from thermal_depth_ros.bags.definitions import deserialise, typestore_of
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.storage import Channel, Definition

SEPARATOR = '=' * 80 + '\n'
LONGEST_S = 20.0  # of processor time, for work that takes a second or two


def channel(text, format_='ros2msg', encoding='cdr'):
    return Channel(1, '/odd', 'a/msg/B', encoding, Definition(format_, text))


def idl(body):
    return f'module a {{ module msg {{ {body} struct B {{ int32 x; }}; }}; }};'


def doubling(levels, leaf):
    """A type that holds two of a type that holds two of ...: 2^levels leaves."""
    parts = [f'C{i + 1} a\nC{i + 1} b\n' for i in range(levels)] + [leaf]
    named = [f'{SEPARATOR}MSG: a/C{i}\n{part}' for i, part in enumerate(parts)]
    return 'C0 a\n' + ''.join(named)


HOSTILE = {
    'two nested parentheses': (idl('const long X = ((1));'), 'ros2idl', 'parentheses'),
    'twelve': (idl(f'const long X = {"(" * 12}1{")" * 12};'), 'ros2idl', 'parentheses'),
    'a shift': (idl('const long long X = 1 << 4000000000;'), 'ros2idl', 'shifts'),
    'a long sum': (idl(f'const long X = 1{"+1" * 4000};'), 'ros2idl', 'operators'),
    'a long difference': (idl(f'const long X = 1{"-1" * 4000};'), 'ros2idl', 'operators'),
    'deep brackets': (
        f'module a {{ struct B {{ {"sequence<" * 300}int32{">" * 300} x; }}; }};',
        'ros2idl',
        'levels of brackets',
    ),
    'constants': (
        idl(''.join(f'const long X{i} = 1;' for i in range(600))),
        'ros2idl',
        'constants',
    ),
    'an open annotation': (idl('@a(((('), 'ros2idl', 'without an end'),
    'fields': (''.join(f'int32 f{i}\n' for i in range(75_000)), 'ros2msg', 'limit'),
    'few characters, many fields': ('int8 a\n' * 9000, 'ros2msg', 'fields and constants'),
    'a long text': (f'string X="{"a" * 100_000}"\n', 'ros2msg', 'characters in one line'),
    'a very long text': (f'string X="{"a" * 10**7}"\n', 'ros2msg', 'characters'),
    'a long list': (f'int32[] x [{"1," * 50_000}1]\n', 'ros2msg', 'characters in one line'),
    'an array of texts': ('string[400000] x\n', 'ros2msg', 'fields'),
    'an array of parts': (f'E[300000] x\n{SEPARATOR}MSG: a/E\nint8 y\n', 'ros2msg', 'fields'),
    'doubled parts': (doubling(40, 'int8 x\n'), 'ros2msg', 'fields'),
    'arrays of nothing': (f'E[] x\n{SEPARATOR}MSG: a/E\n', 'ros1msg', 'without content'),
    'a type inside itself': ('a/B[] x\n', 'ros2msg', 'itself'),
}


@pytest.mark.parametrize('name', HOSTILE)
def test_what_keeps_a_parser_busy_is_refused_at_once(name):
    text, format_, words = HOSTILE[name]
    started = time.process_time()
    with pytest.raises(BagError, match=words) as caught:
        typestore_of(channel(text, format_))
    assert time.process_time() - started < LONGEST_S
    assert len(str(caught.value)) < 500


def test_the_largest_that_is_accepted_is_read_in_seconds():
    text = ''.join(f'float64 field_{i}\n' for i in range(1900))
    started = time.process_time()
    assert 'a/msg/B' in typestore_of(channel(text)).fielddefs
    assert time.process_time() - started < LONGEST_S


def test_what_is_refused_is_looked_at_once_not_for_every_message():
    broken = channel('int32 x\n' * 1900 + 'int32 x y z ] \n')
    started = time.process_time()
    for _ in range(200):
        with pytest.raises(BagError):
            deserialise(broken, b'\0\1\0\0')
    assert time.process_time() - started < LONGEST_S


def test_comments_and_annotations_do_not_change_a_type():
    text = """
        // a comment with "quotes" and ( parentheses (((
        #include "std_msgs/msg/Header.idl"
        module a { module msg { /* one
          more ((( */
          module B_Constants { const int32 LOW = -3; const string URL = "http://a//b"; };
          @verbatim (language="comment", text=
            "first (line)" "\\n"
            "second @line")
          struct B {
            @unit (value="m") @range(min=-(1), max=5)
            double x;
            @default (value=3)
            sequence<float, 4> list;
            long table[3];
          };
        }; };
    """
    store = typestore_of(channel(text.replace('#include "std_msgs/msg/Header.idl"', ''), 'ros2idl'))
    constants, fields = store.fielddefs['a/msg/B']
    assert [name for name, _ in fields] == ['x', 'list', 'table']
    assert {c[0]: c[2] for c in constants} == {'LOW': -3, 'URL': 'http://a//b'}


def test_definitions_in_several_parts_are_read():
    parts = [
        SEPARATOR + 'IDL: a/msg/B\nmodule a { module msg { struct B { a::msg::C c; }; }; };\n',
        SEPARATOR + 'IDL: a/msg/C\nmodule a { module msg { struct C { int32 x; }; }; };\n',
    ]
    store = typestore_of(channel(''.join(parts * 1), 'ros2idl'))
    assert set(store.fielddefs) >= {'a/msg/B', 'a/msg/C'}


@pytest.mark.parametrize('stores', [Stores.ROS2_JAZZY, Stores.ROS1_NOETIC])
def test_every_definition_of_ros_is_accepted_and_unchanged(stores):
    known = get_typestore(stores)
    version = 1 if stores is Stores.ROS1_NOETIC else 2
    for name in known.fielddefs:
        text, _ = known.generate_msgdef(name, ros_version=version)
        commented = '# a comment\n\n' + text.replace('\n' + SEPARATOR, f'\n\n  # more\n{SEPARATOR}')
        kind = 'ros1' if version == 1 else 'cdr'
        found = typestore_of(Channel(1, '/t', name, kind, Definition('ros2msg', commented)))
        assert found.fielddefs[name][1] == known.fielddefs[name][1]


def test_idl_of_this_kind_is_the_same_with_and_without_our_care():
    text = idl('@verbatim(language="comment", text="x") const int32 Y = -1;')
    assert get_types_from_idl(plain_idl(text, 'a/msg/B')) == get_types_from_idl(text)


def test_an_interrupt_is_heard_while_a_definition_is_read():
    """Whatever a parser is doing, it is Python, so that a signal ends it."""
    code = (
        'import signal, sys\n'
        'from thermal_depth_ros.bags.definitions import typestore_of\n'
        'from thermal_depth_ros.bags.storage import Channel, Definition\n'
        'def stop(*_): raise KeyboardInterrupt\n'
        'signal.signal(signal.SIGALRM, stop)\n'
        'signal.setitimer(signal.ITIMER_REAL, 0.2)\n'
        'try:\n'
        '  while True:\n'
        '    text = "".join(f"int32 f{i}\\n" for i in range(1900)) + f"int8 z{id(object())}\\n"\n'
        '    typestore_of(Channel(1, "/t", "a/msg/B", "cdr", Definition("ros2msg", text)))\n'
        'except KeyboardInterrupt:\n'
        '  sys.exit(7)\n'
    )
    done = subprocess.run([sys.executable, '-c', code], timeout=60, check=False)
    assert done.returncode == 7
