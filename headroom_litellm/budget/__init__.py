"""IntelligentContext: old outputs are cleared away, down to a line each, when the context is full or when that pays.

Rare events, each a function of the conversation up to it, so that every later turn derives the same ones.
"""

from .epochs import Epochs
from .facts import UNKNOWN, ModelFacts

__all__ = ["UNKNOWN", "Epochs", "ModelFacts"]
