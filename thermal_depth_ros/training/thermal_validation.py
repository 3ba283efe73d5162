# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""How well the networks of paper 1 do on recordings they do not learn from (method 7.1, 7.2)."""

import dataclasses

import numpy as np
import torch

from thermal_depth_ros.evaluation.accumulate import DepthScore, PoseScoreboard
from thermal_depth_ros.evaluation.depth_metrics import THERMAL_INDOOR, THERMAL_OUTDOOR
from thermal_depth_ros.evaluation.pose_metrics import SNIPPET_LENGTH
from thermal_depth_ros.geometry import se3
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.thermal_depth import ThermalDepthNet
from thermal_depth_ros.networks.thermal_input import depth_input, pose_input
from thermal_depth_ros.samples.sample_set import SampleSet
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.training.thermal_batch import as_grey, map_counts

_PROTOCOLS = {'thermal_outdoor': THERMAL_OUTDOOR, 'thermal_indoor': THERMAL_INDOOR}
_BATCH = 8


@dataclasses.dataclass(frozen=True)
class ThermalValidation:
    """Judges depth where there is true depth, and motion where there are true poses."""

    samples: SampleSet
    mapping: ThermalPreprocessing
    protocol: str
    limit: int  # of frames; 0: all

    def __call__(
        self, depth: ThermalDepthNet, pose: PoseResNet | None, device: torch.device
    ) -> dict[str, float]:
        """Return figures by name; {} where there is no truth at all.

        Names ending in `_metric` are without median scaling. The networks must be in evaluation
        mode; `pose` None leaves motion out.
        """
        with torch.inference_mode():
            found = self._depth(depth, device)
            if pose is not None:
                found |= self._motion(pose, device)
        return found

    def _depth(self, network: ThermalDepthNet, device: torch.device) -> dict[str, float]:
        score = DepthScore(_PROTOCOLS[self.protocol])
        for indices in _chunks(self._judged_targets()):
            targets = [self.samples.target_frame(index) for index in indices]
            image = self._input([self.samples.frame(target).image for target in targets], device)
            predicted = (1.0 / network(depth_input(image)).float())[:, 0].cpu().numpy()
            for index, depth_m in zip(indices, predicted, strict=True):
                truth_m = self.samples.depth_m(index)
                if truth_m is not None:
                    score.add(truth_m, depth_m)
        if not score.images:
            return {}
        result = score.result()
        scaled, metric = result.scaled, result.metric
        return {
            'abs_rel': scaled.abs_rel,
            'rmse': scaled.rmse,
            'delta1': scaled.delta1,
            'abs_rel_metric': metric.abs_rel,
            'delta1_metric': metric.delta1,
            'median_ratio': result.median_ratio,
        }

    def _motion(self, network: PoseResNet, device: torch.device) -> dict[str, float]:
        board = PoseScoreboard()
        left = self.limit or None
        for sequence in self.samples.sequences():
            frames = sequence.frames if left is None else sequence.frames[:left]
            if len(frames) < SNIPPET_LENGTH:
                continue
            poses = sequence.T_world_camera[: len(frames)]
            board.add(poses, self._motions(network, frames, device))
            if left is not None and (left := left - len(frames)) < SNIPPET_LENGTH:
                break
        if not board.drives:
            return {}
        result = board.result()
        return {
            'ate_m': result.score.ate_mean,
            're_rad': result.score.re_mean_rad,
            'ate_m_straight': result.straight_ahead.ate_mean,
            're_rad_straight': result.straight_ahead.re_mean_rad,
        }

    def _motions(self, network: PoseResNet, frames: np.ndarray, device: torch.device) -> np.ndarray:
        """Return T_{k->k+1} (N - 1, 4, 4) of consecutive frames."""
        found = []
        for indices in _chunks(list(range(len(frames) - 1))):
            wanted = [int(frames[i]) for i in (*indices, indices[-1] + 1)]
            image = self._input([self.samples.frame(i).image for i in wanted], device)
            seen = pose_input(image, network.channels_per_image)
            motions = se3.pose_vec_to_matrix(network(seen[:-1], seen[1:]).float())
            found.append(motions.double().cpu().numpy())
        return np.concatenate(found)

    def _input(self, images: list[np.ndarray], device: torch.device) -> torch.Tensor:
        counts = np.stack([as_grey(image) for image in images])
        mapped = map_counts(self.mapping, counts, picture=counts.dtype == np.uint8)
        return torch.from_numpy(mapped)[:, None].to(device)

    def _judged_targets(self) -> list[int]:
        """Return the numbers of the triplets whose targets are judged."""
        count = len(self.samples) if self.samples.has_depth else 0
        if self.limit and count > self.limit:
            return np.linspace(0, count - 1, self.limit).round().astype(int).tolist()
        return list(range(count))


def _chunks(indices: list[int]) -> list[list[int]]:
    return [indices[i : i + _BATCH] for i in range(0, len(indices), _BATCH)]
