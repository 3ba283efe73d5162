# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What keeps recordings from becoming training samples."""


class SamplesError(ValueError):
    """Recordings give no samples as asked; the message names the file, topic or setting and why."""
