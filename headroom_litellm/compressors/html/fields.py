"""What shows no text of its own but says something: fields of forms, formulas, frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from selectolax.lexbor import LexborNode

__all__ = ["FIELDS", "SPEAKING", "form_line"]

_MAX_VALUE: Final = 80
_MAX_OPTIONS: Final = 8
_TEX: Final = 'annotation[encoding="application/x-tex"]'


def form_line(attributes: Mapping[str, str | None]) -> str:
    """Where a form is sent."""
    return f"[form: {(attributes.get('method') or 'get').upper()} {attributes.get('action') or ''}".rstrip() + "]"


def _formula(node: LexborNode) -> str:
    tex = node.css_first(_TEX)
    text = (node.attributes.get("alttext") or "") or (tex.text(deep=True) if tex is not None else "")
    shown = " ".join((text or node.text(deep=True, separator=" ")).split())
    return f" ${shown}$ " if shown else ""


def _frame(node: LexborNode) -> str:
    source = node.attributes.get("src") or ""
    return f" [frame]({source}) " if source and not source.startswith("about:") else ""


def _input(node: LexborNode) -> str:
    attributes = node.attributes
    sort = (attributes.get("type") or "text").lower()
    if sort in ("checkbox", "radio"):
        sort = f"{sort}, checked" if "checked" in attributes else sort
    return _told(sort, attributes.get("name"), attributes.get("value") or attributes.get("placeholder"))


def _button(node: LexborNode) -> str:
    return _told("button", node.attributes.get("name"), node.text(deep=True))


def _choices(node: LexborNode) -> str:
    options = node.css("option")
    shown = [" ".join(each.text(deep=True).split()) for each in options[:_MAX_OPTIONS]]
    chosen = next((each for each in options if "selected" in each.attributes), None)
    more = [f"… {len(options)} options"] if len(options) > len(shown) else []
    value = " / ".join([*shown, *more])
    if chosen is not None:
        value += f"; selected: {' '.join(chosen.text(deep=True).split())}"
    return _told("select", node.attributes.get("name"), value, _MAX_OPTIONS * _MAX_VALUE)


def _told(sort: str, name: str | None, value: str | None, most: int = _MAX_VALUE) -> str:
    shown = " ".join((value or "").split())
    if len(shown) > most:
        shown = shown[:most] + "…"
    return " [" + sort + (f" {name}" if name else "") + (f": {shown}" if shown else "") + "] "


SPEAKING: Final[dict[str, Callable[[LexborNode], str]]] = {"math": _formula, "iframe": _frame, "frame": _frame}
"""Tags that are told wherever they stand."""
FIELDS: Final[dict[str, Callable[[LexborNode], str]]] = {"input": _input, "select": _choices, "button": _button}
"""Tags that are told within a form; elsewhere they belong to the page, not to what it says."""
