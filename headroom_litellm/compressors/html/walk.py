"""From the tree of a page to lines of Markdown."""

from __future__ import annotations

from typing import Final

from selectolax.lexbor import LexborNode

from .blocks import code_block, one_line, words_in
from .fields import FIELDS, SPEAKING, form_line
from .lines import Line, Region
from .regions import CONTAINERS, is_main, region_of
from .tables import is_data, rows_of
from .tags import ACTING, ANCHORS, BLOCKS, BREAKING, CODE, HEADINGS, SCRIPTS, STRUCK, UNSEEN, WHOLE

__all__ = ["Walk"]

_NO_TARGET: Final = ("#", "javascript:", "data:", "about:", "void(")
_BREAK: Final = "\ue000"
"""Stands for a line break until a line is complete."""
_MAX_DEPTH: Final = 12
_MAX_PATH: Final = 500
"""Tags within each other from which on a page is broken: what is done at each would take quadratic time."""
_MAX_TARGET: Final = 200
"""Longer addresses are those of trackers; that one was there is still said."""


class Walk:
    """One pass over a page, without recursion. `lines` are all lines, those that surround the content too."""

    def __init__(self, region: Region | None = None, main: bool = False) -> None:
        self.lines: list[Line] = []
        self.scripts = 0
        self.found_main = self.too_deep = False
        self._content = self._region = region or Region("")
        self._main = main
        self._buffer: list[str] = []
        self._links: list[tuple[int, str]] = []
        self._marks: list[int] = []
        self._lists: list[int] = []
        self._marker = ""
        self._heading = ""
        self._quotes = 0
        self._code = 0
        self._forms = 0
        self._linked = 0

    def over(self, root: LexborNode) -> None:
        path: list[tuple[LexborNode, str, Region, bool]] = []
        node: LexborNode | None = root
        buffer = self._buffer
        while node is not None:
            tag = node.tag or ""
            if tag == "-text":
                self._buffer.append(node.text_content or "")
            elif tag in UNSEEN:
                self._see_not(tag, node)
            elif tag not in WHOLE or not self._whole(tag, node):
                before = (node, tag, self._region, self._main)
                acts = tag in ACTING
                if buffer and tag in BREAKING:
                    self._flush()
                if acts:
                    self._enter(tag, node)
                child = node.child
                if child is not None:
                    if len(path) >= _MAX_PATH:
                        self.too_deep = True
                        return
                    path.append(before)
                    node = child
                    continue
                if buffer and tag in BREAKING:
                    self._flush()
                if acts:
                    self._leave(before)
            following = node.next if path else None
            while following is None and path:
                before = path.pop()
                if buffer and before[1] in BREAKING:
                    self._flush()
                if before[1] in ACTING:
                    self._leave(before)
                following = before[0].next if path else None
            node = following
        self._flush()

    def _whole(self, tag: str, node: LexborNode) -> bool:
        """Take what is not walked through, code and tables of data; is it such?"""
        if tag in BLOCKS:
            self._flush()
            self._take_code(node)
        elif tag == "table" and is_data(node):
            self._flush()
            self._take_table(node)
        elif tag == "br":
            self._buffer.append(_BREAK)
        elif tag == "img":
            alt = " ".join((node.attributes.get("alt") or "").split())
            if alt and not self._links:
                self._buffer.append(f" ![{alt}] ")
            elif alt:
                self._buffer.append(f" {alt} ")
        elif tag == "noscript":
            # Markup in it is not parsed; most of it doubles pictures or counts visits.
            text = node.text(deep=True)
            if "<" not in text:
                self._buffer.append(text)
        else:
            return False
        return True

    def _enter(self, tag: str, node: LexborNode) -> None:
        if tag == "a":
            target = (node.attributes.get("href") or "").strip()
            self._links.append((len(self._buffer), target))
            return
        if tag in BREAKING:
            if tag in CONTAINERS:
                self._enter_part(tag, node)
            if tag in HEADINGS:
                self._heading = HEADINGS[tag]
            elif tag == "li":
                self._enter_item()
            elif tag == "dt":
                self._marker = "- "
            elif tag == "dd":
                self._marker = "  : "
            elif tag == "blockquote":
                self._quotes += 1
        else:
            self._code += tag in CODE
            self._marks.append(len(self._buffer))

    def _enter_part(self, tag: str, node: LexborNode) -> None:
        attributes = node.attributes
        if is_main(tag, attributes):
            self._main = self.found_main = True
            self._region = self._content
        elif self._region is self._content:
            kind = region_of(tag, attributes, self._main)
            # Contents that lead to other pages are what an index is for; others say the headings twice.
            if kind is not None and (kind != "contents" or node.css_first('a[href^="#"]') is not None):
                self._region = Region(kind)
        if tag == "form":
            self._forms += 1
            self._buffer.append(form_line(attributes))
            self._flush()
        elif tag in ("ul", "ol"):
            self._lists.append(_first_number(attributes.get("start")) if tag == "ol" else 0)

    def _enter_item(self) -> None:
        number = self._lists[-1] if self._lists else 0
        if number:
            self._lists[-1] += 1
        depth = min(len(self._lists), _MAX_DEPTH)
        self._marker = "  " * (depth - 1) + (f"{number}. " if number else "- ")

    def _leave(self, state: tuple[LexborNode, str, Region, bool]) -> None:
        _, tag, region, main = state
        if tag == "a":
            start, target = self._links.pop()
            self._close_link(start, target)
        elif tag in BREAKING:
            if tag in ("ul", "ol"):
                self._lists.pop()
            elif tag == "form":
                self._forms -= 1
            elif tag == "blockquote":
                self._quotes -= 1
            elif tag in HEADINGS:
                self._heading = ""
            self._marker = ""
        elif tag in CODE:
            self._code -= 1
            self._close_mark(self._marks.pop(), "`", "`")
        elif tag in SCRIPTS:
            start = self._marks.pop()
            text = "".join(self._buffer[start:]).strip()
            if text and text[0] not in "[(*†‡" and text not in ("TM", "®", "™"):
                self._close_mark(start, "^" if tag == "sup" else "_", "")
        elif tag in STRUCK:
            self._close_mark(self._marks.pop(), "~~", "~~")
        self._region, self._main = region, main

    def _close_mark(self, start: int, before: str, after: str) -> None:
        text = "".join(self._buffer[start:])
        bare = text.strip()
        if bare and _BREAK not in bare and not (before == "`" and ("`" in bare or self._code)):
            del self._buffer[start:]
            at = text.index(bare)
            self._buffer.append(f"{text[:at]}{before}{bare}{after}{text[at + len(bare) :]}")

    def _close_link(self, start: int, target: str) -> None:
        text = "".join(self._buffer[start:])
        bare = " ".join(text.replace(_BREAK, " ").split())
        if not bare:
            return
        if target[:1] == "#" and bare in ANCHORS:
            del self._buffer[start:]
            return
        self._linked += words_in(bare)
        if self._code or not target or target.startswith(_NO_TARGET) or " " in target:
            return
        if len(target) > _MAX_TARGET:
            target = "…"
        del self._buffer[start:]
        shown = f"<{target}>" if bare == target else f"[{bare}]({target})"
        self._buffer.append((" " if text[:1].isspace() else "") + shown + (" " if text[-1:].isspace() else ""))

    def _flush(self) -> None:
        """What was gathered becomes lines."""
        if not self._buffer:
            return
        if self._links:
            start, target = self._links[-1]
            self._close_link(start, target)
            self._links = [(0, target) for _, target in self._links]
        if self._marks:
            self._marks = [0] * len(self._marks)
        text = "".join(self._buffer)
        self._buffer.clear()
        if text.isspace():
            return
        for part in text.split(_BREAK) if _BREAK in text else (text,):
            line = one_line(part)
            if line and not line.isspace():
                self._add(line, words_in(line))
        self._linked = 0

    def _add(self, text: str, words: int) -> None:
        heading = bool(self._heading)
        if heading:
            self._region.title |= self._heading == "# "
            text = self._heading + text
        elif self._marker:
            text = self._marker + text
            if not self._marker.isspace():
                self._marker = " " * (len(self._marker) - len(self._marker.lstrip()) + 2)
        elif self._lists:
            text = "  " * min(len(self._lists), _MAX_DEPTH) + text
        if self._quotes:
            text = "> " + text
        self._put(Line(text, words, self._region, self._main, heading))

    def _put(self, line: Line) -> None:
        self.lines.append(line)
        line.linked = min(self._linked, line.words)
        line.region.words += line.words
        line.region.linked += line.linked
        self._linked -= line.linked

    def _take_code(self, node: LexborNode) -> None:
        lines = code_block(node)
        if lines:
            self._region.code = True
            last = len(lines) - 1
            for k, line in enumerate(lines):
                self._put(Line(line, words_in(line) if 0 < k < last else 0, self._region, self._main))
            self._marker = ""

    def _take_table(self, node: LexborNode) -> None:
        for row in rows_of(node, self._cell):
            words = sum(words_in(cell) for cell in row.cells if cell not in row.repeated)
            self._put(Line(row.text, words, self._region, self._main, row.head))
            self._linked = 0
            if row.head:
                self._put(Line("|" + " --- |" * len(row.cells), 0, self._region, self._main, True))

    def _cell(self, node: LexborNode) -> str:
        child = node.child
        if child is None:
            return ""
        if child.next is None and child.tag == "-text":
            return one_line(child.text_content or "")
        inner = Walk(Region(""))
        inner._code, inner._forms = self._code, self._forms
        part: LexborNode | None = child
        while part is not None:
            inner.over(part)
            part = part.next
        self._linked += inner._content.linked
        return inner.lines[0].text if len(inner.lines) == 1 else " ".join(line.text.strip() for line in inner.lines)

    def _see_not(self, tag: str, node: LexborNode) -> None:
        tell = SPEAKING.get(tag) or (FIELDS.get(tag) if self._forms else None)
        if tell is not None:
            self._buffer.append(tell(node))
        elif tag == "script":
            self.scripts += 1


def _first_number(start: str | None) -> int:
    """The number of a list's first item."""
    return int(start) if start and start.isdecimal() and 0 < len(start) < 9 else 1
