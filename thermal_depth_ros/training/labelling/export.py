# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Exports the labels of a recording, so that `evaluate` can score a teacher or compare with it."""

import abc
import dataclasses
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from thermal_depth_ros.bags.picture_files import PNG_PER_METRE
from thermal_depth_ros.bags.prepared_folder import LABEL_NAMES
from thermal_depth_ros.bags.timestamps import EARLIEST_NS
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base.contract import RGB_OUTPUTS, UNLABELLED
from thermal_depth_ros.base.text_output import write_bytes, write_text
from thermal_depth_ros.base.yaml_text import dump_yaml
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import pinhole_camera_info
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.labels import label_info
from thermal_depth_ros.samples.depth_labels import DepthLabels
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.preparing import RecordedView
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.recorded_maps import resized_labels
from thermal_depth_ros.samples.semantic_labels import SemanticLabels
from thermal_depth_ros.training.labelling.config import MCAP
from thermal_depth_ros.training.labelling.sheet import Labels

_MARK = 'LABELS.txt'  # marks a folder as written here, so that it may be replaced


@dataclasses.dataclass(frozen=True, eq=False)
class LabelledImage:
    """Labels of one image at the size of the recorded image.

    Attributes:
        stamp_ns: Stamp of the image.
        image: (h, w, 3) uint8 at the size of the samples.
        depth_m: (H, W) float32; None without depth labels.
        classes: (H, W) uint8, 255 where there is none; None without class labels.
    """

    stamp_ns: int
    image: np.ndarray
    depth_m: np.ndarray | None
    classes: np.ndarray | None


class LabelExport:
    """The finished labels of one recording.

    Raises:
        SamplesError: There is nothing that can be exported.
    """

    def __init__(
        self,
        frames: RecordedFrames,
        labels: Mapping[str, Labels],
        view: RecordedView,
        classes: LabelSet,
    ) -> None:
        """Choose the labels to export.

        Args:
            frames: The images.
            labels: Labels by kind.
            view: The recorded images, whose size the labels get.
            classes: Our classes.
        """
        self.frames, self.classes, self._size = frames, classes, (view.height, view.width)
        self.camera: PinholeCamera = frames.camera.resized(view.width, view.height)
        found = labels.values()
        self.depth = next((one for one in found if isinstance(one, DepthLabels)), None)
        self.semantic = next((one for one in found if isinstance(one, SemanticLabels)), None)
        self.relative = self.depth is not None and self.depth.relative
        if self.relative:
            self.depth = None
        if view.undistorted:
            raise SamplesError(
                f'{frames.path}: labels of undistorted images do not fit the recorded ones; '
                'label them with undistort false to export'
            )
        if self.depth is None and self.semantic is None:
            raise SamplesError(
                f'{frames.path}: the depth labels are relative, so that there is no depth to '
                'export; scale_topic scales them'
            )

    def images(self) -> Iterator[LabelledImage]:
        """Yield the images that have all labels, in order of time."""
        chosen = [one for one in (self.depth, self.semantic) if one is not None]
        done = np.all([one.done()[self.frames.rows] for one in chosen], 0)
        for index in np.flatnonzero(done).tolist():
            row = int(self.frames.rows[index])
            stamp_ns, image = int(self.frames.stamps_ns[index]), self.frames.image(index)
            yield LabelledImage(stamp_ns, image, self._depth_m(row), self._classes(row))

    def _depth_m(self, row: int) -> np.ndarray | None:
        if self.depth is None:
            return None
        disparity, (height, width) = self.depth.read(row), self._size
        if disparity.shape != self._size:
            disparity = cv2.resize(disparity, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.float32(1.0) / disparity

    def _classes(self, row: int) -> np.ndarray | None:
        if self.semantic is None:
            return None
        kept = self.semantic.read(row)
        best = np.where(kept.scores[0] > 0, kept.class_ids[0], UNLABELLED).astype(np.uint8)
        return resized_labels(best, self._size)


class LabelWriter(abc.ABC):
    """A context that writes labelled images."""

    def __init__(self, export: LabelExport) -> None:
        self._export = export

    @abc.abstractmethod
    def __enter__(self) -> 'LabelWriter':
        """Begin."""

    @abc.abstractmethod
    def __exit__(self, *exception: object) -> None:
        """Finish what all images share."""

    @abc.abstractmethod
    def write(self, image: LabelledImage) -> None:
        """Write the labels of one image."""


class McapLabels(LabelWriter):
    """Writes a recording with the topics of the RGB node, under their default names."""

    def __init__(self, export: LabelExport, path: Path, overwrite: bool) -> None:
        super().__init__(export)
        self._path, self._overwrite = path, overwrite
        self._frame_id, self._begun = export.frames.store.about.frame_id, False

    def __enter__(self) -> 'McapLabels':
        self._writer = RecordingWriter(self._path, overwrite=self._overwrite, compression='zstd')
        return self

    def __exit__(self, *exception: object) -> None:
        self._writer.close()

    def write(self, image: LabelledImage) -> None:
        """Write the messages of one image."""
        types, stamp, frame = bag_types(), image.stamp_ns, self._frame_id
        messages = {'camera_info': pinhole_camera_info(types, self._export.camera, stamp, frame)}
        if image.depth_m is not None:
            messages['depth'] = array_to_image(types, image.depth_m, '32FC1', stamp, frame)
        if image.classes is not None:
            if not self._begun:
                messages['label_info'] = label_info(types, self._export.classes, stamp, frame)
            messages['semantic'] = array_to_image(types, image.classes, 'mono8', stamp, frame)
        self._begun = True
        for key, message in messages.items():
            output = RGB_OUTPUTS[key]
            self._writer.write(f'/{output.topic}', output.type, message, stamp, output.latched)


class PngLabels(LabelWriter):
    """Writes a prepared folder, whose files are named by stamp.

    Depth has 16 bits with 256 steps to the metre, as prepared folders have it: steps of a
    millimetre would end at 65 m.
    """

    def __init__(self, export: LabelExport, path: Path, overwrite: bool) -> None:
        super().__init__(export)
        self._path = path
        self._stamps: list[int] = []
        if path.exists() and not (overwrite and (path / _MARK).is_file()):
            how = 'is no export of labels' if overwrite else 'exists already; force replaces it'
            raise SamplesError(f'{path}: {how}')

    def __enter__(self) -> 'PngLabels':
        if self._path.exists():
            shutil.rmtree(self._path)
        self._path.mkdir(parents=True)
        write_text(self._path / _MARK, f'Labels of {self._export.frames.path}\n')
        return self

    def __exit__(self, *exception: object) -> None:
        K = self._export.camera.K
        write_text(
            self._path / 'cam_RGB.txt',
            '\n'.join(' '.join(f'{value:.9g}' for value in row) for row in K) + '\n',
        )
        write_text(self._path / 'timestamps.txt', ''.join(f'{stamp}\n' for stamp in self._stamps))
        names = self._export.classes.names
        if self._export.semantic is not None:
            write_text(self._path / LABEL_NAMES, dump_yaml(dict(enumerate(names))))

    def write(self, image: LabelledImage) -> None:
        """Write the files of one image."""
        if image.stamp_ns < EARLIEST_NS:
            raise SamplesError(
                f'{self._export.frames.path}: stamps before the year 2000 cannot be told in names '
                f'of files; choose the format {MCAP}'
            )
        height, width = self._export.camera.height, self._export.camera.width
        picture = cv2.resize(image.image, (width, height), interpolation=cv2.INTER_LINEAR)
        self._save('RGB', image, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        if image.depth_m is not None:
            steps = np.rint(image.depth_m * PNG_PER_METRE).clip(1, 65535).astype(np.uint16)
            self._save('Depth_RGB', image, steps)
        if image.classes is not None:
            self._save('Labels_RGB', image, image.classes)
        self._stamps.append(image.stamp_ns)

    def _save(self, folder: str, image: LabelledImage, array: np.ndarray) -> None:
        done, data = cv2.imencode('.png', array)
        assert done, 'arrays of these types are always encoded'
        path = self._path / folder
        path.mkdir(exist_ok=True)
        write_bytes(path / f'{image.stamp_ns}.png', data.tobytes())


def export_labels(export: LabelExport, path: Path, form: str, overwrite: bool) -> int:
    """Write the finished labels of a recording.

    Args:
        export: The labels.
        path: Folder to write.
        form: MCAP or PNG.
        overwrite: Replace an earlier export.

    Returns:
        Number of images written.

    Raises:
        BagError, SamplesError, OSError: The folder exists or cannot be written.
    """
    writer_class = McapLabels if form == MCAP else PngLabels
    count = 0
    with writer_class(export, path, overwrite) as writer:
        for image in export.images():
            writer.write(image)
            count += 1
    return count
