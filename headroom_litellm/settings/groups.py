"""Settings that belong together, under a name of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["Budget", "CompressCache"]


class CompressCache(BaseModel):
    """What is put away so that the model can ask for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(
        default=True, description="Put originals away and give the model the retrieve tool; off: lossless only."
    )
    max_entries: int = Field(default=10_000, ge=1, description="Most originals in the memory store.")
    max_bytes: int = Field(
        default=256 * 1024 * 1024, ge=1024 * 1024, description="Most bytes of originals in the memory or file store."
    )
    max_tenant_bytes: int | None = Field(
        default=None, ge=1024 * 1024, description="Most bytes that one tenant's originals take up in the store."
    )
    max_value_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024,
        le=1024**3,
        description="Longest original; longer outputs get only forms that lose nothing.",
    )
    cache_path: Annotated[Path | None, BeforeValidator(lambda path: path or None)] = Field(
        default=None, description="SQLite file for the originals of one machine; they survive restarts."
    )
    ttl_seconds: float = Field(default=24 * 3600, gt=0, description="How long an original is kept after its last use.")
    expansion_threshold: float = Field(
        default=0.45, ge=0, le=1, description="How surely a user's message must ask for an original to show it again."
    )
    max_age_seconds: float = Field(default=7 * 24 * 3600, gt=0, description="How long an original is kept at most.")


class Budget(BaseModel):
    """When old tool outputs are cleared away, down to a line each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: bool = Field(default=True, description="Clear what is worth least when a prompt nears the model's window.")
    context_window: int | None = Field(
        default=None, ge=1000, description="Most tokens of a prompt. Left out: what LiteLLM knows of the model."
    )
    full: float = Field(default=0.85, gt=0, le=1, description="Share of the window at which it counts as full.")
    cleared_to: float = Field(
        default=0.5, gt=0, lt=1, description="Share of that to which a full one is cleared: the lower, the rarer."
    )
    stale: bool = Field(
        default=False, description="Clear what is no longer used when reading it again costs more than a new prefix."
    )
    stale_after: int = Field(
        default=8, ge=1, description="Answers of the model without a use of an output after which that is stale."
    )
    expected_turns: float = Field(
        default=20, ge=0, description="Answers that a conversation is expected to go on for, wherever it stands."
    )
