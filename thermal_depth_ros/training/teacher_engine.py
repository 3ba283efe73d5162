# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Networks of bundles that label or translate images, in the same engines as those of the nodes."""

from collections.abc import Collection
from pathlib import Path

import torch

from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.sections import StoredModel
from thermal_depth_ros.bundles.spec import BundleSpec, read_spec
from thermal_depth_ros.bundles.store import check_kind
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.inference.engine import Engine
from thermal_depth_ros.inference.engines.report import Candidate, EngineReport
from thermal_depth_ros.inference.engines.runner import TORCH

IN_TORCH = Candidate(TORCH, 'fp32')  # what runs models of transformers


def bundle_spec(kind: str, path: Path) -> BundleSpec:
    """Return the description of a bundle whose networks are to label or translate images.

    Raises:
        BundleError: It is of another kind, or the network of others.
    """
    spec = read_spec(path)
    check_kind(path, spec, kind)
    if isinstance(spec.weights, StoredModel):
        raise BundleError(path, ['an ONNX model can be run and evaluated, but does not teach'])
    return spec


def open_engine(
    kind: str,
    source: str | Path,
    device: torch.device,
    engine: str,
    stages: Collection[str],
    batches: bool = True,
) -> Engine:
    """Load some networks of a bundle, and compile and check them.

    Args:
        kind: Required kind of bundle.
        source: Its name or path.
        device: Compute device.
        engine: Setting of the same name.
        stages: Names of the stages that will be run; see `stages_of`.
        batches: Whether any number of images is run at once, instead of one.

    Raises:
        SettingsError: The engine cannot run here.
        BundleError: The bundle cannot be found or loaded, or is of another kind.
    """
    # In bf16 the check tolerates what no one sees in a picture, but other networks would learn
    # these errors as truth, from labels that are made once; fp32 agrees to five digits.
    config = CameraConfig(bundle=str(source), device=str(device), engine=engine, precision='fp32')
    return Engine(kind, config, only=stages, batches=batches)


def engine_notes(name: str, report: EngineReport) -> list[str]:
    """Return what runs a teacher, how well it agrees with PyTorch, and which engine failed."""
    checks = dict.fromkeys(report.checks.values())
    agreement = f' ({"; ".join(checks)} from PyTorch)' if checks else ''
    return [f'{name} runs in {report.summary}{agreement}', *report.warnings]
