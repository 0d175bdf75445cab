"""Which originals of a conversation a message asks about."""

from __future__ import annotations

import json

import pytest

from headroom_litellm.ccr.key import key_of
from headroom_litellm.ccr.tracker import Tracked, Tracker

LOG = "\n".join(
    f"2024-05-01T{10 + n // 3600}:{n // 60 % 60:02d}:{n % 60:02d}Z INFO worker request {70000 + n} took {n} ms"
    for n in range(3000)
)
ROWS = json.dumps([{"policy": f"P-{n}", "county": f"county{n % 50}", "limit": n * 7} for n in range(900)])
DIFF = "\n".join(
    f"diff --git a/src/part{n}.py b/src/part{n}.py\n@@ -1,2 +1,2 @@\n-old_{n}\n+new_{n}" for n in range(200)
)


def item(original: str, shown: str = "", *, kind: str = "text", tool: str = "run", query: str = "") -> Tracked:
    key = key_of(original)
    return Tracked(key, 7, 0, kind, tool, query, f"the {tool} output", original, shown, frozenset({key}))


def tracker(*items: Tracked) -> Tracker:
    made = Tracker()
    for each in items:
        made.see(each.key, each.shown)
        made.track(each)
    return made


SPIKES = item(LOG, LOG[:300], kind="log", tool="get_logs", query="cpu spikes")
POLICIES = item(ROWS, ROWS[:300], kind="json", tool="query", query="insurance policies")
CHANGES = item(DIFF, DIFF[:100], kind="diff", tool="bash", query="git diff main")
ALL = (SPIKES, POLICIES, CHANGES)


def asked(message: str, *items: Tracked, threshold: float = 0.45) -> list[str]:
    return [one.hash for one in tracker(*(items or ALL)).recommend(message, threshold)]


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("What happened to request 71234?", SPIKES),
        ("What happened around 10:34?", SPIKES),
        ("Show me the full log of the biggest spike.", SPIKES),
        ("Show me the full log", SPIKES),
        ("And the limit of P-517?", POLICIES),
        ("Give me the entire table of insurance policies, please.", POLICIES),
        ("How was src/part150.py changed?", CHANGES),
        ("I'd like to see the complete diff.", CHANGES),
        ("Show me the full output of git diff main", CHANGES),
        ("Show me the full output.", CHANGES),
        ("Thanks, that was quick. I was out for lunch meanwhile.\nSo what about P-517? I must leave soon.", POLICIES),
    ],
)
def test_the_one_that_is_meant_comes_first(message: str, meant: Tracked) -> None:
    assert asked(message)[:1] == [meant.key]


@pytest.mark.parametrize(
    "message",
    [
        "Thanks!",
        "",
        "Now write a unit test for the parser, please.",
        "What happened to request 70000?",
        "And the limit of Q-9999?",
        "Show me the full table of airports.",
        "Did the request finish?",
        "\ud800",
    ],
)
def test_what_is_in_view_or_not_here_or_mere_talk_asks_for_none(message: str) -> None:
    assert asked(message) == []


def test_a_score_is_between_0_and_1_and_says_why() -> None:
    (one, *_) = tracker(*ALL).recommend("request 71234", 0)
    assert 0 < one.score <= 1
    assert one.reason
    assert tracker(*ALL).recommend("request 71234", one.score) == [one]
    assert tracker(*ALL).recommend("request 71234", one.score + 0.01) == []


def test_at_most_two_are_shown_again() -> None:
    many = [item(f"{n} ledger_4711 {n}") for n in range(20)]
    assert len(asked("ledger_4711", *many, threshold=0)) == 2


def test_the_words_of_a_quoted_message_are_looked_for_together() -> None:
    lines = [f"the pool is up, number {n}, and connection was refused by nobody" for n in range(500)]
    lines[300] = "upstream said: connection pool was exhausted"
    other = item("pool connection exhausted was\n" * 400)
    meant = item("\n".join(lines))
    assert asked('Why "connection pool was exhausted"?', other, meant)[:1] == [meant.key]


def test_what_another_output_shows_needs_no_expansion() -> None:
    made = tracker(*ALL)
    assert made.recommend("What is P-517?", 0.45)
    made.see("another", "P-517 is a policy")
    assert made.recommend("What is P-517?", 0.45) == []


def test_an_original_is_expanded_once() -> None:
    made = tracker(*ALL)
    (one,) = made.expand("And the limit of P-517?", 0.45)
    assert (one.recommendation.hash, one.number) == (POLICIES.key, 7)
    assert '"policy": "P-517"' in one.text
    assert made.expand("And the limit of P-518?", 0.45) == []
    made.track(POLICIES)
    assert made.expand("And the limit of P-519?", 0.45) == []


def test_what_was_retrieved_whole_is_in_view() -> None:
    made = tracker(*ALL)
    made.retrieved(POLICIES.key, ROWS)
    assert made.recommend("And the limit of P-517?", 0.45) == []
    assert POLICIES.key not in {one.key for one in made.tracked}


def test_what_was_retrieved_in_part_is_not_asked_for_again() -> None:
    made = tracker(*ALL)
    part = ROWS[ROWS.index('{"policy": "P-517"') :][:80]
    made.retrieved(POLICIES.key, part)
    assert made.recommend("And the limit of P-517?", 0.45) == []
    assert made.recommend("And the limit of P-617?", 0.45)
    assert [one.retrieved for one in made.tracked if one.key == POLICIES.key] == [True]


def test_what_is_put_away_after_it_was_retrieved_may_be_shown_again() -> None:
    made = tracker(*ALL)
    made.retrieved(POLICIES.key, ROWS)
    made.track(item(ROWS, "[cleared]", kind="cleared"))
    assert made.recommend("And the limit of P-517?", 0.45)


def test_a_marker_of_a_part_names_the_original_too() -> None:
    made = Tracker()
    made.track(Tracked(key_of(ROWS), 1, 0, "json", "query", "", "it", ROWS, "", frozenset({"0" * 24})))
    made.retrieved("0" * 24, ROWS)
    assert made.tracked == ()


def test_the_size_is_known() -> None:
    assert (SPIKES.lines, SPIKES.characters) == (3000, len(LOG))
    assert SPIKES.tokens > 3000


def test_indexes_are_made_when_they_are_needed_and_weigh_what_they_take() -> None:
    made = tracker(*ALL)
    assert made.weight == 0
    made.recommend("Thanks!", 0.45)
    assert made.weight == 0 or made.weight > 8000
    made.recommend("request 71234", 0.45)
    held = made.weight
    assert 4 * 3000 < held < len(LOG)
    made.expand("request 71234", 0.45)
    assert 0 < made.weight < held


def test_a_word_that_stands_in_a_cut_line_is_found() -> None:
    line = " ".join(f"w{n}" for n in range(60_000))
    (one,) = tracker(item(line)).expand("Where is w31234?", 0.45)
    assert " w31234 " in one.text
    assert len(one.text) < 3_000


def test_text_that_grows_in_lower_case_is_shown_as_it_is() -> None:
    original = "\n".join(f"İİİ {n} code_{n} Straße" for n in range(3000))
    (one,) = tracker(item(original)).expand("What is code_2500?", 0.45)
    assert "\nİİİ 2500 code_2500 Straße\n" in one.text
