# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What tests of several rooms share. pyproject.toml puts it on the path: `from helpers import toy`.

Functions and classes are imported where they are used; fixtures by a conftest.py.
"""
