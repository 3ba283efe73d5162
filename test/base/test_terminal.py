# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What commands print cannot steer a terminal; what rich draws still can."""

import io
import os
import pty
import subprocess
import sys

import pytest

from thermal_depth_ros.base.screen import Screen
from thermal_depth_ros.base.terminal import EscapingStream

EVIL = 'a\x1b[2J\x9b31m\rb[/red]:smile:\u202e'
SHOWN = r'a\x1b[2J\x9b31m\rb[/red]:smile:\u202e'


def test_a_stream_escapes_what_is_printed_and_passes_the_rest_on():
    behind = io.StringIO()
    stream = EscapingStream(behind)
    print(EVIL, file=stream)
    stream.writelines(['tab\tstays\n'])
    assert behind.getvalue() == f'{SHOWN}\ntab\tstays\n'
    assert stream.isatty() is False


def test_a_screen_shows_text_as_it_is():
    from rich.table import Table

    file = io.StringIO()
    table = Table(title=EVIL)
    table.add_column(EVIL)
    table.add_row(EVIL)
    screen = Screen(file=file, width=200, force_terminal=True, color_system='standard')
    screen.print(EVIL)
    screen.print(table)
    text = file.getvalue()
    assert text.count(SHOWN) == 4
    assert '\x1b[2J' not in text and '\r' not in text
    assert '\x1b[1m' in text, 'styles of its own are drawn'


SCRIPT = f"""
import sys
from thermal_depth_ros.base.screen import Screen
from thermal_depth_ros.base.terminal import guard_streams
guard_streams()
from rich.progress import Progress
with Progress(console=Screen()) as bars:
    task = bars.add_task('work', total=2)
    bars.advance(task)
    print({EVIL!r})
    bars.advance(task)
print({EVIL!r}, file=sys.stderr)
raise ValueError({EVIL!r})
"""


@pytest.mark.skipif(sys.platform == 'win32', reason='has no pseudo-terminals')
def test_bars_move_and_names_do_not_on_a_real_terminal():
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, '-c', SCRIPT],
        stdout=slave,
        stderr=slave,
        env=os.environ | {'TERM': 'xterm-256color', 'COLUMNS': '200', 'NO_COLOR': ''},
    ) as process:
        os.close(slave)
        got = b''
        while True:
            try:
                got += os.read(master, 65536)
            except OSError:  # the other end is closed
                break
        process.wait()
    os.close(master)
    text = got.decode()
    assert '\x1b[?25l' in text, 'the bar hides the cursor'
    assert '100%' in text
    assert '\x1b[2J' not in text and '\x9b' not in text and '\u202e' not in text
    assert r'a\x1b[2J' in text.split('Traceback')[0]
