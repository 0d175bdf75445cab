"""What only the Messages stream has: errors as events, text in place of bytes, arguments that are not JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm.ccr.tool import NAME
from headroom_litellm.wire import Failsafe, Messages
from headroom_litellm.wire.sse import write_event

from .forms import MessagesForm, Part

FORM = MessagesForm()
ASKED = [Part("text", "hm"), Part("retrieve", "a")]


def test_an_error_in_the_stream_reaches_the_client_and_is_not_followed_up() -> None:
    splicer = Messages().splicer()
    error = write_event({"type": "error", "error": {"type": "overloaded_error"}})
    said, _ = FORM.events(ASKED, 0, [])
    out = [part for item in [*said[:-1], error] for part in splicer.feed(item)]
    assert not splicer.answer().retrievals
    assert out[-1] is error
    assert NAME.encode() not in b"".join(out)


def test_a_stream_of_text_is_answered_with_text() -> None:
    splicer = Messages().splicer()
    out = [part for item in FORM.items(ASKED) for part in splicer.feed(item.decode())]
    splicer.next_stream()
    out += [part for item in FORM.items([Part("text", "done")], 1) for part in splicer.feed(item.decode())]
    out += splicer.finish()
    assert FORM.streamed([part.encode() for part in out]).text == "hmdone"


def test_arguments_that_are_not_json_can_still_be_sent_back() -> None:
    splicer = Messages().splicer()
    said, rest = FORM.events(ASKED, 0, [])
    broken = json.dumps({"hash": "a"})[:-1]
    for item in b"".join([*said, *rest]).split(b"\n\n")[:-1]:
        event = json.loads(item[item.index(b"data: ") + 6 :])
        if event.get("delta", {}).get("type") == "input_json_delta":
            event["delta"]["partial_json"] = broken
        list(splicer.feed(write_event(event)))
    answer = splicer.answer()
    assert answer.items[0]["content"][1]["input"] == {"malformed_arguments": broken}
    assert len(answer.retrievals) == 1


def test_text_that_is_only_space_is_not_sent_back() -> None:
    blocks: list[dict[str, Any]] = [{"type": "text", "text": ""}, {"type": "text", "text": "hm"}]
    answer = Messages().answer({"content": blocks})
    assert answer is not None
    assert answer.items[0]["content"] == blocks[1:]
    silent = Messages().answer({"content": blocks[:1]})
    assert silent is not None
    assert silent.items == ()


@given(
    said=st.lists(st.builds(Part, st.sampled_from(["text", "thinking", "client"]), st.text("ab é\n", min_size=1))),
    cuts=st.lists(st.integers(0, 5000), max_size=10),
    breaks=st.integers(0, 12),
)
@settings(max_examples=80, deadline=None)
def test_when_splicing_is_given_up_within_an_item_the_bytes_stay_the_same(
    said: list[Part], cuts: list[int], breaks: int
) -> None:
    items = FORM.items(said, 0, cuts)
    inner = Messages().splicer()
    safe = Failsafe(inner)
    whole_pass, passed = inner._pass, 0

    def breaking(event: Any) -> bytes:
        nonlocal passed
        passed += 1
        if passed > breaks:
            raise RuntimeError
        return whole_pass(event)

    inner._pass = breaking  # type: ignore[method-assign]
    out = b"".join(part for item in items for part in safe.feed(item)) + b"".join(safe.finish())
    assert out == b"".join(items)


@pytest.mark.parametrize("breaks", range(9))
def test_the_end_that_is_held_back_comes_once_when_splicing_is_given_up_within_it(breaks: int) -> None:
    inner = Messages().splicer()
    safe = Failsafe(inner)
    whole_pass, passed = inner._pass, 0

    def breaking(event: Any) -> bytes:
        nonlocal passed
        passed += 1
        if passed > breaks:
            raise RuntimeError
        return whole_pass(event)

    inner._pass = breaking  # type: ignore[method-assign]
    out = b"".join(part for item in FORM.items(ASKED) for part in safe.feed(item)) + b"".join(safe.finish())
    assert out.count(b"event: message_delta") == 1
    assert out.count(b"event: message_stop") == 1
