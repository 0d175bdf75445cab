"""The stand-in's controls over HTTP, for a test or a demo in another process.

- `POST /control/script` `{"model": NAME?, "replies": [REPLY, ...]}` queues replies. A REPLY is a string or
  `{"parts": [PART, ...], "stop_reason"?, "status"?, "error"?, "headers"?, "when"?, "pace"?}`; a PART is a string,
  `{"type": "text", "text"}`, `{"type": "thinking", "text", "signature"?}` or
  `{"type": "tool_use", "name", "arguments": OBJECT or STRING, "id"?}`.
- `POST /control/pace` `{"model": NAME?, "pace": {...} or null}` with the fields of `Pace`.
- `GET /control/requests?model=NAME` lists the requests recorded, `raw` in base64.
- `DELETE /control?model=NAME` forgets everything of that model; without a model, everything.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from standin.pace import Pace
from standin.record import Recorded
from standin.script import Part, Reply, Text, Thinking, ToolUse
from standin.state import Standin

__all__ = ["control_routes", "read_reply"]

_PARTS: dict[str, type[Part]] = {"text": Text, "thinking": Thinking, "tool_use": ToolUse}


def control_routes(standin: Standin) -> list[Route]:
    async def script(request: Request) -> Response:
        try:
            wanted = await request.json()
            replies = [read_reply(reply) for reply in wanted["replies"]]
        except (KeyError, TypeError, ValueError) as error:
            return _wrong(error)
        standin.say(*replies, model=wanted.get("model"))
        return Response(status_code=204)

    async def pace(request: Request) -> Response:
        try:
            wanted = await request.json()
            standin.pace(_read_pace(wanted["pace"]), model=wanted.get("model"))
        except (KeyError, TypeError, ValueError) as error:
            return _wrong(error)
        return Response(status_code=204)

    async def requests(request: Request) -> Response:
        return JSONResponse([_written(found) for found in standin.requests_of(request.query_params.get("model"))])

    async def reset(request: Request) -> Response:
        standin.reset(request.query_params.get("model"))
        return Response(status_code=204)

    return [
        Route("/control/script", script, methods=["POST"]),
        Route("/control/pace", pace, methods=["POST"]),
        Route("/control/requests", requests, methods=["GET"]),
        Route("/control", reset, methods=["DELETE"]),
    ]


def read_reply(value: Any) -> Reply:
    """A reply from its JSON form. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
    if isinstance(value, str):
        return Reply(value)
    options = dict(value)
    parts = [_read_part(part) for part in options.pop("parts", ())]
    return Reply(*parts, pace=_read_pace(options.pop("pace", None)), **options)


def _read_part(value: Any) -> Part:
    if isinstance(value, str):
        return Text(value)
    fields = dict(value)
    return _PARTS[fields.pop("type")](**fields)


def _read_pace(value: Any) -> Pace | None:
    if value is None:
        return None
    fields = dict(value)
    return Pace(**{**fields, "cut_at": tuple(fields.get("cut_at", ()))})


def _written(recorded: Recorded) -> dict[str, Any]:
    return {**asdict(recorded), "model": recorded.model, "raw": b64encode(recorded.raw).decode()}


def _wrong(error: Exception) -> JSONResponse:
    return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)
