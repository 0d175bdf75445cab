"""ContentRouter: which treatment a tool output gets."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final

from .compressors import COMPRESSORS, Compressor, Document
from .conversation import ToolCall
from .detect import detect
from .parts import embedded, sections
from .settings import Settings
from .shell import (
    command_line,
    names_a_config,
    names_a_file,
    reads_a_file,
    reads_an_artifact,
    shows_no_content,
)

__all__ = ["Part", "Route", "route"]

_LEAST: Final = 200
"""Characters of the shortest text that is of any kind."""
_FILES: Final = frozenset(["code", "html", "text"])
"""Kinds of what stands in most files that are written by hand; those of settings are told by their names."""
_LOOSE: Final = (None, "log", "text")
"""Kinds whose outputs may hold other kinds among their lines."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an output, and the compressor of its kind; None where it is of none in use."""

    document: Document
    compressor: Compressor | None


@dataclass(frozen=True, slots=True)
class Route:
    """exact: the output is a file's content, which the agent may be about to edit
    parts:    what it consists of; their texts joined by line feeds give the output
    is_log:   nothing but a log, apart from what wraps it
    """

    exact: bool
    parts: tuple[Part, ...]
    is_log: bool


def route(document: Document, call: ToolCall | None, settings: Settings) -> Route:
    """The way of one output, which answers `call`."""
    reads = call is not None and _reads(call, settings)
    if reads and settings.code_reads == "exact":
        return Route(exact=True, parts=(), is_log=False)
    command = command_line(call) if call is not None else ""
    found = [part for text in sections(document.text, command) for part in _told(replace(document, text=text))]
    kinds = {kind for _, kind in found if kind is not None}
    reads = reads or (call is not None and kinds <= _FILES and _names(call) and not reads_an_artifact(call))
    used = _used(settings) if reads else settings.kinds
    parts = tuple(Part(part, COMPRESSORS[kind] if kind is not None and kind in used else None) for part, kind in found)
    return Route(exact=reads, parts=parts, is_log=kinds == {"log"})


def _used(settings: Settings) -> Collection[str]:
    """The kinds by which a file is compressed that the agent may be about to edit."""
    return {"code"}.intersection(settings.kinds) if settings.code_reads == "outline" else ()


def _reads(call: ToolCall, settings: Settings) -> bool:
    """Does the agent read a file here that it may be about to edit?"""
    shows = settings.is_exact(call.name) or reads_a_file(call) or _names(call, configs=True)
    return shows and not reads_an_artifact(call)


def _names(call: ToolCall, *, configs: bool = False) -> bool:
    """Does the tool, of which nothing is known, show the content of a file that an argument names?"""
    return (names_a_config(call) if configs else names_a_file(call)) and not shows_no_content(call.name)


def _told(document: Document) -> Iterator[tuple[Document, str | None]]:
    """The document, or what stands among its lines, with the kinds."""
    kind = _kind(document)
    texts = embedded(document.text) if kind in _LOOSE else [document.text]
    if len(texts) == 1:
        yield document, kind
        return
    for text in texts:
        part = replace(document, text=text)
        yield part, _kind(part)


def _kind(document: Document) -> str | None:
    return detect(document) if len(document.text) >= _LEAST else None
