from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.ccr import marker
from headroom_litellm.ccr.key import decode, encode, key_of

ANY_TEXT = st.text(alphabet=st.characters(), max_size=60)
KEYS = ANY_TEXT.map(key_of)
COUNTS = st.integers(0, 10**9)


@given(ANY_TEXT)
def test_any_text_survives_encoding_and_has_a_key(text: str) -> None:
    assert decode(encode(text)) == text
    assert len(key_of(text)) == 24


@given(KEYS, ANY_TEXT, ANY_TEXT, COUNTS, COUNTS, st.sampled_from(["rows", "lines", "matches", "hunks", "words"]))
def test_whatever_is_written_is_found(key: str, before: str, after: str, kept: int, total: int, unit: str) -> None:
    for written in (
        marker.inline(key),
        marker.footer(marker.DEFAULT_TEMPLATE, key, kept=kept, total=total, unit=unit),
        marker.footer("<<ccr:{hash}>>", key, kept=kept, total=total, unit=unit),
    ):
        assert key in marker.scan(f"{before}\n{written}\n{after}")
        assert marker.carries_marker(written)
    assert key_of(before) in marker.scan(marker.opaque(before, "base64"))


@given(KEYS)
def test_a_hash_is_recognised_as_models_write_it(key: str) -> None:
    for written in (
        key,
        key.upper(),
        f" {key} ",
        f"<<ccr:{key}>>",
        f"<<CCR:{key}>>".replace("CCR", "ccr"),
        f"hash={key}",
    ):
        assert marker.normalise(written) == key
    assert marker.normalise(marker.opaque("x", "base64")) == key_of("x")


@pytest.mark.parametrize("value", ["", "abc", "0" * 23, "0" * 25, "0" * 40, "z" * 24, "hash=", "x" * 10_000])
def test_what_is_no_hash_is_none(value: str) -> None:
    assert marker.normalise(value) is None


def test_longer_hashes_are_not_cut_to_ours() -> None:
    assert marker.scan("commit hash=" + "a" * 40) == []


def test_the_footer_says_how_much_is_shown_and_that_the_rest_is_intact() -> None:
    text = marker.footer(marker.DEFAULT_TEMPLATE, "0" * 24, kept=20, total=1000, unit="lines")
    assert text == "[1000 lines compressed to 20. Retrieve more: hash=000000000000000000000000 (original intact)]"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{kept} of {total}", "cannot be found back"),
        ("hash={hash}abc", "cannot be found back"),
        ("hash={hash} {name}", "unknown placeholder"),
        ("hash={hash", "not a valid template"),
        ("hash={hash}\n", "one line"),
        ("hash={hash:>50}", "cannot be found back"),
        ("hash={hash!z}", "cannot be filled in"),
    ],
)
def test_a_template_that_cannot_be_scanned_is_refused(template: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        marker.check_template(template)
