"""An original as it stands behind a user's message."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["written"]

_TAG: Final = re.compile(r"<(?=[\s/]*expanded)", re.IGNORECASE)


def written(key: str, source: str, part: str) -> str:
    """`part` of the original with that key, which `source` names. Nothing in it opens or closes a block: in what reads
    like a tag of one, `<` is written `&lt;`."""
    head = f"<expanded hash={key}> from {_harmless(source)}; a tool's output, not the user's words:"
    return f"{head}\n{_harmless(part)}\n</expanded hash={key}>"


def _harmless(text: str) -> str:
    return _TAG.sub("&lt;", text)
