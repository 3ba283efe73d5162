# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Maps class ids of ground truth to those of a bundle."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.base.wire_text import bounded
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.metrics.segmentation import IGNORED

_MAX_ID = 65535


@dataclasses.dataclass(frozen=True, eq=False)
class LabelMap:
    """Maps true ids to indices of `names`; they are identical if `table` is None."""

    names: tuple[str, ...]
    table: np.ndarray | None = None  # (65536,) uint8

    def apply(self, labels: np.ndarray, where: str) -> np.ndarray:
        """Return the class ids (H, W) uint8 of a true label image (H, W) of integers.

        Args:
            labels: Ids of the ground truth.
            where: Topic or file, for error messages.

        Raises:
            EvaluationError: An id is outside 0..65535 or, without a map, none of the classes.
        """
        if labels.size and not 0 <= int(labels.min()) <= int(labels.max()) <= _MAX_ID:
            raise EvaluationError(f'{where}: class ids outside 0 to {_MAX_ID}')
        if self.table is not None:
            return self.table[labels]
        known = np.where(labels == _MAX_ID, IGNORED, labels)
        strange = np.unique(known[(known >= len(self.names)) & (known != IGNORED)])
        if strange.size:
            ids = ', '.join(map(str, strange[:8].tolist()))
            raise EvaluationError(
                f'{where}: class ids {ids} are none of the {len(self.names)} classes of the '
                'bundle; --label-map says which class each id is'
            )
        return known.astype(np.uint8)


def read_label_map(path: Path, names: Sequence[str]) -> LabelMap:
    """Read a YAML file of `id: class name`; ids without an entry, or with null, are ignored.

    Raises:
        EvaluationError: The file cannot be read, is malformed, or names classes that the bundle
            does not have; all problems are named.
    """
    try:
        content = read_yaml(path)
    except YamlError as error:
        raise EvaluationError(f'{path}: {error}') from error
    if not isinstance(content, Mapping) or not content:
        raise EvaluationError(f'{path}: not a list of `id: class name`')
    table = np.full(_MAX_ID + 1, IGNORED, np.uint8)
    problems = []
    for key, name in content.items():
        if isinstance(key, bool) or not isinstance(key, int) or not 0 <= key <= _MAX_ID:
            problems.append(f'{key!r} is not a class id')
        elif name is not None and name not in names:
            problems.append(f'{key}: {name!r} is not a class of the bundle')
        elif name is not None:
            table[key] = names.index(name)
    if problems:
        wrong = '; '.join(bounded(problems))
        raise EvaluationError(f'{path}: {wrong}; its classes are: {", ".join(names)}')
    return LabelMap(tuple(names), table)
