"""What is known of the model that a request goes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["UNKNOWN", "ModelFacts"]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """window: most cl100k tokens of a prompt; None where nobody knows
    read, write: what a prompt's token costs that is read from the provider's cache, and one that is not, in the price
                 of a token without a cache
    """

    window: int | None = None
    read: float = 0.1
    write: float = 1.25


UNKNOWN: Final = ModelFacts()
"""With the prices of a provider that has a prompt cache, as nearly all have."""
