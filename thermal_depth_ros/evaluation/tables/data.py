# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the recordings of each condition of a table in the folders of the user."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from thermal_depth_ros.bags.files import METADATA
from thermal_depth_ros.bags.prepared_folder import is_prepared
from thermal_depth_ros.base.listing import list_files, list_folders, natural_order
from thermal_depth_ros.base.wire_text import listed
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.tables.published import Condition

CONDITIONS_FILE = 'conditions.yaml'
_SUFFIXES = ('.mcap', '.db3', '.bag')


@dataclasses.dataclass(frozen=True)
class ConditionData:
    """Recordings of a condition, and how they were found."""

    recordings: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def read_data_options(
    given: Sequence[str], conditions: Mapping[str, Condition]
) -> tuple[list[Path], dict[str, list[Path]]]:
    """Split `FOLDER` and `CONDITION=FOLDER`.

    Returns:
        Folders for all conditions, and those of single ones by name.

    Raises:
        EvaluationError: A folder is missing.
    """
    common: list[Path] = []
    own: dict[str, list[Path]] = {}
    for text in given:
        name, separator, rest = text.partition('=')
        known = bool(separator) and name in conditions
        path = Path(rest if known else text).expanduser()
        if not path.exists():
            hint = ''
            if separator and not known:
                hint = f'; {name} is no condition of the table ({", ".join(conditions)})'
            raise EvaluationError(f'--data {text}: no such file or folder{hint}')
        own.setdefault(name, []).append(path) if known else common.append(path)
    return common, own


def find_data(
    given: Sequence[str], conditions: Mapping[str, Condition]
) -> dict[str, ConditionData]:
    """Return the recordings of each condition that has some.

    A folder for all conditions has a file `conditions.yaml` (condition -> recordings, with
    wildcards), a folder for each condition, or recordings with the names of the paper. One for a
    single condition holds its recordings: those that the list of the data set names, those with
    the names of the paper, or all of them, in this order.

    Raises:
        EvaluationError: A folder is missing, holds no recordings, or names other ones.
    """
    common, own = read_data_options(given, conditions)
    for folder in common:
        for name, folders in _by_condition(folder, conditions).items():
            own.setdefault(name, []).extend(folders)
    found = {}
    for name in conditions:
        if name in own:
            found[name] = _chosen(own[name], conditions[name])
    return found


def recordings_in(folder: Path) -> list[Path]:
    """Return the recordings in a folder, itself if it is one, in natural order.

    A folder is a recording if it has a metadata.yaml or is a prepared folder of images; a file is
    one by its suffix.
    """
    if folder.is_file() or (folder / METADATA).is_file() or is_prepared(folder):
        return [folder]
    inside: list[Path] = list_files(folder, _SUFFIXES)
    for path in list_folders(folder):
        if (path / METADATA).is_file() or is_prepared(path):
            inside.append(path)
        else:
            files = list_files(path, _SUFFIXES)
            inside += [path] if len(files) == 1 else files
    return natural_order(inside)


def _by_condition(folder: Path, conditions: Mapping[str, Condition]) -> dict[str, list[Path]]:
    listing = folder / CONDITIONS_FILE
    if listing.is_file():
        return _listed_conditions(listing, conditions)
    named = {name: _folders_of(folder, one) for name, one in conditions.items()}
    if not any(named.values()):
        inside = {_name(path) for path in recordings_in(folder)}
        whole = len(conditions) == 1
        for name, one in conditions.items():
            if whole or (one.sequences and inside.issuperset(one.sequences)):
                named[name] = [folder]
    if found := {name: folders for name, folders in named.items() if folders}:
        return found
    raise EvaluationError(
        f'{folder}: neither {CONDITIONS_FILE} nor a folder named {listed(list(conditions))}; '
        f'--data CONDITION=FOLDER names one'
    )


def _folders_of(folder: Path, condition: Condition) -> list[Path]:
    places = [folder / name for name in condition.folders or (condition.name,)]
    return [place for place in places if place.is_dir()]


def _name(recording: Path) -> str:
    return recording.stem if recording.is_file() else recording.name


def _listed_conditions(path: Path, conditions: Mapping[str, Condition]) -> dict[str, list[Path]]:
    """Read `condition: [recording, ...]` with paths relative to the file and wildcards."""
    try:
        content = read_yaml(path)
    except YamlError as error:
        raise EvaluationError(f'{path}: {error}') from error
    if not isinstance(content, Mapping) or not all(
        isinstance(entry, (str, list)) for entry in content.values()
    ):
        raise EvaluationError(f'{path}: not a list of recordings for each condition')
    if not set(content) & set(conditions):
        raise EvaluationError(
            f'{path}: conditions {listed(list(map(str, content)))}, but the table has '
            f'{listed(list(conditions))}'
        )
    return {
        name: [hit for text in _texts(content[name]) for hit in _matches(path, name, text)]
        for name in conditions
        if name in content
    }


def _texts(entry: str | list[object]) -> list[str]:
    return [entry] if isinstance(entry, str) else [str(text) for text in entry]


def _matches(path: Path, condition: str, text: str) -> list[Path]:
    if Path(text).is_absolute():
        hits = [Path(text)] if Path(text).exists() else []
    else:
        hits = natural_order(path.parent.glob(text))
    if not hits:
        raise EvaluationError(f'{path}: {condition}: no recording {text}')
    return hits


def _chosen(folders: Iterable[Path], condition: Condition) -> ConditionData:
    """Return the recordings of a condition in its folders."""
    recordings: list[Path] = []
    notes: list[str] = []
    for folder in folders:
        inside = recordings_in(folder)
        if not inside:
            raise EvaluationError(
                f'{folder}: no recording for the condition {condition.name} (folders with '
                f'{METADATA}, .mcap, .db3, .bag, or prepared folders of images)'
            )
        if folder not in inside:
            inside = _published_only(folder, inside, condition, notes)
        recordings += inside
    twice = [path for path in dict.fromkeys(recordings) if recordings.count(path) > 1]
    if twice:
        raise EvaluationError(f'{twice[0]}: given twice for the condition {condition.name}')
    if condition.recordings and len(recordings) != condition.recordings:
        notes.append(
            f'{condition.title}: {len(recordings)} recordings, {condition.recordings} in the paper'
        )
    return ConditionData(tuple(recordings), tuple(notes))


def _published_only(
    folder: Path, inside: list[Path], condition: Condition, notes: list[str]
) -> list[Path]:
    """Return the recordings that belong to the split of the paper, all if nothing tells."""
    names = {_name(path): path for path in inside}
    split = folder / condition.split if condition.split else None
    if split is not None and split.is_file():
        wanted = [line.strip() for line in split.read_text('utf-8').splitlines() if line.strip()]
        missing = [name for name in wanted if Path(name).name not in names]
        if missing:
            raise EvaluationError(
                f'{split}: names {listed(missing)}, which {folder} does not have; it has '
                f'{listed(list(names))}'
            )
        return [names[Path(name).name] for name in wanted]
    if condition.sequences:
        known = [names[name] for name in condition.sequences if name in names]
        if len(known) == len(condition.sequences):
            return known
        notes.append(
            f'{condition.title}: {folder} does not have the sequences of the paper '
            f'({listed(list(condition.sequences))}); all {len(inside)} recordings in it are taken'
        )
    return inside
