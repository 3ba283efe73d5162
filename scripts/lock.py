# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Resolve requirements/*.txt into requirements/constraints.txt for Python 3.10 to 3.14 on Linux.

Every version comes with the digests of its files, so that `make setup` installs exactly those.

For maintainers: needs `uv` on the PATH. Versions already in constraints.txt are kept unless
`--upgrade` is given.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / 'requirements'
LOCK = REQUIREMENTS / 'constraints.txt'
BOUNDS = "sys_platform == 'linux' and python_version < '3.15'"
# uv repeats the bounds in every line; inside them they say nothing.
REDUNDANT = (
    " and python_full_version < '3.15'",
    "python_full_version < '3.15' and ",
    " and sys_platform == 'linux'",
    " ; sys_platform == 'linux'",
)
# `import openvino` would report itself to its maker through this package; it works without.
NOT_INSTALLED = ('openvino-telemetry',)
HEADER = """\
# Every version of the environment, Python 3.10 to 3.14 on Linux, with the digests of its files.
# Written by `make lock`.
# timm and torchvision decide the torch version: a CPU-only torch cannot be used beside them.
"""


def main(arguments: list[str]) -> int:
    """Write the lock and return the exit status of the resolver."""
    names = sorted(path.name for path in REQUIREMENTS.glob('*.txt') if path != LOCK)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for name in names:
            shutil.copy(REQUIREMENTS / name, project)
        if LOCK.exists():
            shutil.copy(LOCK, project / 'lock.txt')
        (project / 'pyproject.toml').write_text(
            '[project]\nname = "lock"\nversion = "0"\nrequires-python = ">=3.10,<3.15"\n'
            f'[tool.uv]\nenvironments = ["{BOUNDS}"]\n'
        )
        command = ['uv', 'pip', 'compile', '--universal', '--no-python-downloads', '--quiet']
        command += ['--python-version', '3.10', '--no-header', '--no-annotate']
        command += ['--generate-hashes', '-o', 'lock.txt']
        for name in NOT_INSTALLED:
            command += ['--no-emit-package', name]
        status = subprocess.run([*command, *arguments, *names], cwd=project).returncode
        if status == 0:
            LOCK.write_text(HEADER + _simplified((project / 'lock.txt').read_text()))
    return status


def _simplified(lock: str) -> str:
    for text in REDUNDANT:
        lock = lock.replace(text, '')
    return lock


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
