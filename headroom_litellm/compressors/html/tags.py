"""Tags by what they do to the text in them."""

from __future__ import annotations

import re
from typing import Final

from .regions import CONTAINERS

__all__ = ["ACTING", "ANCHORS", "BLOCKS", "BREAKING", "CODE", "HEADINGS", "SCRIPTS", "STRUCK", "UNSEEN", "WHOLE"]

UNSEEN: Final = frozenset(
    re.findall(
        r"\S+",
        """script style template head iframe object embed svg canvas audio video map link meta base datalist select
        button input progress meter applet frame frameset noframes math source track -comment""",
    )
)
"""Tags of what shows no text to read."""
BREAKING: Final = CONTAINERS | frozenset(
    re.findall(
        r"\S+",
        """p h1 h2 h3 h4 h5 h6 li dt dd blockquote figure figcaption address fieldset legend details summary hr center
        tr td th thead tbody tfoot caption menu dl body html search hgroup option""",
    )
)
"""Tags before and after which a line ends."""
HEADINGS: Final = {f"h{level}": "#" * level + " " for level in range(1, 7)}
CODE: Final = frozenset(["code", "tt", "kbd", "samp"])
SCRIPTS: Final = frozenset(["sup", "sub"])
STRUCK: Final = frozenset(["del", "s", "strike"])
ACTING: Final = CONTAINERS | HEADINGS.keys() | {"li", "dt", "dd", "blockquote"} | CODE | SCRIPTS | STRUCK | {"a"}
"""Tags that change what their text becomes."""
BLOCKS: Final = frozenset(["pre", "textarea", "listing", "xmp", "plaintext"])
"""Tags of text whose white space counts."""
WHOLE: Final = BLOCKS | {"table", "br", "img", "wbr", "noscript"}
"""Tags that are not walked through."""
ANCHORS: Final = frozenset(["¶", "#", "§", "Â¶", "🔗", "Link", "link", "Permalink", "[edit]", "edit", "[src]", "∞"])
"""Texts of links beside headings that lead to the heading itself."""
