"""Server-sent events, cut anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.wire import Failsafe, Gemini
from headroom_litellm.wire.sse import EventReader, write_data

from .forms import cut

END = st.sampled_from([b"\n\n", b"\r\n\r\n", b"\r\r"])


@given(st.lists(st.tuples(st.integers(), END)), st.binary(max_size=9), st.lists(st.integers(0, 500)))
def test_events_are_the_same_wherever_the_stream_is_cut(
    said: list[tuple[int, bytes]], rest: bytes, cuts: list[int]
) -> None:
    rest = rest.translate(None, b"\r\n")
    events = [write_data({"n": number}).strip() + end for number, end in said]
    reader = EventReader()
    read = [event for piece in cut(b"".join([*events, rest]), cuts) for event in reader.feed(piece)]
    assert [event.raw for event in read] == events
    assert [event.data for event in read] == [{"n": number} for number, _ in said]
    assert reader.pending == rest


def test_what_is_no_bytes_is_refused_and_what_waits_stays() -> None:
    reader = EventReader()
    reader.feed(b"data: {}")
    with pytest.raises(TypeError):
        reader.feed(object())  # type: ignore[arg-type]
    assert [event.raw for event in reader.feed(b"\n\n")] == [b"data: {}\n\n"]


def test_a_large_event_in_small_pieces_is_passed_on() -> None:
    data = write_data({"text": "x" * 6_000_000})
    splicer = Failsafe(Gemini().splicer())
    out = [piece for at in range(0, len(data), 100) for piece in splicer.feed(data[at : at + 100])]
    assert out == [data]
