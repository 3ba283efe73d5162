# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rules for values from outside, which say what is wrong with a value; see `settings`."""

import dataclasses
import math
import reprlib
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

_SHOWN_NAMES = 8  # unknown names in a message
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 100


@dataclasses.dataclass(frozen=True)
class Rule:
    """Tells valid values from others.

    Attributes:
        complaint: Returns what is wrong with a value, such as '0 is below the minimum 1', or ''.
        wanted: Description of valid values.
    """

    complaint: Callable[[Any], str]
    wanted: str

    def test(self, value: Any) -> bool:
        """Whether a value is valid."""
        return not self.complaint(value)

    def problem(self, where: str, value: Any) -> list[str]:
        """Return what is wrong with a value at a place, or an empty list."""
        complaint = self.complaint(value)
        return [f'{where}: {complaint}'] if complaint else []


def short(value: Any) -> str:
    """Return a short representation of any value from outside."""
    return _REPR.repr(value)


def rule(test: Callable[[Any], bool], wanted: str) -> Rule:
    """Accept values that pass a test."""
    return Rule(lambda v: '' if test(v) else f'{short(v)} is not {wanted}', wanted)


def integer(minimum: float | None = None, maximum: float | None = None) -> Rule:
    """Accept whole numbers in a range."""
    return _in_range((int,), 'a whole number', minimum, maximum)


def number(minimum: float | None = None, maximum: float | None = None) -> Rule:
    """Accept finite numbers in a range."""
    return _in_range((int, float), 'a number', minimum, maximum)


def _in_range(
    types: Container[type], what: str, minimum: float | None, maximum: float | None
) -> Rule:
    def complaint(value: Any) -> str:
        if type(value) not in types:
            return f'{short(value)} is not {what}'
        if not math.isfinite(value):
            return f'{value} is not finite'
        if minimum is not None and value < minimum:
            return f'{value} is below the minimum {minimum}'
        if maximum is not None and value > maximum:
            return f'{value} is above the maximum {maximum}'
        return ''

    low, high = ('' if limit is None else f'{limit:g}' for limit in (minimum, maximum))
    return Rule(complaint, f'{what} in {low}..{high}' if low or high else what)


def text(limit: int = 2000) -> Rule:
    """Accept non-empty strings up to a length."""
    return rule(lambda v: isinstance(v, str) and 0 < len(v) <= limit, 'a non-empty text')


def string() -> Rule:
    """Accept strings, also empty ones."""
    return rule(lambda v: isinstance(v, str), 'a text')


def flag() -> Rule:
    """Accept true and false."""
    return rule(lambda v: isinstance(v, bool), 'true or false')


def one_of(choices: Sequence[str]) -> Rule:
    """Accept one of the given words."""
    return rule(lambda v: isinstance(v, str) and v in choices, f'one of {", ".join(choices)}')


def items(each: Rule, lengths: Sequence[int]) -> Rule:
    """Accept lists of one of the given lengths whose items all pass a rule."""
    allowed = ' or '.join(map(str, lengths))
    if isinstance(lengths, range):
        allowed = f'{lengths[0]} to {lengths[-1]}'
    return rule(
        lambda v: isinstance(v, (list, tuple)) and len(v) in lengths and all(map(each.test, v)),
        f'a list of {allowed} items, each {each.wanted}',
    )


def texts(choices: Sequence[str] = ()) -> Rule:
    """Accept lists of texts, each one of the choices if there are any; empty ones are ignored."""

    def complaint(value: Any) -> str:
        if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
            return f'{short(value)} is not a list of texts'
        wrong = [v for v in value if v and choices and v not in choices]
        return f'{", ".join(map(short, wrong))} not among {", ".join(choices)}' if wrong else ''

    return Rule(complaint, 'a list of texts')


def mapping(each: Rule, limit: int = 64) -> Rule:
    """Accept mappings from names to values that pass a rule."""
    return rule(
        lambda v: (
            isinstance(v, Mapping)
            and len(v) <= limit
            and all(isinstance(name, str) and each.test(item) for name, item in v.items())
        ),
        f'a mapping of names to values, each {each.wanted}',
    )


@dataclasses.dataclass(frozen=True)
class _NamedRules(Rule):
    """A mapping whose names all have rules of their own; every bad entry is named."""

    rules: Mapping[str, Rule] = dataclasses.field(default_factory=dict)

    def problem(self, where: str, value: Any) -> list[str]:
        if not isinstance(value, Mapping):
            return super().problem(where, value)
        problems = entry_problems(self.rules, value, f'{where}.')
        if unknown := [name for name in value if name not in self.rules]:
            names = ', '.join(map(short, unknown[:_SHOWN_NAMES]))
            problems.append(f'{where}: {names} not among {", ".join(self.rules)}')
        return problems


def named(rules: Mapping[str, Rule]) -> Rule:
    """Accept mappings of some names, each to a value that passes the rule of its name."""

    def valid(value: Any) -> bool:
        return isinstance(value, Mapping) and all(
            name in rules and rules[name].test(item) for name, item in value.items()
        )

    wanted = 'a mapping of arguments'
    return _NamedRules(rule(valid, wanted).complaint, wanted, rules)


def either(*rules: Rule) -> Rule:
    """Accept values that pass at least one of the rules."""
    return rule(
        lambda v: any(one.test(v) for one in rules), ' or '.join(one.wanted for one in rules)
    )


NOTHING = rule(lambda v: v is None, 'null')
ANYTHING = rule(lambda v: True, 'a plain value')


def entry_problems(
    rules: Mapping[str, Rule], values: Mapping[Any, Any], where: str = ''
) -> list[str]:
    """Return what is wrong with the entries of a mapping that have rules.

    Args:
        rules: Rules by name.
        values: Any of the names with their values; entries without a rule are ignored.
        where: Prefix of the names in messages.
    """
    return [
        problem
        for name, value in values.items()
        if name in rules
        for problem in rules[name].problem(f'{where}{name}', value)
    ]
