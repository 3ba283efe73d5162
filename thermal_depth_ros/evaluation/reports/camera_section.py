# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Report sections on one camera of a recorded run: frames, legends and the point cloud."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.recorded_run import RecordedRun
from thermal_depth_ros.evaluation.reports.cloud_view import Viewpoint, render_cloud
from thermal_depth_ros.evaluation.snapshots import Snapshot, choose_stamps, read_snapshots
from thermal_depth_ros.pages import colouring
from thermal_depth_ros.pages.colouring import DepthRange
from thermal_depth_ros.pages.report import (
    Bar,
    Key,
    Picture,
    PictureRow,
    Section,
    depth_bar,
    flat,
    metres,
    natural,
    photo,
)

SMALLEST_SHARE = 0.002
VIEWPOINTS = (Viewpoint(yaw=25.0, pitch=18.0), Viewpoint(yaw=0.0, pitch=75.0))
_CLOUD_BACKGROUND = np.array((24, 27, 33), np.uint8)
Palette = Mapping[int, tuple[int, int, int]]


def camera_sections(
    recording: Path,
    inputs: Path | None,
    run: RecordedRun,
    kind: str,
    title: str,
    count: int,
    palette: Palette,
) -> list[Section]:
    """Return the pictures of one camera; empty if it published no depth.

    Args:
        recording: Recording of the node outputs.
        inputs: Recording played into the nodes.
        run: Contents of the recording except images.
        kind: Kind of camera.
        title: Heading.
        count: Number of frames.
        palette: Colours of the classes by id.

    Raises:
        BagError: A recording cannot be read.
    """
    stamps = choose_stamps(run, kind, count)
    if not stamps:
        return []
    snapshots = read_snapshots(recording, inputs, kind, stamps)
    depths = [s.maps['depth'] for s in snapshots if 'depth' in s.maps]
    shown = colouring.depth_range(depths)
    frames = Section(
        title,
        _summary(depths, shown),
        frames=[_frame(s, shown, run.start_ns) for s in snapshots],
        bars=_bars(snapshots, depths, shown),
        keys=_classes(snapshots, run.classes, palette),
    )
    return [frames, *_cloud(snapshots, shown, title)]


def _summary(depths: Sequence[np.ndarray], shown: DepthRange | None) -> str:
    height, width = depths[0].shape
    finite = float(np.isfinite(np.concatenate([d.ravel() for d in depths])).mean())
    text = f'{width}x{height} pixels; {finite:.1%} of the pixels shown have a finite depth'
    if shown is not None:
        text += f', 98 % of them between {metres(shown.near_m)} and {metres(shown.far_m)}'
    return text + '.'


def _frame(snapshot: Snapshot, shown: DepthRange | None, start_ns: int) -> PictureRow:
    pictures = []
    if snapshot.source is not None:
        pictures.append(photo(natural(snapshot.source), 'input'))
    maps = snapshot.maps
    if shown is not None and 'depth' in maps:
        pictures.append(flat(colouring.depth_picture(maps['depth'], shown), 'depth'))
    if 'confidence' in maps:
        confidence = maps['confidence']
        caption = 'depth confidence'
        if confidence.min() == confidence.max():
            caption += f': {confidence.flat[0]:g} everywhere'
        pictures.append(flat(colouring.confidence_picture(confidence), caption))
    if 'overlay' in maps:
        pictures.append(photo(maps['overlay'], 'semantic classes over the input'))
    seconds = (snapshot.stamp_ns - start_ns) / 1e9
    return PictureRow(f'{seconds:.2f} s after the start', pictures)


def _bars(
    snapshots: Sequence[Snapshot], depths: Sequence[np.ndarray], shown: DepthRange | None
) -> list[Bar]:
    bars = [] if shown is None else [depth_bar(depths, shown)]
    if any('confidence' in s.maps for s in snapshots):
        ticks = [f'{v:g}' for v in (0, 0.25, 0.5, 0.75, 1)]
        bars.append(Bar('confidence', colouring.css_gradient('viridis'), ticks))
    return bars


def _classes(
    snapshots: Sequence[Snapshot], names: Mapping[int, str], palette: Palette
) -> list[Key]:
    """Return the classes in the frames shown, most frequent first, with their shares."""
    masks = [s.maps['semantic'].ravel() for s in snapshots if 'semantic' in s.maps]
    if not masks:
        return []
    ids, counts = np.unique(np.concatenate(masks), return_counts=True)
    order = np.argsort(-counts)
    total = counts.sum()
    keys: list[Key] = []
    for index in order:
        label, share = int(ids[index]), counts[index] / total
        if share < SMALLEST_SHARE:
            rest = counts[order[len(keys) :]]
            keys.append(Key('transparent', f'{len(rest)} more {rest.sum() / total:.1%}'))
            break
        unlabelled = label == contract.UNLABELLED
        name = 'unlabelled' if unlabelled else names.get(label, f'class {label}')
        colour = palette.get(label, (0, 0, 0) if unlabelled else (128, 128, 128))
        keys.append(Key(colouring.css_colour(colour), f'{name} {share:.1%}'))
    return keys


def _cloud(snapshots: Sequence[Snapshot], shown: DepthRange | None, title: str) -> list[Section]:
    """Draw the cloud of the middle frame from two viewpoints; empty if there is none."""
    with_cloud = [s for s in snapshots if s.cloud_xyz is not None]
    if not with_cloud or shown is None:
        return []
    snapshot = with_cloud[len(with_cloud) // 2]
    grid = np.asarray(snapshot.cloud_xyz, np.float64)
    rows, columns = grid.shape[:2]
    xyz = grid.reshape(-1, 3)
    finite = np.isfinite(xyz).all(axis=1)
    if not finite.any():
        return []
    colours = _cloud_colours(snapshot, shown, rows, columns)[finite]
    views = [render_cloud(xyz[finite], colours, view) for view in VIEWPOINTS]
    rgba = np.concatenate(views, axis=1)
    picture = np.where(rgba[:, :, 3:] > 0, rgba[:, :, :3], _CLOUD_BACKGROUND)
    caption = f'{int(finite.sum())} of {rows * columns} points, in the colours of the input'
    views_of = Picture(colouring.png_uri(picture), 'left: from the side; right: from above')
    return [Section(f'{title}: point cloud', frames=[PictureRow(caption, [views_of])])]


def _cloud_colours(snapshot: Snapshot, shown: DepthRange, rows: int, columns: int) -> np.ndarray:
    """Return the colour (rows * columns, 3) of every point: of the input, else of its depth."""
    if snapshot.source is None:
        picture = colouring.depth_picture(snapshot.maps['depth'], shown)
    else:
        picture = natural(snapshot.source)
    step_y, step_x = -(-picture.shape[0] // rows), -(-picture.shape[1] // columns)
    picked = picture[::step_y, ::step_x][:rows, :columns]
    return picked.reshape(-1, 3)
