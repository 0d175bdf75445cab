"""Virtual keys without a database: every `sk-…` key is a user of its own; `sk-tpm-N-…` may use N tokens a minute."""

import re

from fastapi import HTTPException, Request
from litellm.proxy._types import UserAPIKeyAuth, hash_token


async def user_api_key_auth(request: Request, api_key: str) -> UserAPIKeyAuth:
    if not api_key.startswith("sk-"):
        raise HTTPException(401, "no key")
    limit = re.match(r"sk-tpm-(\d+)-", api_key)
    tokens = int(limit[1]) if limit else None
    return UserAPIKeyAuth(api_key=api_key, token=hash_token(api_key), user_id=f"user-of-{api_key}", tpm_limit=tokens)
