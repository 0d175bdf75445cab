"""What a handler may answer a question by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Answer", "Replace", "Veto"]


@dataclass(frozen=True, slots=True)
class Veto:
    """Not so. What becomes of it then, each question says. `reason` is for the log, and holds no content of a
    request."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Replace:
    """Show this text in place of the output, with a line under it by which the model gets the original. Passed over
    where the model cannot, where it would not be shorter, and where the text carries a marker itself, or what UTF-8
    has no bytes for. Raises TypeError where it is no text."""

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise TypeError(f"a text is wanted, not {type(self.text).__name__}")


Answer: TypeAlias = Veto | Replace
