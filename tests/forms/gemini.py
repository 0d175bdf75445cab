"""Google's Gemini API, with the chat helper of google-genai's own client."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import httpx
from google import genai
from google.genai import types
from pydantic import BaseModel, ConfigDict

from headroom_litellm.wire import Gemini, Wire

from .base import Call, Form, History, Part, Seen, cut

__all__ = ["TOOLS", "GeminiForm", "Response", "to_contents", "write_chunk"]

TOOLS = [{"functionDeclarations": [{"name": "bash", "parameters": {"type": "OBJECT"}}]}]


class Response(BaseModel):
    """As LiteLLM's own: an object without fields of its own, with the provider's JSON as it came."""

    model_config = ConfigDict(extra="allow")


class GeminiForm(Form):
    wire: ClassVar[Wire] = Gemini()
    stop: ClassVar[str] = "STOP"
    stop_for_calls: ClassVar[str] = "STOP"

    def __init__(self) -> None:
        self._answer: dict[str, Any] = {}
        transport = httpx.MockTransport(lambda _: httpx.Response(200, **self._answer))
        options = types.HttpOptions(base_url="http://provider", client_args={"transport": transport})
        self._client = genai.Client(api_key="any", http_options=options)

    def body(self, chat: History) -> dict[str, Any]:
        system = [message["content"] for message in chat if message["role"] == "system"]
        return {
            "model": "m",
            **({"systemInstruction": {"parts": [{"text": system[0]}]}} if system else {}),
            "contents": to_contents(chat),
            "tools": TOOLS,
            "generationConfig": {"temperature": 0},
        }

    def response(self, parts: Sequence[Part], number: int = 0) -> Response:
        said = [one for at, part in enumerate(self._signed(parts, number)) for one in self._parts(part, [])]
        return Response.model_validate(self._response(said, number, last=True))

    def events(self, parts: Sequence[Part], number: int, cuts: Sequence[int]) -> tuple[list[bytes], list[bytes]]:
        said = [one for part in self._signed(parts, number) for one in self._parts(part, cuts[:3])]
        # Calls beside each other come in one chunk or in several, and the end with the last words or behind them.
        chunks: list[list[dict[str, Any]]] = []
        for part in said:
            if sum(cuts) % 2 and chunks and "functionCall" in part and "functionCall" in chunks[-1][-1]:
                chunks[-1].append(part)
            else:
                chunks.append([part])
        if sum(cuts) % 3:
            chunks.append([{"text": ""}])
        last = len(chunks) - 1
        return [write_chunk(self._response(chunk, number, last=at == last)) for at, chunk in enumerate(chunks)], []

    def arrive(self, events: Iterable[bytes], cuts: Sequence[int]) -> list[bytes]:
        return cut(b"".join(events), cuts)

    def streamed(self, items: Iterable[bytes]) -> Seen:
        chat = self._chat({"content": iter(items), "headers": {"content-type": "text/event-stream"}})
        chunks = list(chat.send_message_stream("go on"))
        assert len({(chunk.response_id, chunk.model_version) for chunk in chunks}) == 1
        assert [bool(_candidate(chunk).finish_reason) for chunk in chunks].index(True) == len(chunks) - 1
        return _seen(chat, chunks[-1])

    def whole(self, response: Any) -> Seen:
        chat = self._chat({"json": dict(response)})
        return _seen(chat, chat.send_message("go on"))

    def _chat(self, answer: dict[str, Any]) -> Any:
        self._answer = answer
        off = types.AutomaticFunctionCallingConfig(disable=True)
        return self._client.chats.create(model="m", config=types.GenerateContentConfig(automatic_function_calling=off))

    def _signed(self, parts: Sequence[Part], number: int) -> list[dict[str, Any]]:
        """The parts whole, with a signature on the first call or behind the last words."""
        signature = {"thoughtSignature": b64encode(f"signed {number}".encode()).decode()}
        said: list[dict[str, Any]] = []
        for at, part in enumerate(parts):
            if part.is_call:
                call = {"functionCall": {"id": self.call_id(number, at), "name": part.name, "args": part.arguments}}
                said.append({**call, **signature})
                signature = {}
            else:
                said.append({"text": part.text, **({"thought": True} if part.kind == "thinking" else {})})
        return [*said, {"text": "", **signature}] if signature else said

    @staticmethod
    def _parts(part: dict[str, Any], cuts: Sequence[int]) -> list[dict[str, Any]]:
        if "functionCall" in part or "thoughtSignature" in part:
            return [part]
        return [{**part, "text": piece} for piece in cut(part["text"], cuts)]

    @staticmethod
    def _response(parts: list[dict[str, Any]], number: int, *, last: bool) -> dict[str, Any]:
        usage: dict[str, Any] = {"promptTokenCount": 10 + number, "totalTokenCount": 10 + number}
        if last:
            thoughts = {"thoughtsTokenCount": 3} if number % 2 else {}
            details = [{"modality": "TEXT", "tokenCount": 9}, {"modality": "IMAGE", "tokenCount": 1 + number}]
            usage |= {"candidatesTokenCount": 5, **thoughts, "promptTokensDetails": details}
            usage["totalTokenCount"] += 5 + sum(thoughts.values())
        end = {"finishReason": "STOP"} if last else {}
        return {
            "candidates": [{"content": {"parts": parts, "role": "model"}, **end, "index": 0}],
            "usageMetadata": usage,
            "modelVersion": f"m-{number}",
            "responseId": f"response_{number}",
        }


def write_chunk(response: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(response).encode() + b"\n\n"


def to_contents(chat: History) -> list[dict[str, Any]]:
    """A chat history in Google's form, without its system message. Every other call has no id."""
    out: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for message in chat:
        if message["role"] == "tool":
            id_ = message["tool_call_id"]
            response = {"name": names[id_], "response": {"output": message["content"]}, **_id(id_)}
            out.append({"role": "user", "parts": [{"functionResponse": response}]})
        elif message["role"] == "assistant":
            call = message["tool_calls"][0]
            names[call["id"]] = name = call["function"]["name"]
            given = call["function"]["arguments"]
            args = json.loads(given) if given.startswith("{") and given.endswith("}") else {"raw": given}
            parts: list[dict[str, Any]] = [{"text": message["content"]}] if message["content"] else []
            out.append(
                {"role": "model", "parts": [*parts, {"functionCall": {"name": name, "args": args, **_id(call["id"])}}]}
            )
        elif message["role"] == "user":
            out.append({"role": "user", "parts": [{"text": message["content"]}]})
    return out


def _id(id_: str) -> dict[str, str]:
    return {"id": id_} if int(id_.rpartition("_")[2]) % 2 else {}


def _candidate(response: types.GenerateContentResponse) -> types.Candidate:
    assert response.candidates
    return response.candidates[0]


def _seen(chat: Any, last: types.GenerateContentResponse) -> Seen:
    # What the helper takes for a failed answer is not in its curated history.
    said, *rest = chat.get_history(curated=True)[1:]
    content: list[types.Part] = []
    for part in [part for one in [said, *rest] for part in one.parts]:
        before = content[-1] if content else None
        if before is not None and _is_words(part) and _is_words(before) and before.thought == part.thought:
            content[-1] = before.model_copy(update={"text": before.text + part.text})
        elif part != types.Part(text=""):
            content.append(part)
    calls = [part.function_call for part in content if part.function_call is not None]
    usage = last.usage_metadata
    reason = _candidate(last).finish_reason
    return Seen(
        text="".join(part.text for part in content if part.text and not part.thought),
        thinking="".join(part.text for part in content if part.text and part.thought),
        calls=tuple(Call(call.id or "", call.name or "", call.args) for call in calls),
        stop=reason.value if reason else None,
        usage=usage.model_dump(exclude_none=True, mode="json") if usage else {},
        content=[part.model_dump(exclude_none=True, mode="json") for part in content],
    )


def _is_words(part: types.Part) -> bool:
    return part.text is not None and part.thought_signature is None
