"""The providers' endpoints beside the conversation: embeddings, text completions and the counting of tokens.

They follow no script and no pace: each request is recorded, and gets the least that is a valid answer.
"""

from __future__ import annotations

import struct
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from standin import chat, messages
from standin.cache import as_text, count_tokens
from standin.state import Standin
from standin.wire import Json, Refused, new_id, sse

__all__ = ["COMPLETION", "plain_routes"]

COMPLETION = "Completed."
"""What every text completion says."""

_VECTOR = (0.5, -0.25, 0.125)


def plain_routes(standin: Standin) -> list[Route]:
    def route(path: str, answer: Callable[[Json], Response], error: Callable[[Refused], Json]) -> Route:
        async def respond(request: Request) -> Response:
            recorded = standin.record(path, dict(request.headers), await request.body())
            try:
                response = answer(recorded.body)
            except Refused as refused:
                response = JSONResponse(error(refused), refused.status)
            recorded.status = response.status_code
            recorded.ended = time.time()
            return response

        return Route(path, respond, methods=["POST"])

    return [
        route("/v1/embeddings", _embeddings, chat.error),
        route("/v1/completions", _completion, chat.error),
        route("/v1/messages/count_tokens", _token_count, messages.error),
    ]


def _embeddings(body: Json) -> Response:
    given = _required(body, "input")
    texts = given if isinstance(given, list) and not all(isinstance(token, int) for token in given) else [given]
    in_base64 = body.get("encoding_format") == "base64"
    vector = b64encode(struct.pack(f"<{len(_VECTOR)}f", *_VECTOR)).decode() if in_base64 else list(_VECTOR)
    data = [{"object": "embedding", "index": index, "embedding": vector} for index in range(len(texts))]
    size = sum(_size(text) for text in texts)
    usage = {"prompt_tokens": size, "total_tokens": size}
    return JSONResponse({"object": "list", "data": data, "model": body.get("model"), "usage": usage})


def _completion(body: Json) -> Response:
    prompt, said = _size(_required(body, "prompt")), count_tokens(COMPLETION)
    frame = {
        "id": new_id("cmpl-"),
        "object": "text_completion",
        "created": int(time.time()),
        "model": body.get("model"),
    }
    choice = {"text": COMPLETION, "index": 0, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said}
    if body.get("stream") is not True:
        return JSONResponse({**frame, "choices": [choice], "usage": usage})
    events = [sse({**frame, "choices": [choice]}), sse("[DONE]")]
    return Response(b"".join(event.raw for event in events), media_type="text/event-stream")


def _token_count(body: Json) -> Response:
    if body.get("messages") is None:
        raise Refused("messages: Field required")
    return JSONResponse({"input_tokens": count_tokens(as_text(messages.blocks(body)))})


def _required(body: Json, name: str) -> Any:
    if body.get(name) is None:
        raise Refused(f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")
    return body[name]


def _size(text: Any) -> int:
    """The tokens of a text, or of texts; a list of tokens counts itself."""
    if isinstance(text, str):
        return count_tokens(text)
    return sum(1 if isinstance(item, int) else _size(item) for item in text)
