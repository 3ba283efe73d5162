# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Tables as Markdown and LaTeX: what texts hold is no markup."""

from thermal_depth_ros.pages.plain_tables import to_latex, to_markdown
from thermal_depth_ros.pages.report import Table

TABLE = Table('A_title', ('name', 'x'), [['a|b & 50%_\\', 1.5], ['*c* <d>', None]])


def test_markdown():
    assert to_markdown(TABLE) == (
        '**A\\_title**\n\n'
        '| name | x |\n'
        '| --- | ---: |\n'
        '| a\\|b & 50%\\_\\ | 1.5 |\n'
        '| \\*c\\* &lt;d> | - |\n'
    )


def test_latex():
    assert to_latex(TABLE, [('group', 2)], ruled={1}).splitlines() == [
        '% A_title',
        r'\begin{tabular}{lr}',
        r'\toprule',
        r'\multicolumn{2}{c}{group} \\',
        r'\cmidrule(lr){1-2}',
        r'name & x \\',
        r'\midrule',
        r'a|b \& 50\%\_\textbackslash{} & 1.5 \\',
        r'\midrule',
        r'*c* $<$d$>$ & - \\',
        r'\bottomrule',
        r'\end{tabular}',
    ]
