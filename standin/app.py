"""The HTTP side: one route for each wire format, and the control routes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from standin import chat, gemini, messages
from standin.control import control_routes
from standin.pace import Aborted, Pace, hang, pieces, whole
from standin.plain import plain_routes
from standin.record import Recorded
from standin.responses import Responses, kept_routes
from standin.state import Standin
from standin.wire import Answer, Format, Json, Refused, new_id

__all__ = ["FORMATS", "create_app"]

FORMATS: tuple[Format, ...] = (chat, messages, gemini)

_OVERLOADED = Refused("Overloaded", status=529)


def create_app(standin: Standin) -> Starlette:
    """An ASGI app that speaks every format and takes its answers from `standin`."""
    forms = (*FORMATS, Responses(standin.kept))
    calls = [Route(form.PATH, _Calls(standin, form), methods=["POST"]) for form in forms]

    async def models(_: Request) -> JSONResponse:
        return JSONResponse({"object": "list", "data": [_model(name) for name in standin.models], "has_more": False})

    more = [*kept_routes(standin.kept), *plain_routes(standin), *control_routes(standin)]
    return Starlette(routes=[*calls, Route("/v1/models", models), *more])


class _Calls:
    """The route of one format."""

    def __init__(self, standin: Standin, form: Format) -> None:
        self._standin = standin
        self._form = form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            raw = await request.body()
        except ClientDisconnect:
            return
        recorded = self._standin.record(request.url.path, dict(request.headers), raw, request.path_params)
        work = asyncio.create_task(_Exchange(self._standin, self._form, recorded, send).run())
        left = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({work, left}, return_when=asyncio.FIRST_COMPLETED)
            recorded.disconnected = not work.done()
        finally:
            work.cancel()
            left.cancel()
            await asyncio.gather(work, left, return_exceptions=True)
            recorded.ended = time.time()


class _Exchange:
    """One request being answered."""

    def __init__(self, standin: Standin, form: Format, recorded: Recorded, send: Send) -> None:
        self._standin = standin
        self._form = form
        self._recorded = recorded
        self._send = send

    async def run(self) -> None:
        try:
            pace = self._standin.pace_of(self._recorded.model)
            if pace.status >= 400:
                raise Refused(f"paced status {pace.status}", status=pace.status)
            if not self._recorded.body:
                raise Refused("We could not parse the JSON body of your request: it must be a JSON object.")
            self._form.check(self._recorded.asked)
            answer, pace = await asyncio.to_thread(self._standin.answer, self._recorded, self._form)
            await (self._stream(answer, pace) if self._recorded.stream else self._whole(answer, pace))
        except Refused as refused:
            await self._json(refused.status, self._form.error(refused), refused.headers)
        except Aborted:
            # Returning with the response unfinished makes uvicorn close the connection as it is.
            if self._recorded.status is None:
                await self._start(200, "application/json", {"content-length": "1000"})
        except Exception as error:  # noqa: BLE001 -- a script may raise anything, and the test has to hear of it
            self._recorded.problem = f"{type(error).__name__}: {error}"
            if self._recorded.status is None:
                await self._json(500, self._form.error(Refused(f"stand-in: {self._recorded.problem}", status=500)), {})

    async def _whole(self, answer: Answer, pace: Pace) -> None:
        if pace.hang_after is not None:
            await hang()
        if pace.abort_after is not None:
            raise Aborted
        if pace.error_after is not None:
            raise Refused("Overloaded", status=500)
        await whole(self._form.events(answer), pace)
        await self._json(200, self._form.whole(answer), answer.headers)

    async def _stream(self, answer: Answer, pace: Pace) -> None:
        if pace.hang_after == 0:
            await hang()
        await self._start(200, "text/event-stream; charset=utf-8", {"cache-control": "no-cache", **answer.headers})
        events = self._form.events(answer)
        overloaded = self._form.error_event(_OVERLOADED)
        async for piece in pieces(events, pace, overloaded=overloaded, sent=self._count):
            await self._body(piece, more=True)
        await self._body(b"", more=False)

    def _count(self) -> None:
        self._recorded.events_sent += 1

    async def _json(self, status: int, body: Json, headers: Mapping[str, str]) -> None:
        content = json.dumps(body, ensure_ascii=False).encode(errors="replace")
        await self._start(status, "application/json", {"content-length": str(len(content)), **headers})
        await self._body(content, more=False)

    async def _start(self, status: int, content_type: str, headers: Mapping[str, str]) -> None:
        self._recorded.status = status
        named = {"content-type": content_type, self._form.TRACE_HEADER: new_id("req_"), **headers}
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def _body(self, data: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": more})


async def _left(receive: Receive) -> None:
    """Wait until the client is gone, or the response is complete."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _model(name: str) -> Json:
    """What the models lists of all formats say of a model, together."""
    return {"id": name, "object": "model", "type": "model", "display_name": name, "owned_by": "stand-in", "created": 0}
