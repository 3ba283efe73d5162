# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One description per setting, shared by ROS parameters, the command line, YAML and the docs.

A configuration is a frozen dataclass whose fields are made with `setting`: bool, int, float, str or
a tuple of str. The default, the help text, the range and the read-only flag stand there and nowhere
else. A configuration may define `problems(self) -> list[str]`, which names contradictions between
its settings, each beginning with the name of a setting.

The fields of files, such as `bundle.yaml`, are made with `checked`, a rule and no help: `problems`
names everything that is wrong with a mapping, `construct` builds the object.
"""

import dataclasses
import functools
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from thermal_depth_ros.base import rules
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.rules import Rule
from thermal_depth_ros.base.wire_text import bounded

_KEY, _RULE, _FORMER = 'setting', 'rule', 'renamed_from'  # in the metadata of a field
_MOST_PROBLEMS = 40  # in one message
ConfigT = TypeVar('ConfigT')
T = TypeVar('T')


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
    rule: Rule = rules.ANYTHING


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
    }
    rule = _rule(type(default), minimum, maximum, choices)
    metadata = {_KEY: extra, _RULE: rule, _FORMER: renamed_from}
    return dataclasses.field(default=default, metadata=metadata)


fixed = functools.partial(setting, read_only=True)


def override(base: type, name: str, **changes: Any) -> Any:
    """Make a field for a subclass that is described as that of the base class.

    Args:
        base: Configuration class that declares the setting.
        name: Name of the setting.
        changes: Arguments of `setting` that differ, such as `default` or `help`.
    """
    inherited = next(field for field in dataclasses.fields(base) if field.name == name)
    described = {'default': inherited.default, **inherited.metadata[_KEY]}
    return setting(**{**described, 'renamed_from': inherited.metadata[_FORMER], **changes})


def checked(rule: Rule, default: Any = dataclasses.MISSING, renamed_from: str = '') -> Any:
    """Make a dataclass field with a rule.

    Args:
        rule: Tells valid values from others.
        default: Without it the field must be given.
        renamed_from: Name of the field in the previous version; still read, with a warning.
    """
    metadata = {_RULE: rule, _FORMER: renamed_from}
    if isinstance(default, (dict, list)):
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def _rule(of: type, minimum: float | None, maximum: float | None, choices: tuple[str, ...]) -> Rule:
    if of is bool:
        return rules.flag()
    if of in (int, float):
        return (rules.integer if of is int else rules.number)(minimum, maximum)
    if of is tuple:
        return rules.texts(choices)
    return rules.one_of(choices) if choices else rules.string()


def describe(config: Any) -> tuple[Setting, ...]:
    """Return the settings of a configuration class or instance, in order of declaration."""
    return tuple(
        Setting(
            field.name,
            type(field.default),
            field.default,
            **field.metadata[_KEY],
            rule=field.metadata[_RULE],
            renamed_from=field.metadata[_FORMER],
        )
        for field in dataclasses.fields(config)
        if _KEY in field.metadata
    )


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


def former_names(classes: Iterable[type]) -> dict[str, str]:
    """Return former name -> current name of the renamed fields of dataclasses."""
    fields = (field for cls in classes for field in dataclasses.fields(cls))
    return {field.metadata[_FORMER]: field.name for field in fields if field.metadata.get(_FORMER)}


def allowed(entry: Setting) -> str:
    """Describe the valid values of a setting; '' if any are valid."""
    if entry.choices:
        return ' | '.join(entry.choices)
    if entry.minimum is not None and entry.maximum is not None:
        return f'{_number(entry.minimum)} to {_number(entry.maximum)}'
    if entry.minimum is not None:
        return f'at least {_number(entry.minimum)}'
    return '' if entry.maximum is None else f'at most {_number(entry.maximum)}'


def _number(value: float) -> str:
    """Format a limit; whole numbers have all of their digits."""
    return str(value) if isinstance(value, int) else f'{value:g}'


def build(config_class: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """Make a configuration from values, naming every unknown key and bad value at once.

    Raises:
        SettingsError: A key is unknown, a value has the wrong type or lies out of range, or values
            contradict each other.
    """
    config: ConfigT = build_all((config_class,), values)[0]
    return config


def build_all(config_classes: Sequence[type], values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Make one configuration of each class from values for all of them.

    Args:
        config_classes: Config classes with distinct names of settings.
        values: Some or all of the settings of all classes; former names are accepted.

    Raises:
        SettingsError: As `build`; the problems of all classes are named at once.
    """
    values = with_new_names(former_names(config_classes), values)
    known = {
        entry.name: entry for config_class in config_classes for entry in describe(config_class)
    }
    problems = [f'{name}: unknown setting' for name in values if name not in known]
    problems += rules.entry_problems({n: entry.rule for n, entry in known.items()}, values)
    good = {n: v for n, v in values.items() if n in known and known[n].rule.test(v)}
    refused = known.keys() & values.keys() - good.keys()
    problems += _contradictions(config_classes, good, refused)
    if problems:
        raise SettingsError('; '.join(bounded(problems, _MOST_PROBLEMS)))
    return tuple(config_class(**_typed(config_class, good)) for config_class in config_classes)


def _contradictions(
    config_classes: Iterable[type], good: Mapping[str, Any], refused: Iterable[str]
) -> list[str]:
    """Return contradictions between good values; a refused value is not blamed a second time."""
    return [
        problem
        for config_class in config_classes
        if hasattr(config_class, 'problems')
        for problem in config_class(**_typed(config_class, good)).problems()
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


def problems(cls: type, values: Any, where: str) -> list[str]:
    """Return everything that is wrong with a mapping meant for a dataclass of `checked` fields."""
    if not isinstance(values, Mapping):
        return [f'{where}: {rules.short(values)} is not a mapping']
    try:
        values = with_new_names(former_names((cls,)), values, warn=lambda message: None)
    except SettingsError as error:
        return [f'{where}: {error}']
    fields = {field.name: field for field in dataclasses.fields(cls)}
    listed = [f'{where}.{name}: unknown field' for name in values if name not in fields]
    by_name = {name: field.metadata[_RULE] for name, field in fields.items()}
    listed += rules.entry_problems(by_name, values, f'{where}.')
    return listed + [
        f'{where}.{name}: missing'
        for name, field in fields.items()
        if field.default is field.default_factory is dataclasses.MISSING and name not in values
    ]


def construct(cls: type[T], values: Mapping[str, Any]) -> T:
    """Build the dataclass from a mapping that has no problems; lists become tuples.

    A former name of a field is read as its current one, with a warning.
    """
    current = with_new_names(former_names((cls,)), values)
    return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in current.items()})


def as_plain(value: Any) -> Any:
    """Return dataclasses, mappings and sequences as the types of YAML."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return as_plain(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(item) for item in value]
    return value
