# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Published lists of the sequences and frames of a split, where they lie beside the data."""

import ast
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.wire_text import listed
from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.text_files import lines_of, read_text

_MAX_BYTES = 64 << 20


def split_lines(source: Path, split: str, given: str, names: Iterable[str]) -> list[list[str]]:
    """Return the words of each line of the list of a split.

    Args:
        source: Folder of the data set; lists lie there, in `splits`, or in folders of it.
        split: Name of the split.
        given: File given by the user; '' searches for one.
        names: Names of such a file, with `{}` for the split.

    Raises:
        DatasetError: There is no such list, or it is empty.
    """
    path = Path(given).expanduser() if given else _find(source, split, list(names))
    if path.suffix in ('.json', '.py'):
        return [[name] for name in _listed(path, split)]
    lines = [line.split() for line in lines_of(read_text(path, f'the list {split}', _MAX_BYTES))]
    if not lines:
        raise DatasetError(f'{path}: the list is empty')
    return lines


def require_names(
    names: Collection[str], there: Collection[str], split: str, what: str, partial: bool
) -> None:
    """Check that the names of a split are in the data set.

    Args:
        names: Names in the list.
        there: Names of what there is.
        split: Name of the split.
        what: What the names are of, in words.
        partial: Whether it suffices that one of them is there.

    Raises:
        DatasetError: They are not.
    """
    absent = sorted(set(names) - set(there))
    if absent and (not partial or len(absent) == len(set(names))):
        raise DatasetError(
            f'split {split}: {len(absent)} of {len(set(names))} {what} are not there: '
            f'{listed(absent)}; --partial takes those that are'
        )


def _find(source: Path, split: str, names: Sequence[str]) -> Path:
    folders = [source, source / 'splits']
    if (source / 'splits').is_dir():
        folders += sorted(path for path in (source / 'splits').iterdir() if path.is_dir())
    tried = [name.format(split) for name in names]
    found = [folder / name for folder in folders for name in tried if (folder / name).is_file()]
    if len(found) > 1:
        raise DatasetError(
            f'split {split}: {" and ".join(map(str, found))} could be its list; --split-file names '
            'one'
        )
    if found:
        return found[0]
    raise DatasetError(
        f'{source}: no list of the split {split}: neither {" nor ".join(tried)} lies there or in '
        'splits; --split-file names one'
    )


def _listed(path: Path, split: str) -> list[str]:
    """Return the list of a name in a JSON object, or assigned to it in a Python file."""
    text = read_text(path, f'the list {split}', _MAX_BYTES)
    try:
        found: Any = _assigned(text) if path.suffix == '.py' else json.loads(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DatasetError(f'{path}: cannot be read: {error}') from error
    if not isinstance(found, dict) or not isinstance(found.get(split), list):
        there = listed(found) if isinstance(found, dict) else 'no lists'
        raise DatasetError(f'{path}: no list {split!r}; it has {there}')
    return [str(name) for name in found[split]]


def _assigned(text: str) -> dict[str, list[Any]]:
    """Return the lists that a Python file assigns to names; nothing is executed.

    A list may be written out or made of earlier ones, as in `list(sorted(set(a + b)))`.
    """
    found: dict[str, list[Any]] = {}
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        value = getattr(node, 'value', None)
        listed = None if value is None else _list_of(value, found)
        if listed is not None:
            found.update({name.id: listed for name in targets if isinstance(name, ast.Name)})
    return found


def _list_of(value: ast.expr, known: Mapping[str, list[Any]]) -> list[Any] | None:
    """Return the list that an expression stands for, None where it is none of those known here."""
    if isinstance(value, ast.List):
        constants = all(isinstance(item, ast.Constant) for item in value.elts)
        return list(ast.literal_eval(value)) if constants else None
    if isinstance(value, ast.Name):
        return known.get(value.id)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        first, second = _list_of(value.left, known), _list_of(value.right, known)
        return None if first is None or second is None else first + second
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and len(value.args) == 1:
        inner = _list_of(value.args[0], known)
        if inner is None or value.func.id not in ('list', 'sorted', 'set'):
            return None
        return inner if value.func.id == 'list' else sorted(set(inner), key=str)
    return None
