# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Names from recordings are text on a page, never tags, scripts or control characters."""

from thermal_depth_ros.pages import page_parts


def test_text_from_recordings_is_escaped(tmp_path, monkeypatch):
    (tmp_path / 'page.html').write_text('<style>{{ style|safe }}</style><p>{{ topic }}</p>')
    (tmp_path / 'report.css').write_text('p > a { }')
    monkeypatch.setattr(page_parts, 'TEMPLATES', tmp_path)
    page = page_parts.render_page('page.html', topic='/a<script>alert(1)</script>\x1b[2J\u202e')
    shown = r'<p>/a&lt;script&gt;alert(1)&lt;/script&gt;\x1b[2J\u202e</p>'
    assert page == f'<style>p > a {{ }}</style>{shown}'
