# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Links between the pages of documentation, and the files and settings that they name."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

LINK = re.compile(r'\[[^\]]*\]\(([^()\s]+)\)')
HEADING = re.compile(r'^#+ +(.+?) *$', re.MULTILINE)
CODE_BLOCK = re.compile(r'^```[\s\S]*?^```|^ {4,}.*$', re.MULTILINE)
# A file of the repository in backticks; patterns and outputs of the program are none.
FILE = re.compile(
    r'`((?:bags|base|config|demo|docs|launch|losses|messages|metrics|models|networks|nodes|samples'
    r'|scripts|simulation|test|thermal|training)/[\w./]+\.(?:py|sh|yaml|md|xml))`'
)


@pytest.fixture(scope='module')
def pages(repository: Path) -> list[Path]:
    listed = subprocess.run(
        ['git', 'ls-files', '*.md'], cwd=repository, capture_output=True, text=True, check=False
    )
    found = [repository / name for name in listed.stdout.split()] or [
        *repository.glob('*.md'),
        *repository.glob('docs/*.md'),
    ]
    assert len(found) > 10
    return found


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    text = CODE_BLOCK.sub('', page.read_text(encoding='utf-8'))
    found: set[str] = set()
    for heading in HEADING.findall(text):
        plain = re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-')
        number = 0
        while (name := f'{plain}-{number}' if number else plain) in found:
            number += 1
        found.add(name)
    return found


def broken_links(page: Path) -> Iterator[str]:
    for link in LINK.findall(CODE_BLOCK.sub('', page.read_text(encoding='utf-8'))):
        if re.match(r'[a-z]+:', link):
            continue
        path, _, anchor = link.partition('#')
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def test_every_link_between_pages_leads_somewhere(pages: list[Path], repository: Path) -> None:
    broken = {str(p.relative_to(repository)): list(broken_links(p)) for p in pages}
    assert not {name: links for name, links in broken.items() if links}


def test_every_named_file_exists(pages: list[Path], repository: Path) -> None:
    missing = [
        f'{page.name}: {name}'
        for page in pages
        if page.parent.name != 'vectors'  # names files of other repositories
        for name in FILE.findall(page.read_text(encoding='utf-8'))
        if not (repository / name).exists()
        and not (repository / 'thermal_depth_ros' / name).exists()
    ]
    assert not missing


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / 'page.md'
    page.write_text(
        '# One, two: *three*\n\n## Again\n\n## Again\n\n'
        '[a](#one-two-three) [b](page.md#again-1) [c](#again-2) [d](other.md) [e](https://x.y)\n'
        '\n    [f](nowhere.md)\n'
    )
    assert list(broken_links(page)) == ['#again-2', 'other.md']
