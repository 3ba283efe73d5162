# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The tables of the papers as files: published rows with their source, and the protocol."""

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.base.yaml_text import read_yaml
from thermal_depth_ros.evaluation.tables.columns import Column, Figure, column
from thermal_depth_ros.metrics.segmentation import ALL

_FOLDER = Path(__file__).parent / 'published'


@dataclasses.dataclass(frozen=True)
class PublishedCrop:
    """Rows that the protocol leaves out of images of a size, pixels."""

    top: int
    bottom: int
    height: int
    width: int


@dataclasses.dataclass(frozen=True)
class Condition:
    """Data and protocol of a group of columns.

    Attributes:
        name: Name, as for `--data`.
        title: Heading.
        camera: Kind of camera.
        protocol: Protocol of depth; one of metrics.depth.PROTOCOLS.
        classes: Classes over which mIoU is averaged.
        label_map: File of config/label_maps from true ids to Cityscapes; '' for none.
        crop: Crop of images of the published size.
        folders: Folders of its recordings in one for all conditions; () for its own name.
        split: Text file of the data set that names its sequences.
        sequences: Names of its sequences in the data set; () if the source does not name them.
        recordings: Their number in the paper; 0: unknown.
        images: Number of images in the paper; 0: unknown.
        network_input: Height and width of what the paper's networks are given.
        cost_at: Height and width at which networks are counted instead of evaluated.
    """

    name: str
    title: str
    camera: str
    protocol: str = 'thermal_outdoor'
    classes: str = ALL
    label_map: str = ''
    crop: PublishedCrop | None = None
    folders: tuple[str, ...] = ()
    split: str = ''
    sequences: tuple[str, ...] = ()
    recordings: int = 0
    images: int = 0
    network_input: tuple[int, int] | None = None
    cost_at: tuple[int, int] | None = None


@dataclasses.dataclass(frozen=True)
class PublishedRow:
    """A row as printed.

    Attributes:
        name: Name of the method.
        attributes: Texts between name and figures.
        figures: Figures in the order of the columns.
        variants: Variants of our ablation that the row is, or may be.
    """

    name: str
    figures: tuple[Figure, ...]
    attributes: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Block:
    """A part of a table with columns of its own; `columns` are pairs of condition and column."""

    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[PublishedRow, ...]

    def conditions(self) -> tuple[str, ...]:
        """Return the names of the conditions in order."""
        return tuple(dict.fromkeys(condition for condition, _ in self.columns))

    def columns_of(self, condition: str) -> dict[str, Column]:
        """Return the columns of a condition by name."""
        return {name: column(name) for where, name in self.columns if where == condition}


@dataclasses.dataclass(frozen=True)
class PublishedTable:
    """A table of a paper."""

    name: str
    title: str
    source: str
    conditions: Mapping[str, Condition]
    blocks: tuple[Block, ...]
    attributes: tuple[str, ...]
    notes: tuple[str, ...]

    def measures(self, condition: str) -> frozenset[str]:
        """Return what has to be measured for a condition: DEPTH, CLASSES, MOTION, COST."""
        return frozenset(
            column.measures
            for block in self.blocks
            for column in block.columns_of(condition).values()
        )

    def rows_of(self, variant: str) -> list[PublishedRow]:
        """Return the rows that a variant of our ablation is, or may be."""
        return [row for block in self.blocks for row in block.rows if variant in row.variants]


def table_names() -> list[str]:
    """Return the names of all tables."""
    return sorted(path.stem for path in list_files(_FOLDER, ('.yaml',)))


@functools.cache
def published_table(name: str) -> PublishedTable:
    """Read the file of a table; one of `table_names`."""
    content = read_yaml(_FOLDER / f'{name}.yaml')
    return PublishedTable(
        name=name,
        title=content['title'],
        source=content['source'],
        conditions={key: _condition(key, entry) for key, entry in content['conditions'].items()},
        blocks=tuple(_block(entry) for entry in content['blocks']),
        attributes=tuple(content.get('attributes', ())),
        notes=tuple(content.get('notes', ())),
    )


def _condition(name: str, entry: Mapping[str, Any]) -> Condition:
    crop = PublishedCrop(**entry['crop']) if 'crop' in entry else None
    lists = {
        key: tuple(entry[key])
        for key in ('folders', 'sequences', 'network_input', 'cost_at')
        if key in entry
    }
    return Condition(name=name, **{**entry, **lists, 'crop': crop})


def _block(entry: Mapping[str, Any]) -> Block:
    columns = [(where, name) for where, names in entry['columns'].items() for name in names]
    return Block(entry.get('title', ''), tuple(columns), tuple(map(_row, entry['rows'])))


def _row(entry: Mapping[str, Any]) -> PublishedRow:
    return PublishedRow(
        name=entry['name'],
        figures=tuple(_figure(value) for value in entry['figures']),
        attributes=tuple(entry.get('attributes', ())),
        variants=tuple(entry.get('variants', ())),
    )


def _figure(value: Any) -> Figure:
    return (value[0], value[1]) if isinstance(value, list) else value
