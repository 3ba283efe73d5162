# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Parser of a command with examples; imports nothing that takes time."""

import argparse


def command_parser(
    command: str, description: str, examples: str, usage: str | None = None
) -> argparse.ArgumentParser:
    """Return the parser of a command whose description and examples keep their lines.

    Args:
        command: Name of the command.
        description: What it does, above the options.
        examples: Examples and exit codes, below them.
        usage: Its arguments where those of argparse read badly.
    """
    return argparse.ArgumentParser(
        prog=f'thermal-depth {command}',
        allow_abbrev=False,
        usage=usage,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
