# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong in the demo."""


class DemoError(ValueError):
    """The demo did not come to its end; the message says which part failed and where to look."""
