# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Labels of teachers and translations, stored with the cached images of recordings."""
