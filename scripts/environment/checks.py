# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a machine must have before anything is installed, and what to say where it has not."""

import importlib.util
import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path

from console import SetupError

NEEDED_BYTES = 10_000_000_000
_NETWORK = re.compile(
    r'name resolution|Name or service not known|Network is unreachable|Connection refused'
    r'|No route to host|timed out|Max retries exceeded|ProxyError|CERTIFICATE_VERIFY_FAILED'
    r'|Connection aborted|RemoteDisconnected|nodename nor servname',
    re.IGNORECASE,
)
_DISK = re.compile(r'No space left on device|Disk quota exceeded', re.IGNORECASE)
_OTHER_FILE = re.compile(r'DO NOT MATCH THE HASHES.*?\n\s*(\S+?)[ =]', re.DOTALL)
_NO_WHEEL = re.compile(r'No matching distribution found for (\S+)')


def check_machine(folder: Path, compiler: bool) -> None:
    """Raise SetupError for the first thing this machine lacks to build an environment.

    `folder` is where the environment goes; `compiler` says whether message packages are generated.
    """
    for problem in (
        venv_problem(),
        compiler_problem() if compiler else None,
        disk_problem(folder),
    ):
        if problem:
            raise SetupError(problem)


def venv_problem() -> str | None:
    """Say what is missing to make virtual environments (Debian packages it apart)."""
    if importlib.util.find_spec('venv') and importlib.util.find_spec('ensurepip'):
        return None
    version = '{}.{}'.format(*sys.version_info[:2])
    return (
        f'this Python cannot make virtual environments (ensurepip is missing): '
        f'sudo apt install python3-venv (or python{version}-venv)'
    )


def compiler_problem() -> str | None:
    """Say what is missing to compile the generated message packages."""
    for variable, names in (('CC', ('cc', 'gcc', 'clang')), ('CXX', ('c++', 'g++', 'clang++'))):
        chosen = os.environ.get(variable)
        candidates = (chosen.split()[0],) if chosen else names
        if not any(shutil.which(name) for name in candidates):
            language = 'C' if variable == 'CC' else 'C++'
            tried = f'{variable}={chosen}' if chosen else ', '.join(names)
            return (
                f'no {language} compiler ({tried}); the message packages need one: '
                f'sudo apt install build-essential'
            )
    if not (Path(sysconfig.get_path('include')) / 'Python.h').is_file():
        version = '{}.{}'.format(*sys.version_info[:2])
        return (
            f'the headers of Python {version} are missing (Python.h): '
            f'sudo apt install python3-dev (or python{version}-dev)'
        )
    return None


def disk_problem(folder: Path) -> str | None:
    """Say when the disk under a folder that need not exist yet is too small."""
    existing = folder
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if free >= NEEDED_BYTES:
        return None
    return (
        f'{free / 1e9:.1f} GB free in {existing}, {NEEDED_BYTES / 1e9:.0f} GB needed: make room, '
        f'or set THERMAL_DEPTH_ENV_DIR to a folder on a larger disk'
    )


def package_without_wheel(output: str) -> str | None:
    """Return the name of the package that pip found no file of for this machine, or None."""
    found = _NO_WHEEL.search(output)
    return re.split('[=<>! ]', found[1], maxsplit=1)[0].lower() if found else None


def explain_pip_failure(output: str, log: Path) -> str:
    """Turn what pip printed before it gave up into one line that says what to do."""
    if _DISK.search(output):
        return f'the disk is full: make room, or set THERMAL_DEPTH_ENV_DIR to a larger disk ({log})'
    if _NETWORK.search(output):
        return (
            'the Python package index cannot be reached: check the network (behind a proxy set '
            f'HTTPS_PROXY, with a mirror set PIP_INDEX_URL) and run make setup again ({log})'
        )
    if found := _OTHER_FILE.search(output):
        return (
            f'{found[1]} is not the file that requirements/constraints.txt was locked with: check '
            f'which index it came from (pip config list, PIP_INDEX_URL, PIP_FIND_LINKS) ({log})'
        )
    if found := _NO_WHEEL.search(output):
        version = '{}.{}'.format(*sys.version_info[:2])
        return (
            f'the package index has no {found[1]} for Python {version} on {os.uname().machine}: '
            f'try another interpreter with THERMAL_DEPTH_PYTHON ({log})'
        )
    errors = [line for line in output.splitlines() if line.startswith('ERROR')]
    return f'pip failed: {errors[-1] if errors else "no reason given"} ({log})'
