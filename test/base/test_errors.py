# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The errors of the package have one base class."""

import ast
from pathlib import Path

import thermal_depth_ros

# Signals inside a module, stand-ins for errors of other processes, and a failed import.
OTHERS = {'MissingMiddlewareError', 'RemoteError', '_InterruptedError'}


def test_every_error_derives_from_the_base_class():
    bases = {}
    for path in Path(thermal_depth_ros.__file__).parent.rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and node.name.endswith('Error'):
                bases[node.name] = {ast.unparse(base) for base in node.bases}
    ours = {'ThermalDepthError'}
    while more := {name for name, over in bases.items() if over & ours} - ours:
        ours |= more
    assert {'BagError', 'BundleError', 'DivergenceError'} <= ours
    assert set(bases) - ours <= OTHERS
