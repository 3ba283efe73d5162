# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Semantic classes of a bundle: names and display colours, by class id."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

SKY = 'sky'


@dataclasses.dataclass(frozen=True)
class LabelSet:
    """Names and RGB colours of the classes; the class id is the place in the tuple."""

    names: tuple[str, ...]
    colours: tuple[tuple[int, int, int], ...]

    def __len__(self) -> int:
        """Return the number of classes, without the unlabelled one."""
        return len(self.names)

    @property
    def sky(self) -> int | None:
        """Class id of the sky, or None where there is none."""
        return self.names.index(SKY) if SKY in self.names else None

    def to_list(self) -> list[dict[str, Any]]:
        """Return plain values for YAML, one entry per class in order of the ids."""
        return [
            {'name': name, 'colour': list(colour)}
            for name, colour in zip(self.names, self.colours, strict=True)
        ]

    @classmethod
    def from_list(cls, entries: Sequence[Mapping[str, Any]]) -> 'LabelSet':
        """Rebuild from `to_list`; check with `label_problems` first."""
        return cls(
            tuple(entry['name'] for entry in entries),
            tuple(tuple(entry['colour']) for entry in entries),
        )
