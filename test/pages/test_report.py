# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Names from recordings are text on a page, never tags, scripts or control characters."""

import re

from thermal_depth_ros.pages.report import Chapter, Link, Section, Table, render_page

EVIL = '/a<script>alert(1)</script>\x1b[2J\u202e'
SHOWN = r'/a&lt;script&gt;alert(1)&lt;/script&gt;\x1b[2J\u202e'


def test_text_from_recordings_is_escaped():
    rows = [(EVIL, EVIL), (Link(EVIL, EVIL), None)]
    section = Section(EVIL, EVIL, notes=[EVIL], tables=[Table(EVIL, (EVIL, 'b'), rows)])
    chapter = Chapter('name', EVIL, EVIL, [(EVIL, EVIL)], [section])
    page = render_page(EVIL, EVIL, {EVIL: EVIL}, [(EVIL, EVIL)], [section], [chapter])
    assert '<script' not in page and '\x1b' not in page and '\u202e' not in page
    # Title twice, text, provenance, tiles; a section and its chapter.
    assert page.count(SHOWN) == 3 + 2 + 2 + 2 * 9 + 4
    assert '<td class="n">-</td>' in page


def test_the_style_is_not_escaped():
    assert re.search(r'tr:last-child td \{ border-bottom: 0; \}', render_page('', '', {}))


def test_only_several_chapters_are_linked():
    chapters = [Chapter(name, name.title(), '', [], []) for name in ('one', 'two')]
    assert '<nav>' not in render_page('', '', {}, chapters=chapters[:1])
    assert '<a href="#two">Two</a>' in render_page('', '', {}, chapters=chapters)
