"""Every setting, its default and what it allows."""

from __future__ import annotations

import json
import re
import sys
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from ..ccr import marker
from ..ccr.key import encode
from ..compressors import COMPRESSORS
from ..shell import shows_no_content
from ..stores import REDIS_SCHEMES
from .groups import Budget, CompressCache

__all__ = ["EXACT_TOOLS", "Settings"]

_KINDS = ("repeats", "gutter", *COMPRESSORS)

EXACT_TOOLS = (
    *("read", "read_*", "*_read", "*readfile*", "mcp__*read_file*", "mcp__*__read", "*get_file*", "*getfile*"),
    *("view", "view_*", "open_file", "notebookread", "skill"),
    *("edit", "multiedit", "notebookedit", "edit_file", "mcp__*edit*", "str_replace*", "apply_patch"),
    *("write", "write_file", "create_file", "mcp__*write*"),
)
"""Names under which agents read and write files."""


class Settings(BaseSettings):
    """The settings of one plugin or one `compress()` call. Immutable."""

    model_config = SettingsConfigDict(
        env_prefix="HEADROOM_", env_nested_delimiter="__", extra="forbid", frozen=True, populate_by_name=True
    )

    mode: Literal["off", "audit", "optimize"] = Field(
        default="optimize",
        description="`optimize` rewrites requests, `audit` only counts what would be saved.",
    )
    compress_cache: CompressCache = CompressCache()
    budget: Budget = Budget()
    handle_responses: bool = Field(
        default=True,
        description="Answer retrieve calls here; off: they reach the client, which answers them.",
    )
    proactive_expansion: bool = Field(
        default=False, description="Show an original again, behind a user's message that asks about a part left out."
    )
    max_retrieval_rounds: int = Field(
        default=3, ge=1, le=20, description="Rounds of retrievals for one answer; then the model is told to answer."
    )
    replay: bool = Field(
        default=True, description="Put hidden retrievals back on later turns, so that the model keeps what it read."
    )
    replay_max_tokens: int = Field(
        default=50_000,
        ge=0,
        description="Most tokens of hidden results put back in one conversation, first ones first.",
    )
    marker_template: str = Field(default=marker.DEFAULT_TEMPLATE, description="The line under a compressed output.")
    scope: Literal["key", "team", "user", "org"] = Field(default="key", description="Who shares originals.")
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis for all replicas to share: `redis://`, `redis+sentinel://` or `redis+cluster://` (`rediss` "
        "for TLS), `unix://`. Left out, and without a `cache_path`: that of LiteLLM (`REDIS_CLUSTER_NODES`, "
        "`REDIS_URL`, `REDIS_SENTINEL_NODES`, `REDIS_HOST`), else memory. Empty: none.",
    )
    redis_prefix: str = Field(
        default="headroom", pattern=r"^[^{}\s]+$", description="What the names of all keys in Redis begin with."
    )
    redis_max_connections: int = Field(
        default=50, ge=1, description="Most connections to Redis from one process; in a cluster, to each node."
    )
    redis_connect_timeout_seconds: float = Field(
        default=1.0, gt=0, le=60, description="Longest wait for a connection to Redis, within `store_timeout_seconds`."
    )
    store_timeout_seconds: float = Field(default=2.0, gt=0, le=60, description="Longest wait for the store.")
    encryption_key: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="Passphrase that seals stored originals (AES-256-GCM). To change it, a list (in the environment as "
        "JSON): the first one seals, all of them open.",
    )
    deadline_seconds: float = Field(
        default=10.0, gt=0, description="Longest time spent on one request; past it the request goes out as it came."
    )
    worker_processes: int = Field(
        default=1,
        ge=0,
        le=64,
        description="Processes, for each of the proxy's own, that do what would hold up other requests, started when "
        "first needed. 0: threads do all work.",
    )
    remembered_bytes: int = Field(
        default=256 * 1024 * 1024,
        ge=1024 * 1024,
        description="Most bytes of memory, in each process, for what is remembered of conversations so that a new turn "
        "costs only itself. What is forgotten is worked out again.",
    )
    memory_trim_seconds: float = Field(
        default=10.0,
        ge=0,
        description="How often memory that is free again goes back to the system (glibc keeps it otherwise); 0: never.",
    )
    gc_freeze: bool = Field(
        default=True,
        description="Let Python's garbage collector leave alone what the proxy holds once it has started; it stops all "
        "requests for most of a second otherwise, time and again.",
    )
    tool_schemas: Literal["off", "lossless"] = Field(
        default="lossless",
        description="What is left out of tool definitions: what repeats a name, is empty or mere layout, or nothing.",
    )
    output_shaper: bool = Field(
        default=False, description="Ask agents' models for concise answers, at the end of the system prompt."
    )
    output_holdout: float = Field(
        default=0.1, ge=0, le=1, description="Share of conversations that are not asked, to measure the saving by."
    )
    output_effort: Literal["keep", "low", "medium"] = Field(
        default="keep", description="Reasoning effort of shaped conversations, where the client says none."
    )
    output_verbosity: Literal["keep", "low", "medium"] = Field(
        default="keep", description="Verbosity of shaped conversations, where the client says none."
    )
    aligner: Literal["off", "detect", "move"] = Field(
        default="detect",
        description="Values in the tools and the system prompt that are others at every request (times, ids): `detect` "
        "counts what they keep from being read from the provider's cache, `move` states them at the very end instead.",
    )
    aligner_confidence: Literal["high", "all"] = Field(
        default="high", description="Which values: those that are plainly such, or all that may be."
    )
    align_tools: bool = Field(
        default=False, description="Sort tools, and the keys in them, for clients that shuffle them between requests."
    )
    auto_cache_control: bool = Field(
        default=False, description="Set Anthropic's cache breakpoints where a client of its API sets none."
    )
    event_handlers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Plugins of others, by import path: `module:name`, or a module with an `on_pipeline_event`. What "
        "installed packages bring is added.",
    )
    event_handler_timeout_seconds: float = Field(
        default=0.1, gt=0, le=10, description="Longest wait for one call of a handler; past it, it has no answer."
    )
    min_characters: int = Field(default=1000, ge=0, description="Shorter outputs are never compressed with loss.")
    kinds: Annotated[tuple[str, ...], NoDecode] = Field(
        default=_KINDS,
        description=f"What outputs are compressed by: {', '.join(_KINDS)}.",
    )
    code_reads: Literal["exact", "outline"] = Field(
        default="exact",
        description="What a read of a source file shows: all of it, or an outline with the bodies put away.",
    )
    exact_tools: Annotated[tuple[str, ...], NoDecode] = Field(
        default=EXACT_TOOLS,
        description="Tools (globs, any case) whose output is never compressed with loss: what is read is edited. "
        "The default leaves out tools that by their names read logs, histories or queries.",
    )

    @field_validator("kinds", "exact_tools", "event_handlers", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [kind for kind in value if kind not in _KINDS]
        if unknown:
            raise ValueError(f"unknown {unknown}; allowed are {', '.join(_KINDS)}")
        return value

    @field_validator("redis_url")
    @classmethod
    def _usable_url(cls, value: SecretStr | None) -> SecretStr | None:
        url = "" if value is None else value.get_secret_value().strip()
        if url and url.partition("://")[0].lower() not in REDIS_SCHEMES:
            raise ValueError(f"must begin with one of {', '.join(f'{known}://' for known in REDIS_SCHEMES)}")
        return SecretStr(url) if url else None

    @field_validator("encryption_key", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        if isinstance(value, str) and re.match(r'\s*\[\s*"', value):
            try:
                return json.loads(value)
            except ValueError:
                raise ValueError('what begins with [" must be a JSON list of passphrases') from None
        return () if value is None else (value,) if isinstance(value, str | SecretStr) else value

    @field_validator("encryption_key")
    @classmethod
    def _not_empty(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not all(secret.get_secret_value() for secret in value):
            raise ValueError("must not be empty; leave it out to store unencrypted")
        return value

    @field_validator("marker_template")
    @classmethod
    def _findable(cls, value: str) -> str:
        marker.check_template(value)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings)

    @cached_property
    def fingerprint(self) -> str:
        """Equal for settings under which every conversation becomes the same."""
        return self.model_dump_json()

    @property
    def passphrases(self) -> tuple[str, ...]:
        """What stored originals are sealed with, newest first; none where they are not."""
        return tuple(secret.get_secret_value() for secret in self.encryption_key)

    def has_room_for(self, original: str) -> bool:
        """Whether the store's limits let it in, however little it can be compressed."""
        most = min(self.compress_cache.max_value_bytes, self.compress_cache.max_tenant_bytes or sys.maxsize)
        return 4 * len(original) <= most or len(encode(original)) <= most

    def is_exact(self, tool: str) -> bool:
        """Whether outputs of this tool are kept byte-exact (lossless repeats aside)."""
        if self.exact_tools == EXACT_TOOLS and shows_no_content(tool):
            return False
        return _matches(tool.lower(), self.exact_tools)


@lru_cache(maxsize=1024)
def _matches(tool: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name in lower case fits one of the patterns. Remembered: it is asked at every output."""
    return any(fnmatchcase(tool, pattern.lower()) for pattern in patterns)
