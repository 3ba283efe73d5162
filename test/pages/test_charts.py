# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Charts scale with the page, follow its text colour, and do not disturb each other."""

import re
import xml.etree.ElementTree as ElementTree

from thermal_depth_ros.pages.charts import INK, SERIES, chart_svg


def line(axes):
    axes.plot([0, 1], [0, 1], color=SERIES[0], label='a < b')
    axes.plot([0, 1], [1, 0], color=INK)
    axes.legend()


def test_a_chart_is_well_formed_and_scales_with_the_page():
    svg = chart_svg(line, (4.0, 3.0), 'one')
    root = ElementTree.fromstring(svg)
    assert 'width' not in root.attrib and 'height' not in root.attrib
    assert [float(v) for v in root.attrib['viewBox'].split()] == [0, 0, 4 * 72, 3 * 72]
    assert re.fullmatch(r'max-width: \d+px', root.attrib['style'])
    assert SERIES[0] in svg and 'currentColor' in svg and INK not in svg
    assert 'a &lt; b' in svg


def test_ids_of_two_charts_differ_and_references_stay_inside():
    ids = []
    for name in ('one', 'two'):
        svg = chart_svg(line, (4.0, 3.0), name)
        ids.append(set(re.findall(r'\bid="([^"]+)"', svg)))
        assert set(re.findall(r'(?:href="|url\()#([^")]+)', svg)) <= ids[-1]
    assert not ids[0] & ids[1]


def test_the_same_chart_has_the_same_bytes():
    assert chart_svg(line, (4.0, 3.0), 'one') == chart_svg(line, (4.0, 3.0), 'one')
