# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Command line options made from a configuration: names, help, ranges and defaults are its own."""

import argparse
import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from thermal_depth_ros.base.settings import Setting, allowed, build, describe

ConfigT = TypeVar('ConfigT')


def _flag_text(value: str) -> bool:
    words = {'true': True, 'yes': True, 'on': True, '1': True}
    words |= {'false': False, 'no': False, 'off': False, '0': False}
    if value.lower() not in words:
        raise argparse.ArgumentTypeError(f'{value!r} is neither true nor false')
    return words[value.lower()]


def option_name(prefix: str, entry: Setting) -> str:
    """Return the option of a setting, such as --thermal.max-depth-m."""
    name = entry.name.replace('_', '-')
    return f'--{prefix}.{name}' if prefix else f'--{name}'


def help_text(entry: Setting) -> str:
    """Return the help of a setting with its range and default."""
    values = allowed(entry)
    text = f'{entry.help} ({values})' if values else entry.help
    default = str(entry.default)
    if entry.type is bool:
        default = default.lower()
    elif entry.type is tuple:
        default = ' '.join(entry.default)
    return f'{text} [{default}]'.replace('%', '%%')


def add_options(
    parser: Any,
    config_class: type,
    *,
    prefix: str = '',
    flags: Mapping[str, str] | None = None,
    leave_out: frozenset[str] = frozenset(),
    over_file: bool = False,
) -> None:
    """Add one option per setting; a switch that is off by default takes no value.

    Args:
        parser: Argparse parser or group.
        config_class: A configuration made with settings.setting.
        prefix: Prefix of every option, as in --thermal.bundle.
        flags: Name of a setting -> its option, where it is called otherwise.
        leave_out: Settings that make no sense here.
        over_file: The options override a file, so that every switch can be turned off as well.
    """
    for entry in describe(config_class):
        if entry.name in leave_out:
            continue
        name = (flags or {}).get(entry.name) or option_name(prefix, entry)
        shared: dict[str, Any] = {
            'dest': _destination(prefix, entry.name),
            'default': None,
            'help': help_text(entry),
        }
        if entry.type is tuple:
            parser.add_argument(name, nargs='*', metavar='TEXT', **shared)
        elif entry.type is bool and over_file:
            shared |= {'type': _flag_text, 'nargs': '?', 'const': True}
            parser.add_argument(name, metavar='true|false', **shared)
        elif entry.type is bool and not entry.default and not prefix:
            parser.add_argument(name, action='store_true', **shared)
        elif entry.type is bool:
            parser.add_argument(name, type=_flag_text, metavar='true|false', **shared)
        else:
            metavar = {int: 'N', float: 'X', str: 'TEXT'}[entry.type]
            parser.add_argument(name, type=entry.type, metavar=metavar, **shared)


def given(
    options: argparse.Namespace, config_class: type[ConfigT], prefix: str = ''
) -> dict[str, Any]:
    """Return the settings that were given on the command line."""
    found = {}
    for field in dataclasses.fields(config_class):  # type: ignore[arg-type]
        value = getattr(options, _destination(prefix, field.name), None)
        if value is not None:
            found[field.name] = value
    return found


def chosen(
    options: argparse.Namespace,
    config_class: type[ConfigT],
    prefix: str = '',
    beneath: Mapping[str, Any] | None = None,
) -> ConfigT:
    """Build a configuration: defaults, then the values of a file, then the command line.

    Raises:
        SettingsError: A value lies out of range; all of them are named.
    """
    return build(config_class, {**(beneath or {}), **given(options, config_class, prefix)})


def _destination(prefix: str, name: str) -> str:
    return f'{prefix}.{name}' if prefix else name
