# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Command line options made from a configuration: names, help, ranges and defaults are its own."""

import argparse
import inspect
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from thermal_depth_ros.base.settings import (
    Setting,
    allowed,
    build,
    describe,
    former_names,
    with_new_names,
)

ConfigT = TypeVar('ConfigT')


def _flag_text(value: str) -> bool:
    words = {'true': True, 'yes': True, 'on': True, '1': True}
    words |= {'false': False, 'no': False, 'off': False, '0': False}
    if value.lower() not in words:
        raise argparse.ArgumentTypeError(f'{value!r} is neither true nor false')
    return words[value.lower()]


def option_name(prefix: str, name: str) -> str:
    """Return the option of a setting, such as --thermal.max-depth-m."""
    option = name.replace('_', '-')
    return f'--{prefix}.{option}' if prefix else f'--{option}'


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
        name = (flags or {}).get(entry.name) or option_name(prefix, entry.name)
        about = _argument(entry, over_file, bool(prefix))
        parser.add_argument(name, dest=_destination(prefix, entry.name), default=None, **about)
        if entry.renamed_from:
            parser.add_argument(
                option_name(prefix, entry.renamed_from),
                dest=_destination(prefix, entry.renamed_from),
                default=None,
                **about | {'help': argparse.SUPPRESS},
            )


def _argument(entry: Setting, over_file: bool, prefixed: bool) -> dict[str, Any]:
    """Return help and form of the option of a setting, for argparse."""
    about: dict[str, Any] = {'help': help_text(entry)}
    if entry.type is tuple:
        return about | {'nargs': '*', 'metavar': 'TEXT'}
    if entry.type is bool and over_file:
        form = {'type': _flag_text, 'nargs': '?', 'const': True, 'metavar': 'true|false'}
        return about | form
    if entry.type is bool and not entry.default and not prefixed:
        return about | {'action': 'store_true'}
    if entry.type is bool:
        return about | {'type': _flag_text, 'metavar': 'true|false'}
    return about | {'type': entry.type, 'metavar': {int: 'N', float: 'X', str: 'TEXT'}[entry.type]}


def add_groups(
    parser: argparse.ArgumentParser,
    configs: Iterable[type],
    leave_out: frozenset[str] = frozenset(),
) -> None:
    """Add the options of configurations, which override a file, each in a group of its own."""
    for config in configs:
        title = (inspect.getdoc(config) or config.__name__).splitlines()[0].rstrip('.')
        add_options(parser.add_argument_group(title), config, over_file=True, leave_out=leave_out)


def given(options: argparse.Namespace, config_class: type, prefix: str = '') -> dict[str, Any]:
    """Return the settings that were given on the command line, by their current names.

    Raises:
        SettingsError: A setting is given under its former name as well.
    """
    renamed = former_names((config_class,))
    names = [*renamed, *(entry.name for entry in describe(config_class))]
    found = {name: getattr(options, _destination(prefix, name), None) for name in names}
    return with_new_names(renamed, {n: v for n, v in found.items() if v is not None})


def over_values(
    options: argparse.Namespace, config_classes: Iterable[type], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values of a file, overridden by the command line.

    Raises:
        SettingsError: A setting is given twice, by its former name as well.
    """
    values = with_new_names(former_names(config_classes), values)
    for config in config_classes:
        values |= given(options, config)
    return values


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
    values = with_new_names(former_names((config_class,)), beneath or {})
    return build(config_class, values | given(options, config_class, prefix))


def _destination(prefix: str, name: str) -> str:
    return f'{prefix}.{name}' if prefix else name
