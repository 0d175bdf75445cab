"""What is seen of a page, as lines of Markdown."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Line", "Region"]


@dataclass(slots=True)
class Region:
    """A part of a page that may surround its content: `kind` says what it is, "" for the content itself.

    words, linked: the words in it, and those that are text of links
    code, title: it holds a block of code, a heading of the first level
    """

    kind: str
    words: int = 0
    linked: int = 0
    code: bool = False
    title: bool = False


@dataclass(slots=True)
class Line:
    """A paragraph, heading, item, row of a table or line of code.

    text:    as it is shown
    words:   how many words of the page it shows
    region:  where it stands
    main:    it stands in what the page says is its content
    heading: it is a heading, or the head of a table
    linked:  how many of the words are text of links
    """

    text: str
    words: int
    region: Region
    main: bool
    heading: bool = False
    linked: int = 0
