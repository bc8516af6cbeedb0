"""The chart of docs/performance.md: letters a second, as bars, in SVG that reads on light and dark ground."""

from __future__ import annotations

import html
from collections.abc import Sequence

_WIDTH, _LABEL, _VALUE = 720, 210, 110
_BAR, _GAP, _TOP = 20, 10, 40
_STYLE = """\
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.bar { fill: #8c959f }
.own { fill: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.bar { fill: #6e7681 }
.own { fill: #58a6ff }
}
</style>"""


def bars(title: str, values: Sequence[tuple[str, float, bool]]) -> str:
    """A bar for each name and value; True marks ours. The ground stays transparent."""
    most = max((value for _, value, _ in values), default=1.0) or 1.0
    height = _TOP + len(values) * (_BAR + _GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="img">',
        f"<title>{html.escape(title)}</title>",
        _STYLE,
        f'<text class="title" x="0" y="18">{html.escape(title)}</text>',
    ]
    for number, (name, value, own) in enumerate(values):
        top = _TOP + number * (_BAR + _GAP)
        width = max(1.0, (_WIDTH - _LABEL - _VALUE) * value / most)
        kind = "bar own" if own else "bar"
        lines += [
            f'<text x="{_LABEL - 10}" y="{top + 15}" text-anchor="end">{html.escape(name)}</text>',
            f'<rect class="{kind}" x="{_LABEL}" y="{top}" width="{width:.1f}" height="{_BAR}" rx="2"/>',
            f'<text x="{_LABEL + width + 8:.1f}" y="{top + 15}">{value:,.0f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
