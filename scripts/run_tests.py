# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Run the whole suite in two processes of pytest that share its files, or pytest with arguments.

Most tests keep one processor busy. The output of the second process follows that of the first, and
a closing line as pytest writes it has the sums of both.
"""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time

FOLDER = 'TESTS_SHARED_IN'  # test/helpers/shared_suite.py
CLOSING = re.compile(r'=+ .* in [0-9.]+s\b')
COUNT = re.compile(r'(\d+) (failed|passed|skipped|deselected|xfailed|xpassed|warning|error)s?\b')


def main(arguments: list[str]) -> int:
    """Run the tests and return the exit status of the first process that failed, or 0."""
    if arguments:
        return subprocess.call(['pytest', *arguments])
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        environment = {'OMP_NUM_THREADS': '1', **os.environ, FOLDER: folder}
        second = _start(environment, '-p', 'no:cacheprovider')
        later: list[str] = []
        reader = threading.Thread(target=lambda: later.extend(second.stdout or ()))
        reader.start()
        first = _start(environment)
        lines = [_shown(line) for line in first.stdout or ()]
        reader.join()
        codes = first.wait(), second.wait()
    lines += [_shown(line) for line in later]
    print(_closing_line(lines, time.monotonic() - started), flush=True)
    return codes[0] or codes[1]


def _start(environment: dict[str, str], *arguments: str) -> 'subprocess.Popen[str]':
    return subprocess.Popen(
        ['pytest', *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors='replace',
    )


def _shown(line: str) -> str:
    print(line, end='', flush=True)
    return line


def _closing_line(lines: list[str], seconds: float) -> str:
    """Return the sums of the closing lines; what is deselected is so in both processes."""
    found: dict[str, int] = {}
    for line in filter(CLOSING.match, lines):
        for count, word in COUNT.findall(line):
            before = found.get(word, 0)
            both = max(before, int(count)) if word == 'deselected' else before + int(count)
            found[word] = both
    counts = ', '.join(f'{count} {word}' for word, count in found.items()) or 'no tests ran'
    return f'===== {counts} in {seconds:.2f}s ====='


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # which reached both processes of pytest too
        sys.exit(130)
