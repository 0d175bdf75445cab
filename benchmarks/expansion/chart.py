"""Lines over an axis from 0 to 1, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["curve"]

_WIDTH, _HEIGHT, _LEFT, _TOP = 560, 300, 50, 20
_COLORS = ("#0b6e4f", "#c8553d", "#3d5a80", "#8d6a9f")


def curve(xs: Sequence[float], lines: Mapping[str, Sequence[float]], *, marked: float) -> str:
    """One line a name, with `marked` shown on the axis. What is not a number is left out."""
    body = [_grid(), _vertical(marked)]
    for at, (name, ys) in enumerate(lines.items()):
        color = _COLORS[at % len(_COLORS)]
        points = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in zip(xs, ys, strict=True) if y == y)
        body.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{points}"/>')
        body.append(f'<text x="{_LEFT + _WIDTH + 12}" y="{_TOP + 16 + 20 * at}" fill="{color}">{name}</text>')
    size = f'width="{_LEFT + _WIDTH + 110}" height="{_TOP + _HEIGHT + 50}"'
    style = 'font-family="sans-serif" font-size="13"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    return "\n".join([*head, *body, "</svg>", ""])


def _grid() -> str:
    out = []
    for step in range(6):
        value = step / 5
        out.append(f'<path d="M{_LEFT} {_y(value)}h{_WIDTH}" stroke="#ddd"/>')
        out.append(f'<text x="{_LEFT - 8}" y="{_y(value) + 4}" text-anchor="end">{value:.1f}</text>')
        out.append(f'<text x="{_x(value)}" y="{_y(0) + 20}" text-anchor="middle">{value:.1f}</text>')
    out.append(f'<text x="{_x(0.5)}" y="{_y(0) + 40}" text-anchor="middle">expansion_threshold</text>')
    return "\n".join(out)


def _vertical(value: float) -> str:
    return (
        f'<path d="M{_x(value)} {_TOP}v{_HEIGHT}" stroke="#888" stroke-dasharray="4 4"/>\n'
        f'<text x="{_x(value) + 4}" y="{_TOP + 12}" fill="#666">default {value}</text>'
    )


def _x(value: float) -> float:
    return _LEFT + value * _WIDTH


def _y(value: float) -> float:
    return _TOP + (1 - value) * _HEIGHT
