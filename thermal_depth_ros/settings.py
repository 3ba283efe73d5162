# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One description per setting, shared by ROS parameters, the command line, YAML and the docs.

A configuration is a frozen dataclass whose fields are made with `setting`. The default, the help
text, the range and the read-only flag stand there and nowhere else.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, TypeVar

_KEY = 'setting'
ConfigT = TypeVar('ConfigT')


class SettingsError(ValueError):
    """One or more settings are unknown or out of range; the message names all of them."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """What is known about one field of a configuration."""

    name: str
    type: type
    default: Any
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False


def setting(
    default: Any,
    help: str,  # noqa: A002 - the word argparse and peft use for it
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    read_only: bool = False,
) -> Any:
    """Make a dataclass field that carries its own description."""
    extra = {
        'help': help,
        'minimum': minimum,
        'maximum': maximum,
        'choices': choices,
        'read_only': read_only,
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


def problem_with(entry: Setting, value: Any) -> str | None:
    """Say what is wrong with a value, or None where it is fine."""
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


def allowed(entry: Setting) -> str:
    """Say which values a setting takes, in words; empty where any will do."""
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
        SettingsError: a key is unknown, or a value has the wrong type or lies out of range.
    """
    known = {entry.name: entry for entry in describe(config_class)}
    problems = [f'{name}: unknown setting' for name in values if name not in known]
    problems += [
        problem
        for name, value in values.items()
        if name in known and (problem := problem_with(known[name], value))
    ]
    if problems:
        raise SettingsError('; '.join(problems))
    typed = {name: known[name].type(value) for name, value in values.items()}
    return config_class(**typed)
