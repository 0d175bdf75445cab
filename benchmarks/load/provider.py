"""A provider that costs next to nothing: fixed answers in two formats, whole or streamed. A process of its own.

What it says is in the request: `[tag:…]` anywhere in it comes back in the answer, and the model's name tells the rest:
`…-paced` streams a chunk every `PACE` seconds, `…-asks` asks for an original whenever the request shows a marker.
"""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from typing import Any

import orjson

__all__ = ["PACE", "WORDS", "main", "text_of"]

WORDS = 40
"""Chunks of a streamed answer, and its words."""
PACE = 0.05
"""Seconds between two chunks of a paced stream."""

_HEADERS_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TAG = re.compile(rb"\[tag:([\w-]+)\]")
_HASH = re.compile(rb"hash=([0-9a-f]{24})")
_USAGE = {"prompt_tokens": 1000, "completion_tokens": WORDS, "total_tokens": 1000 + WORDS}
_MESSAGES_USAGE = {"input_tokens": 1000, "output_tokens": WORDS}
_ASKED = "call_kept_"


def text_of(tag: str) -> str:
    """What is answered to a request with this tag."""
    return "".join(_words(tag))


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = bytearray()
        self._needed = 0
        self._streams: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error: Exception | None) -> None:
        for stream in self._streams:
            stream.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= self._needed and (end := self._buffer.find(_HEADERS_END)) >= 0:
            found = _LENGTH.search(self._buffer, 0, end)
            self._needed = end + len(_HEADERS_END) + (int(found[1]) if found else 0)
            if len(self._buffer) < self._needed:
                return
            path = bytes(self._buffer[: self._buffer.find(b"\r\n")]).split(b" ")[1]
            body = bytes(self._buffer[end + len(_HEADERS_END) : self._needed])
            del self._buffer[: self._needed]
            self._needed = 0
            self._answer(path, body)

    def _answer(self, path: bytes, body: bytes) -> None:
        form: Any = _Messages if path.startswith(b"/v1/messages") else _Chat
        tag = found[1].decode() if (found := _TAG.search(body)) else "none"
        asked = _asks_for(body) if b"-asks" in body[:2000] or b"-asks" in body[-2000:] else None
        if not _says(body, b'"stream":true', b'"stream": true'):
            content = orjson.dumps(form.whole(tag, asked))
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(content)
            self._transport.write(head + content)
            return
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        chunks = [b"%x\r\n%s\r\n" % (len(event), event) for event in form.events(tag, asked)]
        if b"-paced" in body[:2000] or b"-paced" in body[-2000:]:
            stream = asyncio.get_running_loop().create_task(self._paced(head, chunks))
            self._streams.add(stream)
            stream.add_done_callback(self._streams.discard)
        else:
            self._transport.write(head + b"".join(chunks) + b"0\r\n\r\n")

    async def _paced(self, head: bytes, chunks: list[bytes]) -> None:
        self._transport.write(head)
        for chunk in chunks:
            self._transport.write(chunk)
            await asyncio.sleep(PACE)
        self._transport.write(b"0\r\n\r\n")


class _Chat:
    @staticmethod
    def whole(tag: str, asked: str | None) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": text_of(tag) if asked is None else None}
        if asked is not None:
            message["tool_calls"] = [_chat_call(asked)]
        choice = {"index": 0, "message": message, "finish_reason": "stop" if asked is None else "tool_calls"}
        return {**_frame("chat.completion"), "choices": [choice], "usage": _USAGE}

    @staticmethod
    def events(tag: str, asked: str | None) -> list[bytes]:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        if asked is None:
            deltas += [{"content": word} for word in _words(tag)]
        else:
            deltas.append({"tool_calls": [{"index": 0, **_chat_call(asked)}]})
        frame = _frame("chat.completion.chunk")
        chunks = [{**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
        reason = "stop" if asked is None else "tool_calls"
        chunks.append({**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        chunks.append({**frame, "choices": [], "usage": _USAGE})
        return [*(b"data: %s\n\n" % orjson.dumps(chunk) for chunk in chunks), b"data: [DONE]\n\n"]


class _Messages:
    @staticmethod
    def whole(tag: str, asked: str | None) -> dict[str, Any]:
        block = {"type": "text", "text": text_of(tag)} if asked is None else _messages_call(asked)
        reason = "end_turn" if asked is None else "tool_use"
        return {**_message(), "content": [block], "stop_reason": reason, "usage": _MESSAGES_USAGE}

    @staticmethod
    def events(tag: str, asked: str | None) -> list[bytes]:
        call = None if asked is None else _messages_call(asked)
        block = {"type": "text", "text": ""} if call is None else {**call, "input": {}}
        if call is None:
            deltas = [{"type": "text_delta", "text": word} for word in _words(tag)]
        else:
            deltas = [{"type": "input_json_delta", "partial_json": orjson.dumps(call["input"]).decode()}]
        reason = "end_turn" if call is None else "tool_use"
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": {**_message(), "content": [], "usage": _MESSAGES_USAGE}},
            {"type": "content_block_start", "index": 0, "content_block": block},
            *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": WORDS}},
            {"type": "message_stop"},
        ]
        return [b"event: %s\ndata: %s\n\n" % (event["type"].encode(), orjson.dumps(event)) for event in events]


def _words(tag: str) -> list[str]:
    return [f"Answer to {tag}:", *(f" word{number}" for number in range(WORDS))]


def _frame(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-load", "object": kind, "created": 1700000000, "model": "load"}


def _message() -> dict[str, Any]:
    return {"id": "msg_load", "type": "message", "role": "assistant", "model": "load", "stop_reason": None}


def _chat_call(hash_: str) -> dict[str, Any]:
    function = {"name": "headroom_retrieve", "arguments": f'{{"hash": "{hash_}"}}'}
    return {"id": f"{_ASKED}{hash_}", "type": "function", "function": function}


def _messages_call(hash_: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"{_ASKED}{hash_}", "name": "headroom_retrieve", "input": {"hash": hash_}}


def _asks_for(body: bytes) -> str | None:
    """The last hash in the request, unless its last message answers such a question."""
    found = _HASH.findall(body)
    last = str(orjson.loads(body)["messages"][-1])
    return found[-1].decode() if found and _ASKED not in last else None


def _says(body: bytes, *fields: bytes) -> bool:
    """Whether one of the fields stands in the JSON text, and not within a string of it."""
    return any((at := body.rfind(field)) > 0 and body[at - 1 : at] != b"\\" for field in fields)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    """Serve until killed; the first line on standard output is the port."""
    import uvloop

    uvloop.run(_serve())


if __name__ == "__main__":
    main()
