# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""CycleGAN as a task: day-night translation from unpaired images."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from thermal_depth_ros.bundles import BundleSpec, Scale, SeedWeights, save_bundle
from thermal_depth_ros.bundles.spec import TRANSLATION_PREPROCESSING
from thermal_depth_ros.losses.gan import (
    DomainPass,
    GeneratorLoss,
    discriminator_loss,
    generator_loss,
)
from thermal_depth_ros.networks.architecture import DIRECTIONS
from thermal_depth_ros.networks.cyclegan import build_cyclegan
from thermal_depth_ros.samples.picking import thinned
from thermal_depth_ros.samples.single_images import SingleImages
from thermal_depth_ros.training.engine.batch import StepLoss
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.performance import compile_in_place
from thermal_depth_ros.training.engine.task import SampleKey, Stage, StepResult, Task
from thermal_depth_ros.training.translation.batch import UnpairedBatch, UnpairedBatches
from thermal_depth_ros.training.translation.config import (
    TranslationDataConfig,
    TranslationTrainingConfig,
)
from thermal_depth_ros.training.translation.image_pool import ImagePool
from thermal_depth_ros.training.translation.objective import (
    Discriminators,
    Generators,
    Scores,
    Translations,
    TranslationTerms,
)
from thermal_depth_ros.training.translation.translator import as_picture, as_signed

if TYPE_CHECKING:
    from accelerate import Accelerator

_ADAM_BETA2 = 0.999
# Names in the checkpoints of earlier versions.
_FORMER_STATE = {
    'translators': 'generators',
    'judges': 'discriminators',
    'judge_optimiser': 'discriminator_optimiser',
}


class TranslationTask(Task):
    """Translation between two image domains.

    Args:
        data: Settings of the images.
        method: Networks, losses and schedule.
        run: Run settings, with the seed of weights and pools.
        day: Daytime images.
        night: Night images, of the same size.
    """

    def __init__(
        self,
        data: TranslationDataConfig,
        method: TranslationTrainingConfig,
        run: RunConfig,
        day: SingleImages,
        night: SingleImages,
    ) -> None:
        self.stages = (Stage('translation', method.constant_epochs + method.decay_epochs),)
        self.notes = (
            *day.notes,
            *night.notes,
            f'{len(day)} images by day and {len(night)} by night: an epoch has every image of the '
            'larger set once, each with a random one of the other',
        )
        self._data, self._method, self._run = data, method, run
        self._batches = UnpairedBatches(
            day, night, method.enlarged(data), method.crop(data), method.flip_probability
        )

    def sample_count(self) -> int:
        """Return the number of images in the larger set."""
        return len(self._batches)

    def enter(self, stage: Stage, accelerator: 'Accelerator') -> None:
        """Build the networks from the seed."""
        method = self._method
        networks = build_cyclegan(
            self._run.seed,
            method.generator_blocks,
            method.generator_width,
            method.discriminator_width,
        )
        self._generators, self._discriminators = Generators(networks), Discriminators(networks)
        self._accelerator, self._epoch = accelerator, 0
        modules = (
            self._generators.to(accelerator.device),
            self._discriminators.to(accelerator.device),
        )
        for module in modules:
            compile_in_place(
                module, self._run.compile, accelerator.device, accelerator.num_processes
            )
        prepared = accelerator.prepare(*modules, *map(self._adam, modules))
        self._generate, self._discriminate, *optimisers = prepared
        self._optimiser, self._discriminator_optimiser = optimisers
        # Equal in all processes, which share one pool (see ImagePool).
        self._pools = {
            name: ImagePool(method.pool_size, seed=2 * self._run.seed + place)
            for place, name in enumerate(('day', 'night'))
        }
        self._set_rates()

    def load(self, keys: Sequence[SampleKey]) -> UnpairedBatch:
        """Return a batch; see `UnpairedBatches`."""
        return self._batches(keys)

    def step(self, batch: UnpairedBatch) -> StepResult:
        """Run one step of the generators, then one of the discriminators."""
        real = batch.map(as_signed)
        made, generators = self._step_generators(real)
        discriminator_day, discriminator_night = self._step_discriminators(real, made)
        identity = generators.identity if self._method.identity_weight > 0 else None
        terms = TranslationTerms(
            generators.gan, generators.cycle, identity, discriminator_day, discriminator_night
        )
        loss = StepLoss(generators.total, terms, made)
        return StepResult(loss.logged(), lambda: _pictures(real, made))

    def _step_generators(self, real: UnpairedBatch) -> tuple[Translations, GeneratorLoss]:
        self._discriminators.requires_grad_(False)
        keep = self._method.identity_weight > 0
        made: Translations = self._generate(real.day, real.night, keep)
        with self._accelerator.autocast():
            scores: Scores = self._discriminators([made.night_to_day], [made.day_to_night])
        loss = generator_loss(
            DomainPass(real.day, made.day_cycled, made.day_kept, scores.day[0]),
            DomainPass(real.night, made.night_cycled, made.night_kept, scores.night[0]),
            self._method.cycle_weight,
            self._method.identity_weight,
        )
        self._optimiser.zero_grad(set_to_none=True)
        self._accelerator.backward(loss.total)
        self._optimiser.step()
        return made, loss

    def _step_discriminators(
        self, real: UnpairedBatch, made: Translations
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the losses of both discriminators, by day and by night."""
        self._discriminators.requires_grad_(True)
        fake_day = self._exchanged(self._pools['day'], made.night_to_day)
        fake_night = self._exchanged(self._pools['night'], made.day_to_night)
        scores: Scores = self._discriminate([real.day, fake_day], [real.night, fake_night])
        day, night = discriminator_loss(*scores.day), discriminator_loss(*scores.night)
        self._discriminator_optimiser.zero_grad(set_to_none=True)
        self._accelerator.backward(day + night)
        self._discriminator_optimiser.step()
        return day, night

    def _exchanged(self, pool: ImagePool, images: torch.Tensor) -> torch.Tensor:
        """Return the pool output for the images of this process."""
        accelerator = self._accelerator
        if accelerator.num_processes == 1:
            return pool.exchange(images)
        everybody = pool.exchange(accelerator.gather(images.detach().contiguous()))
        first = accelerator.process_index * len(images)
        return everybody[first : first + len(images)]

    def state(self) -> dict[str, Any]:
        """Return weights, optimisers, pools and position in the schedule."""
        return {
            'generators': self._generators.state_dict(),
            'discriminators': self._discriminators.state_dict(),
            'optimiser': self._optimiser.state_dict(),
            'discriminator_optimiser': self._discriminator_optimiser.state_dict(),
            'pools': {name: pool.state() for name, pool in self._pools.items()},
            'epoch': self._epoch,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore the result of `state`, or of an earlier version of it."""
        state = {_FORMER_STATE.get(name, name): value for name, value in state.items()}
        self._generators.load_state_dict(state['generators'])
        self._discriminators.load_state_dict(state['discriminators'])
        self._optimiser.load_state_dict(state['optimiser'])
        self._discriminator_optimiser.load_state_dict(state['discriminator_optimiser'])
        for name, pool in self._pools.items():
            pool.load_state(state['pools'][name])
        self._epoch = int(state['epoch'])

    def end_epoch(self) -> None:
        """Update the learning rates by the schedule."""
        self._epoch += 1
        self._set_rates()

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Return the mean absolute cycle error of whole images, in 0..2."""
        if not self._accelerator.is_main_process or not self._method.validation_images:
            return {}
        there, back = self._generators.day_to_night, self._generators.night_to_day
        return {
            'cycle_day': _mean([_cycle_error(i, there, back) for i in self._some('day')]),
            'cycle_night': _mean([_cycle_error(i, back, there) for i in self._some('night')]),
        }

    def export(self, folder: Path, report: Mapping[str, Any]) -> Path:
        """Write the bundle of the generators."""
        method, data = self._method, self._data
        spec = BundleSpec(
            kind='translation',
            architecture={'n_blocks': method.generator_blocks, 'width': method.generator_width},
            input_size=(data.height, data.width),
            preprocessing=TRANSLATION_PREPROCESSING,
            scale=Scale(False, 1.0, 'none: images have no scale'),
            weights=SeedWeights(untrained=True, seed=0),  # replaced by those of the file
            licence=method.licence,
            training=report,
            description=method.description or 'Images by day to images by night and back.',
            trained_on=method.trained_on,
        )
        networks = {d: copy.deepcopy(getattr(self._generators, d)).cpu() for d in DIRECTIONS}
        save_bundle(
            folder, spec, networks, method.weights_dtype, overwrite=True, untrained_parts=()
        )
        return folder

    def describe(self, keys: Sequence[SampleKey]) -> list[str]:
        """Name both images of every sample."""
        places = [self._batches.indices(key) for key in keys]
        day, night = self._batches.day, self._batches.night
        return [f'{day.name(one)} with {night.name(other)}' for one, other in places]

    def _some(self, name: str) -> Iterator[torch.Tensor]:
        """Yield whole images (1, 3, H, W), evenly spread over a set."""
        images: SingleImages = getattr(self._batches, name)
        for index in thinned(len(images), self._method.validation_images):
            image = torch.from_numpy(images.image(int(index))).to(self._accelerator.device)
            yield as_signed(image.permute(2, 0, 1)[None])

    def _adam(self, module: torch.nn.Module) -> torch.optim.Adam:
        return torch.optim.Adam(
            module.parameters(),
            lr=self._method.learning_rate,
            betas=(self._method.adam_beta1, _ADAM_BETA2),
            fused=self._accelerator.device.type == 'cuda',
        )

    def _set_rates(self) -> None:
        method = self._method
        factor = method.rate_factor(self._epoch)
        for optimiser in (self._optimiser, self._discriminator_optimiser):
            for group in optimiser.param_groups:
                group['lr'] = method.learning_rate * factor


def _cycle_error(image: torch.Tensor, there: torch.nn.Module, back: torch.nn.Module) -> float:
    return float((back(there(image)) - image).abs().mean())


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _pictures(real: UnpairedBatch, made: Translations) -> dict[str, np.ndarray]:
    """Return the first image of each set, its translation and its reconstruction."""
    shown = {
        'day': real.day,
        'day to night': made.day_to_night,
        'day and back': made.day_cycled,
        'night': real.night,
        'night to day': made.night_to_day,
        'night and back': made.night_cycled,
    }
    return {name: as_picture(images[:1])[0] for name, images in shown.items()}
