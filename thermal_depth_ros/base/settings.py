# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One description per setting, shared by ROS parameters, the command line, YAML and the docs.

A configuration is a frozen dataclass whose fields are made with `setting`: bool, int, float, str or
a tuple of str. The default, the help text, the range and the read-only flag stand there and nowhere
else. A configuration may define `problems(self) -> list[str]`, which names contradictions between
its settings, each beginning with the name of a setting.
"""

import dataclasses
import math
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from thermal_depth_ros.base.errors import ThermalDepthError

_KEY = 'setting'
_MOST_PROBLEMS = 40  # in one message
ConfigT = TypeVar('ConfigT')


class SettingsError(ThermalDepthError, ValueError):
    """One or more settings are unknown or out of range; the message names all of them."""


class RenamedSettingWarning(FutureWarning):
    """A setting was given by the name it had in an earlier version."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """Description of one field of a configuration."""

    name: str
    type: type
    default: Any
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False
    renamed_from: str = ''


def setting(
    default: Any,
    help: str,  # noqa: A002 - the word argparse and peft use for it
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    read_only: bool = False,
    renamed_from: str = '',
) -> Any:
    """Make a dataclass field that carries its own description.

    Args:
        default: Value if none is given; its type is the type of the setting.
        help: What the setting does, in a sentence.
        minimum: Smallest valid number.
        maximum: Largest valid number.
        choices: The valid texts, if not all are.
        read_only: The setting cannot change while a node runs.
        renamed_from: Name of the setting in the previous version; still read, with a warning.
    """
    extra = {
        'help': help,
        'minimum': minimum,
        'maximum': maximum,
        'choices': choices,
        'read_only': read_only,
        'renamed_from': renamed_from,
    }
    return dataclasses.field(default=default, metadata={_KEY: extra})


def describe(config: Any) -> tuple[Setting, ...]:
    """Return the settings of a configuration class or instance, in order of declaration."""
    found = []
    for field in dataclasses.fields(config):
        if _KEY in field.metadata:
            found.append(
                Setting(field.name, type(field.default), field.default, **field.metadata[_KEY])
            )
    return tuple(found)


def warn_renamed(message: str) -> None:
    """Issue the warning about a renamed setting; Python shows each message once."""
    warnings.warn(message, RenamedSettingWarning, stacklevel=1)


def with_new_names(
    renamed: Mapping[str, str],
    values: Mapping[str, Any],
    warn: Callable[[str], None] = warn_renamed,
) -> dict[str, Any]:
    """Return values with former names replaced by the current ones.

    Args:
        renamed: Former name -> current name.
        values: Values by former or current names; names that are neither stay as they are.
        warn: Called with a message for each former name.

    Raises:
        SettingsError: A value is given under both names.
    """
    former = [name for name in values if name in renamed]
    twice = [f'{n}: given twice, also as {renamed[n]}' for n in former if renamed[n] in values]
    if twice:
        raise SettingsError('; '.join(twice))
    for name in former:
        warn(f'{name} is deprecated: it is called {renamed[name]} now')
    return {renamed.get(name, name): value for name, value in values.items()}


def former_names(config_classes: Iterable[type]) -> dict[str, str]:
    """Return former name -> current name of the renamed settings of configuration classes."""
    entries = (entry for config in config_classes for entry in describe(config))
    return {entry.renamed_from: entry.name for entry in entries if entry.renamed_from}


def problem_with(entry: Setting, value: Any) -> str | None:
    """Return what is wrong with a value, or None."""
    if entry.type is tuple:
        return _problem_with_texts(entry, value)
    if entry.type is bool or isinstance(value, bool):
        fits = entry.type is bool and isinstance(value, bool)
    elif entry.type is float:
        fits = isinstance(value, (int, float))
    else:
        fits = isinstance(value, entry.type)
    if not fits:
        return f'{entry.name}: {value!r} is not of type {entry.type.__name__}'
    if entry.choices and value not in entry.choices:
        return f'{entry.name}: {value!r} is not one of {", ".join(entry.choices)}'
    if entry.type in (int, float):
        if not math.isfinite(value):
            return f'{entry.name}: {value!r} is not finite'
        if entry.minimum is not None and value < entry.minimum:
            return f'{entry.name}: {value!r} is below the minimum {entry.minimum}'
        if entry.maximum is not None and value > entry.maximum:
            return f'{entry.name}: {value!r} is above the maximum {entry.maximum}'
    return None


def _problem_with_texts(entry: Setting, value: Any) -> str | None:
    if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) for text in value):
        return f'{entry.name}: {value!r} is not a list of texts'
    wrong = [text for text in value if text and entry.choices and text not in entry.choices]
    if wrong:
        return f'{entry.name}: {", ".join(map(repr, wrong))} not among {", ".join(entry.choices)}'
    return None


def allowed(entry: Setting) -> str:
    """Describe the valid values of a setting; '' if any are valid."""
    if entry.choices:
        return ' | '.join(entry.choices)
    if entry.minimum is not None and entry.maximum is not None:
        return f'{entry.minimum:g} to {entry.maximum:g}'
    if entry.minimum is not None:
        return f'at least {entry.minimum:g}'
    return '' if entry.maximum is None else f'at most {entry.maximum:g}'


def build(config_class: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """Make a configuration from values, naming every unknown key and bad value at once.

    Raises:
        SettingsError: A key is unknown, a value has the wrong type or lies out of range, or values
            contradict each other.
    """
    made: ConfigT = build_all((config_class,), values)[0]
    return made


def build_all(config_classes: Sequence[type], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Make one configuration of each class from values for all of them.

    Args:
        config_classes: Config classes with distinct names of settings.
        values: Some or all of the settings of all classes; former names are accepted.

    Raises:
        SettingsError: As `build`; the problems of all classes are named at once.
    """
    values = with_new_names(former_names(config_classes), values)
    known = {entry.name: entry for made in config_classes for entry in describe(made)}
    problems = [f'{name}: unknown setting' for name in values if name not in known]
    refused = {
        name: problem
        for name, value in values.items()
        if name in known and (problem := problem_with(known[name], value))
    }
    problems += refused.values()
    good = {n: v for n, v in values.items() if n in known and n not in refused}
    problems += _contradictions(config_classes, good, refused)
    if problems:
        raise SettingsError('; '.join(_bounded(problems)))
    return tuple(made(**_typed(made, good)) for made in config_classes)


def _bounded(problems: list[str]) -> list[str]:
    """Return the first problems, and how many more: a wrong file may have thousands of keys."""
    more = len(problems) - _MOST_PROBLEMS
    return [*problems[:_MOST_PROBLEMS], f'and {more} more'] if more > 0 else problems


def _contradictions(
    config_classes: Iterable[type], good: Mapping[str, Any], refused: Iterable[str]
) -> list[str]:
    """Return contradictions between good values; a refused value is not blamed a second time."""
    return [
        problem
        for made in config_classes
        if hasattr(made, 'problems')
        for problem in made(**_typed(made, good)).problems()
        if not any(re.search(rf'\b{name}\b', problem) for name in refused)
    ]


def _typed(config_class: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of one class in the types of its settings.

    Empty texts are left out of lists: parameter files of ROS cannot hold an empty list, and people
    write [''] instead.
    """
    return {
        entry.name: tuple(filter(None, values[entry.name]))
        if entry.type is tuple
        else entry.type(values[entry.name])
        for entry in describe(config_class)
        if entry.name in values
    }
