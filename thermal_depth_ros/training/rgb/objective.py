# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Training loss of DepthSegNet24 (eq. 18)."""

import dataclasses

import torch

from thermal_depth_ros.losses.consistency import consistency_loss, sky_keep_mask
from thermal_depth_ros.losses.depth_distillation import align_relative, depth_distillation_loss
from thermal_depth_ros.losses.depth_space import in_space
from thermal_depth_ros.losses.light import (
    EnhancedNight,
    LightLoss,
    LightWeights,
    light_loss,
)
from thermal_depth_ros.losses.masked import ONE_PROCESS, Processes
from thermal_depth_ros.losses.segmentation_distillation import segmentation_distillation_loss
from thermal_depth_ros.losses.soft_labels import SoftLabels
from thermal_depth_ros.networks.decoder import SCALES
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.posenet import PoseNet
from thermal_depth_ros.training.engine.batch import weighted_sum
from thermal_depth_ros.training.rgb.batch import LightBatch, RgbBatch
from thermal_depth_ros.training.rgb.config import HARD, RgbTrainingConfig
from thermal_depth_ros.training.rgb.monocular_config import FINEST
from thermal_depth_ros.training.rgb.monocular_objective import (
    DAY,
    NIGHT,
    SYNTHETIC_DAY,
    SYNTHETIC_NIGHT,
    ImageKind,
    MonocularObjective,
    Outputs,
    RgbTerms,
    compared,
)


class RgbObjective(MonocularObjective):
    """Training loss of DepthSegNet24.

    Args:
        network: Network, with semantics and light enhancement if the method uses them.
        pose: The pose network.
        config: Method settings.
        sky: Class id of the sky, or None.
        processes: Processes that share a batch.
        class_weights: (C,) see `segmentation_distillation_loss`.
    """

    _class_weights: torch.Tensor | None

    def __init__(
        self,
        network: DepthSegNet,
        pose: PoseNet,
        config: RgbTrainingConfig,
        sky: int | None = None,
        processes: Processes = ONE_PROCESS,
        class_weights: torch.Tensor | None = None,
    ) -> None:
        super().__init__(network, pose, config)
        self._config, self._sky, self._processes = config, sky, processes
        self._joint_pass = config.joint_pass
        self._compared_weights |= {
            SYNTHETIC_NIGHT: config.synthetic_night_weight,
            NIGHT: config.night_weight,
        }
        self.register_buffer('_class_weights', class_weights, persistent=False)

    @property
    def _class_scales(self) -> int:
        return 1 if self._config.segmentation_scales == FINEST else len(SCALES)

    def _terms(
        self,
        batch: RgbBatch,
        outputs: dict[ImageKind, Outputs],
        motions: dict[ImageKind, torch.Tensor],
    ) -> RgbTerms:
        monocular = super()._terms(batch, outputs, motions)
        consistency, synthetic_consistency = self._consistencies(batch, outputs)
        distillation = self._distillation(batch, outputs)
        segmentation = self._segmentations(batch, outputs)
        light = self._light(outputs) if self._config.light_enhancement else None
        return dataclasses.replace(
            monocular,
            consistency=consistency,
            synthetic_consistency=synthetic_consistency,
            distillation=distillation,
            segmentation_day=segmentation[DAY],
            segmentation_synthetic_night=segmentation.get(SYNTHETIC_NIGHT),
            segmentation_night=segmentation.get(NIGHT),
            light=None if light is None else light.total,
            light_variation=None if light is None else light.variation,
            light_similarity=None if light is None else light.similarity,
            light_exposure=None if light is None else light.exposure,
        )

    def _total(self, terms: RgbTerms) -> torch.Tensor:
        config = self._config
        return weighted_sum(
            (config.day_weight, terms.day),
            (config.synthetic_night_weight, terms.synthetic_night),
            (config.night_weight, terms.night),
            (config.pose_weight, terms.pose),
            (config.consistency_weight, terms.consistency),
            (config.synthetic_consistency_weight, terms.synthetic_consistency),
            (config.distillation_weight, terms.distillation),
            (config.depth_weight, terms.depth_day),
            (config.depth_weight, terms.depth_night),
            (config.segmentation_weight, terms.segmentation_day),
            (config.segmentation_weight, terms.segmentation_synthetic_night),
            (config.segmentation_weight, terms.segmentation_night),
            (config.light_weight, terms.light),
        )

    def _consistencies(
        self, batch: RgbBatch, outputs: dict[ImageKind, Outputs]
    ) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        """Return the consistency of synthetic night with day, and of night with synthetic day."""
        config = self._config
        values = {
            kind: in_space(self._disparity(own.disparities[0]), config.consistency_space)
            for kind, own in outputs.items()
        }
        synthetic_night = night = None
        if SYNTHETIC_NIGHT in outputs:
            synthetic_night = consistency_loss(
                values[DAY], values[SYNTHETIC_NIGHT], stop_gradient=config.stop_gradient
            )
        if batch.night is not None and SYNTHETIC_DAY in outputs:
            keep = sky_keep_mask(_soft_labels(batch.night), self._sky, config.label_threshold)
            night = consistency_loss(
                values[SYNTHETIC_DAY], values[NIGHT], keep, config.stop_gradient
            )
        return synthetic_night, night

    def _distillation(
        self, batch: RgbBatch, outputs: dict[ImageKind, Outputs]
    ) -> torch.Tensor | None:
        """Return the distillation of the depth teacher; None without its labels."""
        teacher, space = batch.day.disparity, self._config.consistency_space
        if teacher is None:
            return None
        factor = batch.day.depth_factor[:, None, None, None]
        own = self._disparity(outputs[DAY].disparities[0]) / factor
        if batch.day.relative is not None:
            least = 1.0 / self._config.max_depth
            aligned = align_relative(teacher, own, least)
            teacher = torch.where(batch.day.relative[:, None, None, None], aligned, teacher)
        return depth_distillation_loss(in_space(own, space), in_space(teacher, space))

    def _segmentations(
        self, batch: RgbBatch, outputs: dict[ImageKind, Outputs]
    ) -> dict[ImageKind, torch.Tensor]:
        terms: dict[ImageKind, torch.Tensor] = {}
        for kind, real in compared(batch).items():
            terms[kind] = segmentation_distillation_loss(
                outputs[kind].logits,
                _soft_labels(real),
                self._config.label_threshold,
                self._config.label_form == HARD,
                self._processes,
                self._class_weights,
            )
        return terms

    def _light(self, outputs: dict[ImageKind, Outputs]) -> LightLoss:
        config = self._config
        pairs: tuple[tuple[ImageKind, ImageKind], ...] = (
            (SYNTHETIC_NIGHT, DAY),
            (NIGHT, SYNTHETIC_DAY),
        )
        return light_loss(
            [outputs[day].enhanced for _, day in pairs if day in outputs],
            [
                EnhancedNight(outputs[night].enhanced, outputs[day].image)
                for night, day in pairs
                if night in outputs and day in outputs
            ],
            LightWeights(config.variation_weight, config.exposure_weight, config.similarity_weight),
        )


def _soft_labels(real: LightBatch) -> SoftLabels:
    assert real.classes is not None, 'semantic labels were asked for'
    return SoftLabels.stored(real.classes.class_ids, real.classes.scores)
