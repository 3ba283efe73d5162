# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What runs the networks of a bundle: PyTorch, ONNX Runtime (with TensorRT) or OpenVINO."""
