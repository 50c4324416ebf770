"""Plots: small SVG pictures of numbers, without scripts and in the colours of the page that they stand in."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_LINE = Markup(
    '<svg class="{kind}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" aria-label="{label}">'
    '<path class="area" d="{area}"/><path class="line" d="{line}"/></svg>'
)
_BARS = Markup('<svg class="spark" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{bars}</svg>')
_BAR = Markup('<rect x="{x}" y="{y}" width="{width}" height="{height}"><title>{told}</title></rect>')


def line(points: Sequence[tuple[float, float]], label: str, width: int = 480, height: int = 120) -> Markup:
    """A line over points (x rising), from zero to the largest y; `label` says in words what it shows."""
    last, most = max((x for x, _ in points), default=0) or 1, max((y for _, y in points), default=0) or 1
    places = [(round(width * x / last, 1), round(height - 2 - (height - 4) * y / most, 1)) for x, y in points]
    drawn = "M" + " L".join(f"{x},{y}" for x, y in places) if places else ""
    area = f"{drawn} L{places[-1][0]},{height} L{places[0][0]},{height} Z" if places else ""
    return _LINE.format(kind="plot", width=width, height=height, label=label, area=area, line=drawn)


def bars(values: Sequence[tuple[str, float]], label: str, height: int = 28) -> Markup:
    """A bar for each named value, from zero to the largest."""
    most = max((value for _, value in values), default=0) or 1
    drawn = Markup("").join(
        _BAR.format(
            x=number * 8,
            y=round(height - (tall := max(1.0, height * value / most)), 1),
            width=6,
            height=round(tall, 1),
            told=f"{name}: {value:,.0f}",
        )
        for number, (name, value) in enumerate(values)
    )
    return _BARS.format(width=max(8, 8 * len(values)), height=height, label=label, bars=drawn)
