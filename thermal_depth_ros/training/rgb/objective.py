# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Training loss of DepthSegNet24 on a batch (eq. 18), one module over both networks.

One module, so that the gradients of both are averaged over processes together. Without night,
classes and teachers it is the loss of Monodepth2.
"""

import dataclasses

import torch
from torch import nn

from thermal_depth_ros.geometry import se3
from thermal_depth_ros.losses.consistency import consistency_loss, sky_keep_mask
from thermal_depth_ros.losses.depth_distillation import depth_distillation_loss
from thermal_depth_ros.losses.depth_space import in_space
from thermal_depth_ros.losses.light import EnhancedBatch, EnhancedNight, LightWeights, light_loss
from thermal_depth_ros.losses.masked import ONE_PROCESS, Processes
from thermal_depth_ros.losses.reprojection import ReprojectionOptions, Source, reprojection_loss
from thermal_depth_ros.losses.segmentation_distillation import segmentation_distillation_loss
from thermal_depth_ros.losses.soft_labels import SoftLabels
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.disparity import sigmoid_to_disparity
from thermal_depth_ros.networks.posenet import PoseNet
from thermal_depth_ros.training.pose_losses import odometry_loss
from thermal_depth_ros.training.rgb.batch import Batch
from thermal_depth_ros.training.rgb.config import FINEST, HARD, RgbTrainingConfig
from thermal_depth_ros.training.rgb.monocular_config import ODOMETRY, MonocularConfig

DAY, SYNTHETIC_NIGHT = 'day', 'synthetic_night'
NIGHT, SYNTHETIC_DAY = 'night', 'synthetic_day'
Terms = dict[str, torch.Tensor]


@dataclasses.dataclass(frozen=True)
class Seen:
    """Network outputs for images of one kind, in full precision."""

    image: torch.Tensor  # (B, 3, H, W)
    disparities: tuple[torch.Tensor, ...]  # sigmoid maps of all scales
    logits: tuple[torch.Tensor, ...]
    light_map: torch.Tensor

    @property
    def lit(self) -> EnhancedBatch:
        """The images with their light maps."""
        return EnhancedBatch(self.image, self.light_map)


class RgbObjective(nn.Module):
    """Training loss of DepthSegNet24, or of Monodepth2 without night, classes and teachers.

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
        config: MonocularConfig,
        sky: int | None = None,
        processes: Processes = ONE_PROCESS,
        class_weights: torch.Tensor | None = None,
    ) -> None:
        super().__init__()
        self.network, self.pose = network, pose
        self._config, self._sky, self._processes = config, sky, processes
        self.register_buffer('_class_weights', class_weights, persistent=False)
        self._options = ReprojectionOptions(
            alpha=config.alpha,
            minimum=config.min_reprojection,
            auto_mask=config.auto_mask,
            smoothness_weight=config.smoothness_weight,
            smooth_on=config.smooth_on,
            min_depth=config.min_depth,
            max_depth=config.max_depth,
        )
        self._weights = {'day': config.day_weight, 'pose': config.pose_weight}
        if isinstance(config, RgbTrainingConfig):
            self._weights |= _paper_weights(config)

    def forward(self, batch: Batch) -> Terms:
        """Return the terms unweighted, their weighted sum 'total', and maps for pictures.

        Terms of the light loss are logged separately; only their sum enters the total.
        """
        seen = self._see(batch)
        vectors = self._pose_vectors(batch) if self._config.trains_pose else {}
        # Warping needs a higher precision than the networks.
        with torch.autocast(batch['day_image'].device.type, enabled=False):
            motions = {light: _motions(*pair) for light, pair in vectors.items()}
            terms = self._reprojections(batch, seen, motions)
            terms |= self._pose_terms(batch, motions)
            told: Terms = {}
            if isinstance(self._config, RgbTrainingConfig):
                terms |= self._consistencies(batch, seen, self._config)
                terms |= self._distillations(batch, seen, self._config)
                told = self._light(seen, self._config)
                terms |= {'light': told.pop('light')} if told else {}
            weighted = [self._weights[name] * term for name, term in terms.items()]
            shown = {f'{name}_sigma': one.disparities[0].detach() for name, one in seen.items()}
            shown |= {f'{name}_light': one.light_map.detach() for name, one in seen.items()}
            shown |= {
                f'{name}_logits': one.logits[0].detach() for name, one in seen.items() if one.logits
            }
            return {**terms, **told, 'total': torch.stack(weighted).sum(), **shown}

    def depths(self, sigma: torch.Tensor) -> torch.Tensor:
        """Return depth in network units of a sigmoid map."""
        return 1.0 / self._disparity(sigma)

    def _disparity(self, sigma: torch.Tensor) -> torch.Tensor:
        return sigmoid_to_disparity(sigma, self._config.min_depth, self._config.max_depth)

    def _see(self, batch: Batch) -> dict[str, Seen]:
        """Run the network on the targets and their translations, in one pass or in several."""
        images = {DAY: batch['day_seen']}
        if 'day_counterpart' in batch:
            images[SYNTHETIC_NIGHT] = batch['day_counterpart']
        if 'night_seen' in batch:
            images[NIGHT] = batch['night_seen']
            images[SYNTHETIC_DAY] = batch['night_counterpart']
        together = getattr(self._config, 'joint_pass', True)
        groups = [list(images)] if together else [[name] for name in images]
        found: dict[str, Seen] = {}
        for names in groups:
            out = self.network(torch.cat([images[name] for name in names]))
            maps = (*out.disparities, *out.logits, out.light_map)
            # Split each map into the parts of the images.
            parts = [values.float().chunk(len(names)) for values in maps]
            scales = len(out.disparities)
            for place, name in enumerate(names):
                own = [part[place] for part in parts]
                disparities, logits = own[:scales], own[scales:-1]
                found[name] = Seen(images[name], tuple(disparities), tuple(logits), own[-1])
        return found

    def _pose_vectors(self, batch: Batch) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        """Return rotation and translation (2 B, 3) of day and night: previous to target to next."""
        lights = [light for light in (DAY, NIGHT) if f'{light}_motion' in batch]
        views = [batch[f'{light}_motion'] for light in lights]
        earlier = torch.cat([part for v in views for part in (v[:, 1], v[:, 0])])
        later = torch.cat([part for v in views for part in (v[:, 0], v[:, 2])])
        pose = self.pose(earlier, later)
        rotations = pose.axisangle[:, 0].float().chunk(len(lights))
        translations = pose.translation[:, 0].float().chunk(len(lights))
        return dict(zip(lights, zip(rotations, translations, strict=True), strict=True))

    def _reprojections(
        self, batch: Batch, seen: dict[str, Seen], motions: dict[str, torch.Tensor]
    ) -> Terms:
        """Return the self-supervised terms; synthetic night is compared with real day images."""
        terms = {}
        for name, light in ((DAY, DAY), (SYNTHETIC_NIGHT, DAY), (NIGHT, NIGHT)):
            if name not in seen:
                continue
            images = batch[f'{light}_image']
            measured = self._config.pose_source == ODOMETRY
            T = batch[f'{light}_T'] if measured else motions[light]
            sources = [Source(images[:, 1 + side], T[:, side]) for side in (0, 1)]
            terms[name] = reprojection_loss(
                images[:, 0],
                sources,
                seen[name].disparities,
                batch[f'{light}_K'],
                self._options,
                depth_factor=batch[f'{light}_zoom'],
            ).total
        return terms

    def _pose_terms(self, batch: Batch, motions: dict[str, torch.Tensor]) -> Terms:
        if not motions or not self._config.learns_from_odometry:
            return {}
        found = torch.cat(list(motions.values()))
        measured = torch.cat([batch[f'{light}_T'] for light in motions])
        return {'pose': odometry_loss(found, measured, self._config.rotation_weight)}

    def _consistencies(
        self, batch: Batch, seen: dict[str, Seen], config: RgbTrainingConfig
    ) -> Terms:
        values = {
            name: in_space(self._disparity(one.disparities[0]), config.consistency_space)
            for name, one in seen.items()
        }
        terms = {}
        if SYNTHETIC_NIGHT in seen:
            terms['consistency'] = consistency_loss(
                values[DAY], values[SYNTHETIC_NIGHT], stop_gradient=config.stop_gradient
            )
        if NIGHT in seen:
            labels = SoftLabels.stored(batch['night_class_ids'], batch['night_scores'])
            keep = sky_keep_mask(labels, self._sky, config.label_threshold)
            terms['synthetic_consistency'] = consistency_loss(
                values[SYNTHETIC_DAY], values[NIGHT], keep, config.stop_gradient
            )
        return terms

    def _distillations(
        self, batch: Batch, seen: dict[str, Seen], config: RgbTrainingConfig
    ) -> Terms:
        terms = {}
        if 'day_disparity' in batch:
            zoom = batch['day_zoom'][:, None, None, None]
            own = self._disparity(seen[DAY].disparities[0]) / zoom
            space = config.consistency_space
            terms['distillation'] = depth_distillation_loss(
                in_space(own, space), in_space(batch['day_disparity'], space)
            )
        for name, light in ((DAY, DAY), (SYNTHETIC_NIGHT, DAY), (NIGHT, NIGHT)):
            if name not in seen:
                continue
            logits = seen[name].logits
            terms[f'segmentation_{name}'] = segmentation_distillation_loss(
                logits[:1] if config.segmentation_scales == FINEST else logits,
                SoftLabels.stored(batch[f'{light}_class_ids'], batch[f'{light}_scores']),
                config.label_threshold,
                config.label_form == HARD,
                self._processes,
                self._class_weights,
            )
        return terms

    def _light(self, seen: dict[str, Seen], config: RgbTrainingConfig) -> Terms:
        """Return 'light' and its terms; {} without light enhancement."""
        if not config.light_enhancement:
            return {}
        days = [seen[name].lit for name in (DAY, SYNTHETIC_DAY) if name in seen]
        nights = [
            EnhancedNight(seen[night].lit, seen[day].image)
            for night, day in ((SYNTHETIC_NIGHT, DAY), (NIGHT, SYNTHETIC_DAY))
            if night in seen
        ]
        weights = LightWeights(
            config.variation_weight, config.exposure_weight, config.similarity_weight
        )
        loss = light_loss(days, nights, weights)
        return {
            'light': loss.total,
            'light_variation': loss.variation,
            'light_similarity': loss.similarity,
            'light_exposure': loss.exposure,
        }


def _paper_weights(config: RgbTrainingConfig) -> dict[str, float]:
    segmentation = {
        f'segmentation_{name}': config.segmentation_weight for name in (DAY, SYNTHETIC_NIGHT, NIGHT)
    }
    return {
        SYNTHETIC_NIGHT: config.synthetic_night_weight,
        NIGHT: config.night_weight,
        'consistency': config.consistency_weight,
        'synthetic_consistency': config.synthetic_consistency_weight,
        'distillation': config.distillation_weight,
        **segmentation,
        'light': config.light_weight,
    }


def _motions(rotation: torch.Tensor, translation: torch.Tensor) -> torch.Tensor:
    """Return T (B, 2, 4, 4), target to previous and next, of motions in order of time (2 B, 3)."""
    (w_before, w_behind), (t_before, t_behind) = rotation.chunk(2), translation.chunk(2)
    before = se3.axisangle_pose(w_before, t_before, invert=True)
    return torch.stack([before, se3.axisangle_pose(w_behind, t_behind)], 1)
