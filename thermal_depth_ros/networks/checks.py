# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Field-by-field checks of untrusted mappings, with every problem named at once.

A dataclass whose fields are made with `checked` can be read from YAML: `problems` says what is
wrong with which field and value, `construct` builds the object from a mapping without problems.
"""

import dataclasses
import math
import reprlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from thermal_depth_ros.base.settings import SettingsError, with_new_names

_KEY, _FORMER = 'rule', 'renamed_from'
_SHOWN_NAMES = 8  # that are not known, in a message
T = TypeVar('T')


@dataclasses.dataclass(frozen=True)
class Rule:
    """A test of one value and a description of valid values."""

    test: Callable[[Any], bool]
    wanted: str

    def problem(self, where: str, value: Any) -> list[str]:
        """Return what is wrong with a value at a place, or an empty list."""
        return [] if self.test(value) else [f'{where}: {short(value)} is not {self.wanted}']


def short(value: Any) -> str:
    """Return a short representation of any value from a file."""
    return reprlib.repr(value)


def integer(minimum: int, maximum: int) -> Rule:
    """Accept whole numbers in a range."""
    return Rule(
        lambda v: type(v) is int and minimum <= v <= maximum,
        f'a whole number in {minimum}..{maximum}',
    )


def number(minimum: float, maximum: float) -> Rule:
    """Accept finite numbers in a range."""
    return Rule(
        lambda v: type(v) in (int, float) and math.isfinite(v) and minimum <= v <= maximum,
        f'a number in {minimum:g}..{maximum:g}',
    )


def text(limit: int = 2000) -> Rule:
    """Accept non-empty strings up to a length."""
    return Rule(lambda v: isinstance(v, str) and 0 < len(v) <= limit, 'a non-empty text')


def flag() -> Rule:
    """Accept true and false."""
    return Rule(lambda v: isinstance(v, bool), 'true or false')


def one_of(choices: Sequence[str]) -> Rule:
    """Accept one of the given words."""
    return Rule(lambda v: isinstance(v, str) and v in choices, f'one of {", ".join(choices)}')


def items(rule: Rule, lengths: Sequence[int]) -> Rule:
    """Accept lists of one of the given lengths whose items all pass a rule."""
    return Rule(
        lambda v: (
            isinstance(v, (list, tuple)) and len(v) in lengths and all(rule.test(x) for x in v)
        ),
        f'a list of {" or ".join(str(n) for n in lengths)} items, each {rule.wanted}',
    )


def mapping(rule: Rule, limit: int = 64) -> Rule:
    """Accept mappings from names to values that pass a rule."""
    return Rule(
        lambda v: (
            isinstance(v, Mapping)
            and len(v) <= limit
            and all(isinstance(k, str) and rule.test(x) for k, x in v.items())
        ),
        f'a mapping of names to values, each {rule.wanted}',
    )


@dataclasses.dataclass(frozen=True)
class _NamedRules(Rule):
    """A mapping whose names all have rules of their own; every bad entry is named."""

    rules: Mapping[str, Rule] = dataclasses.field(default_factory=dict)

    def problem(self, where: str, value: Any) -> list[str]:
        if not isinstance(value, Mapping):
            return super().problem(where, value)
        unknown = [name for name in value if name not in self.rules]
        found = [
            problem
            for name in value
            if name in self.rules
            for problem in self.rules[name].problem(f'{where}.{name}', value[name])
        ]
        if unknown:
            names = ', '.join(map(short, unknown[:_SHOWN_NAMES]))
            found.append(f'{where}: {names} not among {", ".join(self.rules)}')
        return found


def named(rules: Mapping[str, Rule]) -> Rule:
    """Accept mappings of some names, each to a value that passes the rule of its name."""
    return _NamedRules(
        lambda v: (
            isinstance(v, Mapping)
            and all(name in rules and rules[name].test(item) for name, item in v.items())
        ),
        'a mapping of arguments',
        rules,
    )


def either(*rules: Rule) -> Rule:
    """Accept values that pass at least one of the rules."""
    return Rule(
        lambda v: any(rule.test(v) for rule in rules), ' or '.join(rule.wanted for rule in rules)
    )


NOTHING = Rule(lambda v: v is None, 'null')


def checked(rule: Rule, default: Any = dataclasses.MISSING, renamed_from: str = '') -> Any:
    """Make a dataclass field with a rule.

    Args:
        rule: What valid values are.
        default: Without it the field must be given.
        renamed_from: Name of the field in the previous version; still read, with a warning.
    """
    metadata = {_KEY: rule, _FORMER: renamed_from}
    if isinstance(default, (dict, list)):
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def problems(cls: type, values: Any, where: str) -> list[str]:
    """Return everything that is wrong with a mapping meant for a dataclass."""
    if not isinstance(values, Mapping):
        return [f'{where}: {short(values)} is not a mapping']
    try:
        values = with_new_names(former_names(cls), values, warn=lambda message: None)
    except SettingsError as error:
        return [f'{where}: {error}']
    fields = {field.name: field for field in dataclasses.fields(cls)}
    found = [f'{where}.{name}: unknown field' for name in values if name not in fields]
    for name, field in fields.items():
        if name in values:
            found += field.metadata[_KEY].problem(f'{where}.{name}', values[name])
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            found.append(f'{where}.{name}: missing')
    return found


def construct(cls: type[T], values: Mapping[str, Any]) -> T:
    """Build the dataclass from a mapping that has no problems; lists become tuples.

    A former name of a field is read as its current one, with a warning.
    """
    current = with_new_names(former_names(cls), values)
    return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in current.items()})


def former_names(cls: type) -> dict[str, str]:
    """Return former name -> current name of the renamed fields of a dataclass."""
    fields = dataclasses.fields(cls)
    return {field.metadata[_FORMER]: field.name for field in fields if field.metadata.get(_FORMER)}


def as_plain(value: Any) -> dict[str, Any]:
    """Return a dataclass as a mapping of YAML types; the inverse of `construct`."""
    plain = dataclasses.asdict(value)
    return {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}
