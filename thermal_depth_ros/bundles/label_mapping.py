# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Mapping from the classes of a teacher to ours, by name or from a file."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from thermal_depth_ros.base import rules
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.wire_text import bounded, listed
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.frames.labels import LabelSet

_MOST_OWN = 40  # of our classes named in a line


class LabelMappingError(ThermalDepthError, ValueError):
    """Class names do not match; the message names them."""


@dataclasses.dataclass(frozen=True)
class LabelMapping:
    """Maps every class of a teacher to one of our classes, or to none."""

    targets: tuple[int | None, ...]  # by teacher class id; None is left out
    labels: LabelSet  # ours

    @property
    def untaught(self) -> tuple[str, ...]:
        """Names of our classes to which no teacher class maps."""
        taught = set(self.targets)
        return tuple(n for index, n in enumerate(self.labels.names) if index not in taught)

    def unmapped(self, teacher: Sequence[str]) -> str:
        """Name, in one line, the classes of either side that the other does not have.

        Args:
            teacher: Names by teacher class id.

        Returns:
            The line; '' if every class of both sides is mapped.
        """
        unused = [n for n, target in zip(teacher, self.targets, strict=True) if target is None]
        parts = []
        if self.untaught:
            parts.append(f'the teacher knows no {listed(self.untaught, _MOST_OWN)}')
        if unused:
            parts.append(
                f'{len(unused)} of {len(teacher)} classes of the teacher are not used: '
                f'{listed(unused)}'
            )
        return '; '.join(parts)


def match_labels(
    teacher: Sequence[str],
    labels: LabelSet,
    mapping: Mapping[str, str | None] | None = None,
) -> LabelMapping:
    """Match the classes of a teacher with ours.

    Args:
        teacher: Names by teacher class id.
        labels: Our classes.
        mapping: Our name, or None, for names of the teacher; what it does not name is left out.
            Without a mapping, classes match whose names are equal apart from capitals, hyphens
            and underscores; the others are left out.

    Raises:
        LabelMappingError: The mapping has a name that is not there, or nothing matches.
    """
    if mapping is not None:
        return _by_mapping(teacher, labels, mapping)
    ours = {_plain(name): index for index, name in enumerate(labels.names)}
    found = LabelMapping(tuple(ours.get(_plain(name)) for name in teacher), labels)
    if not any(target is not None for target in found.targets):
        raise LabelMappingError(
            f'the teacher has no class called {listed(labels.names)}; its {len(teacher)} '
            f'classes are {listed(teacher)}: a mapping from its names to ours is needed'
        )
    return found


def read_label_mapping(path: Path) -> dict[str, str | None]:
    """Read a YAML file of `teacher name: our name`, with null for classes to leave out.

    Raises:
        LabelMappingError: It cannot be read or is no such mapping.
    """
    try:
        values = read_yaml(path)
    except YamlError as error:
        raise LabelMappingError(f'{path}: {error}') from error
    if not isinstance(values, Mapping) or not values:
        raise LabelMappingError(f'{path}: {rules.short(values)} is not a mapping of class names')
    for name, target in values.items():
        if not isinstance(name, str) or not (target is None or isinstance(target, str)):
            entry = f'{rules.short(name)}: {rules.short(target)}'
            raise LabelMappingError(f'{path}: {entry} does not map a name to a name or null')
    return dict(values)


def _by_mapping(
    teacher: Sequence[str], labels: LabelSet, mapping: Mapping[str, str | None]
) -> LabelMapping:
    theirs = {_plain(name) for name in teacher}
    ours = {_plain(name): index for index, name in enumerate(labels.names)}
    problems = [
        f'{name!r} is not one of the classes of the teacher ({listed(teacher)})'
        for name in mapping
        if _plain(name) not in theirs
    ]
    problems += [
        f'{target!r} is not one of our classes ({listed(labels.names)})'
        for target in mapping.values()
        if target is not None and _plain(target) not in ours
    ]
    if not any(target is not None for target in mapping.values()):
        problems.append('it maps no class')
    if problems:
        raise LabelMappingError('label mapping: ' + '; '.join(bounded(problems)))
    wanted = {_plain(name): target for name, target in mapping.items()}
    targets = [wanted.get(_plain(name)) for name in teacher]
    return LabelMapping(tuple(None if t is None else ours[_plain(t)] for t in targets), labels)


def _plain(name: str) -> str:
    return ' '.join(name.lower().replace('_', ' ').replace('-', ' ').split())
