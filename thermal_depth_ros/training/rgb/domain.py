# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Day or night triplets with the translations and teacher labels of their targets."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.samples.depth_labels import DepthLabels
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.sample_set import SampleSet
from thermal_depth_ros.samples.semantic_labels import SemanticLabels, TopScores, no_scores
from thermal_depth_ros.samples.sidecar import Sidecar
from thermal_depth_ros.samples.translated_frames import TranslatedFrames
from thermal_depth_ros.training.labelling.annotation import Share, annotate
from thermal_depth_ros.training.labelling.annotators import ImageTranslator, TranslationAnnotator
from thermal_depth_ros.training.rgb.config import IGNORE, MAKE, REFUSE

_NAMED = 5  # images in a message


@dataclasses.dataclass(frozen=True)
class RequiredData:
    """Names of the sidecar data required for the images; '' if not required."""

    translation: str = ''
    classes: str = ''
    depth: str = ''
    missing_translations: str = REFUSE
    missing_labels: str = REFUSE


@dataclasses.dataclass(frozen=True, eq=False)
class SidecarLabels:
    """Sidecar data computed for the images of one recording."""

    translations: TranslatedFrames | None = None
    classes: SemanticLabels | None = None
    depth: DepthLabels | None = None

    def results(self) -> list[Sidecar]:
        """Return those that exist."""
        sets = (self.translations, self.classes, self.depth)
        return [one for one in sets if one is not None]


@dataclasses.dataclass(frozen=True, eq=False)
class Domain:
    """Triplets and the sidecar data of their targets; picklable."""

    samples: SampleSet
    sidecars: tuple[SidecarLabels, ...]  # by number of the part
    classes: tuple[str, ...]  # names, () without labels
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.samples)

    def translated(self, index: int) -> np.ndarray | None:
        """Return the synthetic image (H, W, 3) uint8 of a target."""
        number, row = self.samples.target_row(index)
        translations = self.sidecars[number].translations
        return None if translations is None else translations.read(row)

    def scores(self, index: int) -> TopScores | None:
        """Return the class scores of a target, all 0 if only others have some."""
        number, row = self.samples.target_row(index)
        labels = self.sidecars[number].classes
        if labels is not None and labels.has(row):
            return labels.read(row)
        known = [one.classes for one in self.sidecars if one.classes is not None]
        if not known:
            return None
        camera = self.samples.parts[number].frames.camera
        return no_scores(known[0].top, (camera.height, camera.width))

    def disparity(self, index: int) -> np.ndarray | None:
        """Return the teacher's 1 / depth (H, W) of a target."""
        number, row = self.samples.target_row(index)
        labels = self.sidecars[number].depth
        return None if labels is None else labels.read(row)

    def relative(self, index: int) -> bool:
        """Whether the teacher's 1 / depth of a target has an unknown scale and shift."""
        number, _ = self.samples.target_row(index)
        labels = self.sidecars[number].depth
        return labels is not None and labels.relative


def make_domain(
    samples: SampleSet,
    root: Path,
    required: RequiredData,
    advance: Callable[[str, int, int], None],
    translator: ImageTranslator | None = None,
) -> Domain:
    """Find the sidecar data of triplet targets, and make or skip what is missing.

    Args:
        samples: Day triplets or night triplets.
        root: Folder of the cache.
        required: Data required for each image.
        advance: Called with the number of translations made.
        translator: Makes missing translations; None refuses or skips them.

    Raises:
        SamplesError: Data are missing, or nothing is left; the message names the remedy.
    """
    sidecars = [SidecarLabels()] * len(samples.parts)
    kept: list[np.ndarray] = []
    notes: list[str] = []
    for number, part in enumerate(samples.parts):
        mask = np.ones(len(part.triplets), bool)
        if len(part.triplets):
            finder = _Finder(part.frames, part.triplets[:, 0], root, required)
            sidecars[number] = finder.find(translator, advance)
            mask = finder.complete(sidecars[number])
            notes += finder.notes
        kept.append(mask)
    chosen = samples.selected(np.concatenate(kept)) if kept else samples
    if not len(chosen):
        raise SamplesError('; '.join(('no training triplet is left', *notes)))
    return Domain(chosen, tuple(sidecars), _common_classes(sidecars), tuple(notes))


class _Finder:
    """Finds the sidecar data of the targets of one recording."""

    def __init__(
        self, frames: RecordedFrames, targets: np.ndarray, root: Path, required: RequiredData
    ) -> None:
        self._frames, self._root, self._required = frames, root, required
        self._targets = targets
        self._rows = frames.rows[targets]
        self.notes: list[str] = []

    def find(
        self, translator: ImageTranslator | None, advance: Callable[[str, int, int], None]
    ) -> SidecarLabels:
        """Open all required data; missing translations are made here."""
        required, store = self._required, self._frames.store
        translations = None
        if required.translation and translator is not None:
            translations = self._translated(translator, advance)
        elif required.translation:
            translations = TranslatedFrames.find(self._root, required.translation, store)
        classes = depth = None
        if required.classes:
            classes = self._labels()
        if required.depth:
            depth = DepthLabels.find(self._root, required.depth, store)
        return SidecarLabels(translations, classes, depth)

    def complete(self, sidecars: SidecarLabels) -> np.ndarray:
        """Return (N,) bool: which targets have all required data.

        Raises:
            SamplesError: Some have not, and missing data are to be refused.
        """
        whole = np.ones(len(self._rows), bool)
        for results in sidecars.results():
            done = results.done()[self._rows]
            if done.all():
                continue
            translated, required = results is sidecars.translations, self._required
            policy = required.missing_translations if translated else required.missing_labels
            message = f'{results.where}: {self._named(np.flatnonzero(~done))} have none'
            if policy == REFUSE:
                raise SamplesError(f'{message}; {_advice(translated)}')
            if policy == IGNORE and results is sidecars.classes:
                self.notes.append(f'{message} and teach depth alone')
                continue
            self.notes.append(f'{message} and are left out')
            whole &= done
        return whole

    def _labels(self) -> SemanticLabels | None:
        """Return the semantic labels; None if there are none and they may be missing."""
        try:
            return SemanticLabels.find(self._root, self._required.classes, self._frames.store)
        except SamplesError as error:
            if self._required.missing_labels != IGNORE:
                raise
            self.notes.append(f'{self._frames.path}: {error}; its images teach depth alone')
            return None

    def _named(self, missing: np.ndarray) -> str:
        shown = self._frames.name(*self._targets[missing[:_NAMED]].tolist())
        more = len(missing) - _NAMED
        return f'{shown} and {more} more' if more > 0 else shown

    def _translated(
        self, translator: ImageTranslator, advance: Callable[[str, int, int], None]
    ) -> TranslatedFrames:
        """Make missing translations: the share of this process first, then the rest."""
        annotator = TranslationAnnotator(translator, self._root, self._required.translation)
        targets = self._frames.select(self._targets)
        report = functools.partial(advance, f'translating {Path(self._frames.path).name}')
        annotate(annotator, targets, Share.of_process(), 1, report, lambda: False)
        return annotate(annotator, targets, Share(), 1, report, lambda: False).sidecar


def _advice(translated: bool) -> str:
    if translated:
        return (
            '`thermal-depth translate` makes them; missing_translations skip leaves these images '
            f'out, {MAKE} makes them now'
        )
    return '`thermal-depth label` makes them; missing_labels skip leaves these images out'


def _common_classes(sidecars: Sequence[SidecarLabels]) -> tuple[str, ...]:
    sources: dict[tuple[str, ...], str] = {}
    for sidecar in sidecars:
        if sidecar.classes is not None:
            sources.setdefault(sidecar.classes.classes, sidecar.classes.where)
    check_same_classes(sources)
    return next(iter(sources), ())


def check_same_classes(sources: dict[tuple[str, ...], str]) -> None:
    """Refuse labels with different sets of classes, given the source of each.

    Raises:
        SamplesError: There is more than one set.
    """
    if len(sources) > 1:
        several = ' and '.join(f'{where} ({", ".join(names)})' for names, where in sources.items())
        raise SamplesError(
            f'labels of different classes: {several}; `thermal-depth label --mapping` brings them '
            'together'
        )
