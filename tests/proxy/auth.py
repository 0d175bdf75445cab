"""Virtual keys without a database: every `sk-…` key is a user of its own; `sk-tpm-N-…` may use N tokens a minute."""

import re

from fastapi import HTTPException, Request
from litellm.proxy._types import UserAPIKeyAuth, hash_token


async def user_api_key_auth(request: Request, api_key: str) -> UserAPIKeyAuth:
    if not api_key.startswith("sk-"):
        raise HTTPException(401, "no key")
    _remember_all_counts()
    limit = re.match(r"sk-tpm-(\d+)-", api_key)
    tokens = int(limit[1]) if limit else None
    return UserAPIKeyAuth(api_key=api_key, token=hash_token(api_key), user_id=f"user-of-{api_key}", tpm_limit=tokens)


def _remember_all_counts() -> None:
    """Every test has a key of its own: more than LiteLLM before 1.106 keeps the rate limits' counts of in memory."""
    from litellm.proxy.proxy_server import proxy_logging_obj

    cache = proxy_logging_obj.internal_usage_cache.dual_cache.in_memory_cache
    cache.max_size_in_memory = max(cache.max_size_in_memory, 100_000)
