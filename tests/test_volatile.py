"""What in a prompt counts as a value that is another one at the next request."""

from __future__ import annotations

import datetime as dt
import email.utils
import uuid
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.prompt.volatile import find

MOMENTS = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2099, 12, 31), timezones=st.just(dt.timezone.utc))
FORMATS: dict[str, Callable[[dt.datetime], str]] = {
    "ISO": dt.datetime.isoformat,
    "ISO with Z": lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "ISO to the minute": lambda at: at.strftime("%Y-%m-%d %H:%M"),
    "ISO with milliseconds": lambda at: at.isoformat(timespec="milliseconds"),
    "ISO without punctuation": lambda at: at.strftime("%Y%m%dT%H%M%SZ"),
    "RFC 2822": email.utils.format_datetime,
    "HTTP": lambda at: email.utils.format_datetime(at, usegmt=True),
    "ctime": lambda at: at.ctime(),
    "date(1)": lambda at: at.strftime("%a %b %e %H:%M:%S UTC %Y"),
    "syslog": lambda at: at.strftime("%b %e %H:%M:%S"),
    "common log": lambda at: at.strftime("%d/%b/%Y:%H:%M:%S %z"),
    "nginx": lambda at: at.strftime("%Y/%m/%d %H:%M:%S"),
    "log4j": lambda at: at.strftime("%Y-%m-%d %H:%M:%S,123"),
    "US": lambda at: at.strftime("%m/%d/%Y, %I:%M:%S %p"),
    "US in words": lambda at: at.strftime("%A, %B %d, %Y at %I:%M %p"),
    "European": lambda at: at.strftime("%d.%m.%Y %H:%M"),
}


def found(text: str, confidence: str = "high") -> list[tuple[str, str]]:
    return [(place.kind, text[place.start : place.end]) for place in find(text) if place.confidence == confidence]


@pytest.mark.parametrize("name", FORMATS)
@given(at=MOMENTS)
def test_a_time_of_day_with_its_date_is_found_whole(name: str, at: dt.datetime) -> None:
    written = FORMATS[name](at)
    for text in (written, f"It is {written}.", f'{{"now": "{written}"}}', f"[{written}] ready\nnext", f"`{written}`"):
        assert found(text) == [("time", written)]


@given(at=MOMENTS)
def test_a_date_alone_stays(at: dt.datetime) -> None:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%B %d, %Y", "%a %d %b %Y", "%m/%d/%Y", "%Y%m%d"):
        text = at.strftime(f"Today's date: {form}")
        assert find(text) == (), text


@given(value=st.uuids(version=4))
def test_a_uuid_is_found(value: uuid.UUID) -> None:
    for text in (str(value), f"session {value}.", f"user_{value}", f"/files/{value}/a.txt", str(value).upper()):
        assert [kind for kind, _ in found(text)] == ["uuid"]
        assert found(text)[0][1].lower() == str(value)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Current time: 14:03 UTC", "time", "14:03 UTC"),
        ("The current date and time is 2:03 PM", "time", "2:03 PM"),
        ("local_time = 14:03:22", "time", "14:03:22"),
        ("request_id=req_8f7d6a5b4c", "id", "req_8f7d6a5b4c"),
        ('"x-request-id": "abc123def456"', "id", "abc123def456"),
        ("Session ID is `99ab77cd`.", "id", "99ab77cd"),
        ("correlationId: 7f9c2ba4e8", "id", "7f9c2ba4e8"),
        (
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "id",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
        ("Trace ID: 4be1c2aa-1111-4222-8333-944455556666", "uuid", "4be1c2aa-1111-4222-8333-944455556666"),
        ("timestamp: 1767621802", "epoch", "1767621802"),
        ('{"ts": 1767621802123}', "epoch", "1767621802123"),
        ("unix_time=1767621802.55", "epoch", "1767621802.55"),
        ("nonce: c2FsdGVkX19hYmM9", "nonce", "c2FsdGVkX19hYmM9"),
        ("salt=9f8e7d6c5b4a3f2e", "nonce", "9f8e7d6c5b4a3f2e"),
        ("Work in /tmp/xyz8s7d6/repo only.", "path", "/tmp/xyz8s7d6"),
        ("cd /tmp/tmpab12_d3x && ls", "path", "/tmp/tmpab12_d3x"),
        ("/var/tmp/tmp.Ab12Cd34Ef", "path", "/var/tmp/tmp.Ab12Cd34Ef"),
        ("/var/folders/zz/abc_def/T/node-a8b3c9/x.js", "path", "/var/folders/zz/abc_def/T/node-a8b3c9"),
    ],
)
def test_a_value_is_found_by_its_form_or_its_label(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "You are claude-sonnet-4-5-20250929, not gpt-4o-2024-08-06.",
        "Version 1.2.3, build 20250929.1, python3.11 and v22.4.0-rc.1",
        "Connect to 10.0.0.1:8080, 127.0.0.1:4000 or [2001:db8::1]:443.",
        "At commit 3f2a1b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a (38b0448).",
        "Give times in ISO 8601, e.g. 2024-01-15T10:30:00Z.",
        "The time in the format 2024-01-15 10:30:00",
        "An id such as 4be1c2aa-1111-4222-8333-944455556666",
        "The nil UUID is 00000000-0000-0000-0000-000000000000.",
        "A document, 550e8400-e29b-41d4-a716-446655440000",
        "session_id: string, the session id of the section; request id (uuid4)",
        "The office is open from 9:30 to 17:00, see John 3:16. The ratio is 16:9.",
        "Order 1234567890123456, call +1 555 867 5309, 1,700,000,000 rows",
        "/tmp/output.txt /tmp/pytest-of-root/pytest-123 /tmp/claude-1000 /tmp/build-20240101/python3",
        "The salt is in the cupboard; seed: 42; challenge accepted in 2024",
        "MAC a1:b2:c3:d4:e5:f6, colour #1f2e3d, row 12:30",
        'A record: {"run_id": "abc-123", "session_id": "sess-789", "timestamp": 1234567890}',
        "nonce: <nonce-1>, session id: <id-1>, now <time-1>",
    ],
)
def test_what_is_the_same_every_time_is_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12:33:22.123 INFO ready", "time", "12:33:22.123"),
        ("INFO pid=1234 ready", "log", "1234"),
        ("build took 12.5ms", "log", "12.5ms"),
        ("object at 0x7f3a12345678", "log", "0x7f3a12345678"),
        ("written at 1767621802 by cron", "epoch", "1767621802"),
        (
            "see https://files.acme.com/a/4be1c2aa-1111-4222-8333-944455556666.png",
            "uuid",
            "4be1c2aa-1111-4222-8333-944455556666",
        ),
    ],
)
def test_what_may_be_the_same_every_time_is_of_low_confidence(text: str, kind: str, value: str) -> None:
    assert found(text) == []
    assert found(text, "low") == [(kind, value)]


PIECES = st.sampled_from(
    [
        "2026-01-05",
        "T",
        " ",
        "14:03:22",
        "Z",
        "\n",
        "/tmp/",
        "a1b2c3",
        "session id: ",
        "nonce=",
        "1767621802",
        ":",
        "Jan",
    ]
)


@given(text=st.one_of(st.lists(PIECES).map("".join), st.text()))
def test_what_is_found_is_in_order_apart_and_within_a_line(text: str) -> None:
    end = 0
    for place in find(text):
        assert end <= place.start < place.end
        assert "\n" not in text[place.start : place.end]
        end = place.end
    assert end <= len(text)


def test_of_what_is_data_only_some_is_looked_at() -> None:
    assert 100 < len(find("2026-01-05 14:03:22 INFO done\n" * 20_000)) < 2000
