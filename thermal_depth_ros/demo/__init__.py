# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The demo: a recording through the running vehicle, and a report to look at."""
