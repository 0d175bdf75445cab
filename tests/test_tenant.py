"""Who shares originals with whom."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from headroom_litellm.tenant import tenant_of


def user(**fields: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"token": None, "user_id": None, "team_id": None, "org_id": None, **fields})


@pytest.mark.parametrize(
    ("scope", "expected"), [("key", "key:k"), ("user", "user:u"), ("team", "team:t"), ("org", "org:o")]
)
def test_the_scope_decides(scope: str, expected: str) -> None:
    assert tenant_of(user(token="k", user_id="u", team_id="t", org_id="o"), scope) == expected


def test_users_without_a_key_do_not_share() -> None:
    alice, bob = user(user_id="alice", team_id="x"), user(user_id="bob", team_id="x")
    assert tenant_of(alice, "key") != tenant_of(bob, "key")
    assert tenant_of(alice, "team") == tenant_of(bob, "team")


def test_a_missing_team_does_not_put_keys_together() -> None:
    assert tenant_of(user(token="a"), "team") != tenant_of(user(token="b"), "team")


def test_names_of_different_kinds_are_not_mixed_up() -> None:
    assert tenant_of(user(token="x"), "key") != tenant_of(user(user_id="x"), "key")


def test_nobody_has_no_tenant() -> None:
    assert tenant_of(user(), "key") == ""
