# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What runs before a commit and in CI: the same checks, and their failures are not lost."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

SUMMARY = '=== 3 passed, 1 skipped in 1.25s ==='
MAKE = """#!/bin/sh
case "$*" in
    *lint*) echo 'Found 0 errors in 1.0s'; exit {lint} ;;
    *test*) echo '{summary}'; echo 'make: a line after it'; exit {tests} ;;
esac
"""


@pytest.mark.parametrize(
    ('lint', 'tests', 'code'), [(0, 0, 0), (1, 0, 1), (0, 3, 3), (2, 3, 3), (2, 0, 2)]
)
def test_ci_fails_where_either_fails_and_ends_with_the_summary_of_the_tests(
    repository: Path, tmp_path: Path, lint: int, tests: int, code: int
) -> None:
    make = tmp_path / 'make'
    make.write_text(MAKE.format(lint=lint, tests=tests, summary=SUMMARY))
    make.chmod(0o755)
    path = f'{tmp_path}{os.pathsep}{os.environ["PATH"]}'
    done = subprocess.run(
        [repository / '.ci' / 'run'],
        env={**os.environ, 'PATH': path},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code
    lines = done.stdout.splitlines()
    assert lines[0] == 'Found 0 errors in 1.0s' and lines[-1] == SUMMARY
    assert ('make lint failed, see above' in lines) == (lint != 0)


def test_hooks_before_a_commit_are_those_of_make_lint_and_download_nothing(
    repository: Path,
) -> None:
    config = yaml.safe_load((repository / '.pre-commit-config.yaml').read_text())
    assert [repo['repo'] for repo in config['repos']] == ['local']
    hooks = config['repos'][0]['hooks']
    assert {hook['language'] for hook in hooks} == {'system'}
    (recipe,) = re.findall(
        r'^lint:.*\n\t@\$\(ENTER\) (.*)$', (repository / 'Makefile').read_text(), re.M
    )
    commands = [command.strip().removesuffix(' .') for command in recipe.split('&&')]
    entries = [hook['entry'].replace(' --force-exclude', '') for hook in hooks]
    assert entries == commands
