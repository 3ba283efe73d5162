# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ROS parameters for the settings of configuration dataclasses.

Type, default, description, range, choices and the read-only flag come from the dataclass. A value
that does not fit is refused with a reason; a bad value from a parameter file is remembered, so
that configuring the node fails with that reason instead of killing the process. A list of texts is
a string array; ROS cannot tell the type of an empty one, so that [''] stands for it.
"""

import difflib
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from thermal_depth_ros.base import settings
from thermal_depth_ros.base.settings import Setting, SettingsError
from thermal_depth_ros.nodes.rclpy_workarounds import start_values

ConfigT = TypeVar('ConfigT')
_INT64_MAX = 2**63 - 1


def descriptor(entry: Setting) -> ParameterDescriptor:
    """Return the ROS descriptor of a setting; an open range ends at the limit of the type."""
    described = ParameterDescriptor(
        name=entry.name, description=entry.help, read_only=entry.read_only
    )
    if entry.choices:
        described.additional_constraints = 'one of: ' + ', '.join(entry.choices)
    if entry.minimum is None and entry.maximum is None:
        return described
    if entry.type is int:
        low = -_INT64_MAX if entry.minimum is None else int(entry.minimum)
        high = _INT64_MAX if entry.maximum is None else int(entry.maximum)
        described.integer_range = [IntegerRange(from_value=low, to_value=high)]
    else:
        low_m = -sys.float_info.max if entry.minimum is None else float(entry.minimum)
        high_m = sys.float_info.max if entry.maximum is None else float(entry.maximum)
        described.floating_point_range = [FloatingPointRange(from_value=low_m, to_value=high_m)]
    return described


class NodeParameters:
    """Parameters of one node: configuration classes with distinct field names."""

    def __init__(
        self, node: Node, config_classes: Iterable[type], on_change: Callable[[], None]
    ) -> None:
        """Declare every setting; `on_change` runs after each accepted change."""
        self._node = node
        self._classes = tuple(config_classes)
        self._entries = {e.name: e for c in self._classes for e in settings.describe(c)}
        self._refused_overrides: dict[str, str] = {}
        self._on_change = on_change
        self._start_values = self._named(start_values(node))
        for entry in self._entries.values():
            self._declare(entry)
        node.add_pre_set_parameters_callback(self._as_declared_types)
        node.add_on_set_parameters_callback(self._validate)
        node.add_post_set_parameters_callback(self._accept)

    def values(self) -> dict[str, Any]:
        """Return the current values of all settings.

        Raises:
            SettingsError: Values from the parameter file were refused.
        """
        if self._refused_overrides:
            raise SettingsError('; '.join(self._refused_overrides.values()))
        return {name: self._node.get_parameter(name).value for name in self._entries}

    def read(self, config_class: type[ConfigT]) -> ConfigT:
        """Return the current values of one of the configuration classes.

        Raises:
            SettingsError: A value from the parameter file was refused, or values contradict.
        """
        if self._refused_overrides:
            raise SettingsError('; '.join(self._refused_overrides.values()))
        return settings.build(config_class, self._values(config_class))

    def unknown_overrides(self, known_elsewhere: Callable[[], Iterable[str]]) -> list[str]:
        """Describe unknown parameters given at start-up, with suggestions.

        Args:
            known_elsewhere: Asked for the parameters of other nodes where one is not known here.
        """
        strange = [
            name
            for name in self._start_values
            if not self._node.has_parameter(name) and not name.startswith('qos_overrides')
        ]
        if not strange:
            return []
        known = {*self._entries, *known_elsewhere()}
        described = []
        for name in strange:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                described.append(name + (f' (did you mean {close[0]}?)' if close else ''))
        return described

    def _named(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters given at start-up by their current names."""
        renamed = settings.former_names(self._classes)
        once = dict(given)
        for former, name in renamed.items():
            if former in given and name in given:
                self._refused_overrides[name] = f'{name}: also given by its former name {former}'
                del once[former]
        return settings.with_new_names(renamed, once, self._node.get_logger().warning)

    def _declare(self, entry: Setting) -> None:
        value = self._start_values.get(entry.name, entry.default)
        if entry.type is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)  # users write 80 for 80.0
        if entry.type is tuple and value is None:
            value = ()  # written as []
        if problem := entry.rule.problem(entry.name, value):
            self._refused_overrides[entry.name] = problem[0]
            value = entry.default
        if entry.type is tuple:
            value = _string_array(value)
        self._node.declare_parameter(entry.name, value, descriptor(entry), ignore_override=True)

    def _values(self, config_class: type) -> dict[str, Any]:
        names = [entry.name for entry in settings.describe(config_class)]
        return {name: self._node.get_parameter(name).value for name in names}

    def _as_declared_types(self, parameters: list[Parameter]) -> list[Parameter]:
        return [
            _as_declared(p, self._entries[p.name].type) if p.name in self._entries else p
            for p in parameters
        ]

    def _validate(self, parameters: list[Parameter]) -> SetParametersResult:
        changed = {p.name: p.value for p in parameters}
        try:
            for config_class in self._classes:
                values = self._values(config_class)
                new = {name: changed[name] for name in values.keys() & changed.keys()}
                if new:
                    settings.build(config_class, values | new)
        except SettingsError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _accept(self, parameters: list[Parameter]) -> None:
        mine = [p.name for p in parameters if p.name in self._entries]
        for name in mine:
            self._refused_overrides.pop(name, None)
        if mine:
            self._on_change()


def _as_declared(parameter: Parameter, declared: type) -> Parameter:
    if declared is float and parameter.type_ is Parameter.Type.INTEGER:
        return Parameter(parameter.name, Parameter.Type.DOUBLE, float(parameter.value))
    if declared is tuple and isinstance(parameter.value, (list, tuple)) and not parameter.value:
        return Parameter(parameter.name, Parameter.Type.STRING_ARRAY, _string_array(()))
    return parameter


def _string_array(texts: Sequence[str]) -> list[str]:
    """Return texts as a list whose type ROS can tell."""
    return list(texts) or ['']
