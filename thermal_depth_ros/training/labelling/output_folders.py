# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of what is made of recordings, one for each."""

from collections.abc import Sequence
from pathlib import Path

from thermal_depth_ros.base.settings import SettingsError


def output_folders(setting: str, output: str, bags: Sequence[str], force: bool) -> list[Path]:
    """Return the folder to write for each recording: the output itself, or folders in it.

    Args:
        setting: Name of the setting of the output, for messages.
        output: The output; empty for none.
        bags: Paths of the recordings.
        force: Whether folders that exist are replaced.

    Raises:
        SettingsError: A folder exists, is one of the recordings, or is meant for two of them.
    """
    if not output:
        return []
    root = Path(output)
    targets = [root] if len(bags) == 1 else [root / Path(bag).stem for bag in bags]
    if len(set(targets)) < len(targets):
        raise SettingsError(f'--{setting}: two recordings have the same name; give them apart')
    for target in targets:
        resolved = target.resolve()
        for source in (Path(bag).expanduser().resolve() for bag in bags):
            if resolved == source or resolved in source.parents:
                raise SettingsError(f'--{setting}: {source} is read from {target}')
        if target.exists() and not force:
            raise SettingsError(f'--{setting}: {target} exists already; --force replaces it')
    return targets
