# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of labelling and translating the images of recordings."""

import dataclasses

from thermal_depth_ros.bags.writer import COMPRESSIONS
from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.frames.config import engine_setting
from thermal_depth_ros.networks.architecture import DIRECTIONS

TRUTH = 'truth'  # the teacher that knows the true classes
MCAP, PNG = 'mcap', 'png'  # formats of an export
# What a depth model predicts: metres, inverse depth up to scale and shift, depth up to scale.
AUTO_OUTPUT = 'auto'
DEPTH_M, INVERSE_DEPTH, RELATIVE_DEPTH = 'depth_m', 'inverse_depth_relative', 'depth_relative'
DEPTH_OUTPUTS = (AUTO_OUTPUT, DEPTH_M, INVERSE_DEPTH, RELATIVE_DEPTH)


@dataclasses.dataclass(frozen=True)
class LabelConfig:
    """Teachers and labels of `thermal-depth label`."""

    teacher: str = setting(
        '',
        'Teacher of semantic labels: a folder with a segmentation model of transformers '
        '(SegFormer, UPerNet, BEiT, DPT, Mask2Former, OneFormer and others), an RGB bundle, '
        f'or {TRUTH}: the true classes of a synthetic drive, corrupted as set by --corruption.*',
    )
    depth_teacher: str = setting(
        '',
        'Teacher of daytime depth: a folder with a depth model of transformers (Depth Anything, '
        'DPT, ZoeDepth, Depth Pro, GLPN and others), or an RGB bundle',
    )
    depth_output: str = setting(
        AUTO_OUTPUT,
        f'What a depth model of transformers predicts: {DEPTH_M}, {INVERSE_DEPTH} (up to scale and '
        f'shift), {RELATIVE_DEPTH} (up to scale), or {AUTO_OUTPUT}: as its configuration tells',
        choices=DEPTH_OUTPUTS,
    )
    scale_topic: str = setting(
        '',
        'Topic of depth images or of a LiDAR, to which the labels of a relative depth '
        'teacher are scaled and shifted, once for each recording; empty leaves them relative',
    )
    export: str = setting(
        '',
        'Output folder of the labels for `thermal-depth evaluate`; several recordings are written '
        'to folders of the same names in it; empty writes none',
    )
    export_format: str = setting(
        MCAP,
        f'Format of the export: {MCAP}, a recording with the topics of the RGB node, or {PNG}, '
        'a prepared folder of images, depth and classes',
        choices=(MCAP, PNG),
    )
    force: bool = setting(False, 'Replace an existing export')
    name: str = setting('semantic', 'Name of the semantic labels')
    depth_name: str = setting('depth', 'Name of the depth labels')
    mapping: str = setting(
        '',
        'YAML file of `teacher class: our class`, null to ignore a class; without it, classes of '
        'equal names match, and the others are named',
    )
    classes: str = setting(
        '', 'YAML file of our classes, a list of names and colours; empty uses Cityscapes'
    )
    top: int = setting(3, 'Number of class scores stored per pixel', minimum=1, maximum=1024)
    label_topic: str = setting('', f'Topic of the true classes (teacher {TRUTH})')
    sheet: str = setting('', 'Output file of the contact sheet; empty uses out/label/NAME.png')
    batch: int = setting(4, 'Images per batch', minimum=1, maximum=1024)
    device: str = setting('auto', 'Compute device: auto, cpu, cuda or cuda:N')
    engine: str = engine_setting()
    threads: int = setting(0, 'CPU threads; 0 leaves the choice to PyTorch', minimum=0)


@dataclasses.dataclass(frozen=True)
class CorruptionConfig:
    """Corruption of the labels of `--teacher truth`."""

    seed: int = setting(
        0, 'Random seed of the corruption of each image', minimum=0, maximum=2**31 - 1
    )
    boundary_px: float = setting(
        2.0,
        'Largest growth or shrinkage of each class in each image, pixels; the radius is drawn '
        'uniformly and rounded, so that 0.6 moves one class in six by one pixel',
        minimum=0.0,
        maximum=64.0,
    )
    confusion: float = setting(
        0.03,
        'Probability that a connected region is given a similar class',
        minimum=0.0,
        maximum=1.0,
    )
    confidence_noise: float = setting(
        0.1, 'Standard deviation of the noise in the confidence', minimum=0.0, maximum=1.0
    )

    def described(self) -> str:
        """Return a text that identifies this corruption uniquely."""
        return (
            f'boundary {self.boundary_px:g} px, confusion {self.confusion:g}, confidence noise '
            f'{self.confidence_noise:g}, seed {self.seed}'
        )


@dataclasses.dataclass(frozen=True)
class TranslateConfig:
    """Translator and outputs of `thermal-depth translate`."""

    bundle: str = setting('', 'Translation bundle, name or path')
    direction: str = setting(
        DIRECTIONS[0], 'Direction of the translation', choices=tuple(DIRECTIONS)
    )
    name: str = setting(
        '',
        'Name of the translations in the cache; each recording has one set per name; empty uses '
        'the direction',
    )
    output: str = setting(
        '',
        'Folder of a recording of the translations, with the stamps and topics of the source; '
        'several recordings are written to folders of the same names; empty writes none',
    )
    force: bool = setting(False, 'Replace an existing recording')
    compression: str = setting('zstd', 'Compression of that recording', choices=COMPRESSIONS)
    sheet: str = setting(
        '',
        'Output file of the contact sheet, with images above their translations; empty uses '
        'out/translate/NAME.png',
    )
    sheet_images: int = setting(
        16, 'Number of images on the contact sheet; 0 writes none', minimum=0
    )
    check: bool = setting(False, 'Translate nothing; only list images without a translation')
    device: str = setting('auto', 'Compute device: auto, cpu, cuda or cuda:N')
    engine: str = engine_setting()
    threads: int = setting(0, 'CPU threads; 0 leaves the choice to PyTorch', minimum=0)

    @property
    def stored_name(self) -> str:
        """Name of the translations in the cache."""
        return self.name or self.direction

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        return [] if self.bundle else ['bundle: must not be empty']
