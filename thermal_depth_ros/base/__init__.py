# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What every room builds on: settings, contract, text and files of others, signals."""
