"""The tool outputs of a conversation, as handlers are asked about them, and what becomes of their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from blake3 import blake3

from .. import tokens
from ..ccr import marker
from ..ccr.key import framed, key_of
from ..ccr.tool import is_retrieve_tool
from ..compressors import Document
from ..conversation import Conversation, Path, Segment
from ..fold import Compressed
from ..router import route
from ..settings import Settings
from .answers import Answer, Replace, Veto
from .events import InputCompressed, InputRouted, Request, about_output

__all__ = ["Output", "compressed", "decided", "outputs_of", "routed"]


@dataclass(frozen=True, slots=True)
class Output:
    """A tool output that may be made shorter. `turn`: the number of its turn; `place`: a digest of all that
    stands up to its end, and of who asks."""

    turn: int
    segment: Segment
    place: bytes

    def about(self, request: Request) -> tuple[str, ...]:
        """What `InputRouted` is about."""
        call_id, tool, arguments = _call(self.segment)
        return about_output(request, call_id, tool, arguments, self.segment.text, self.segment.is_error)


def outputs_of(conversation: Conversation, request: Request) -> Iterator[Output]:
    hasher = blake3(framed((request.call_type, request.model, request.tenant, str(conversation.retrievable))))
    for number, turn in enumerate(conversation.turns):
        for segment in turn.segments:
            hasher.update(framed((turn.role, segment.kind, str(segment.is_error), *_call(segment), segment.text)))
            if segment.kind == "result" and segment.text and not _is_ours(segment):
                yield Output(number, segment, hasher.digest())


def routed(output: Output, request: Request, settings: Settings) -> InputRouted:
    segment = output.segment
    call_id, tool, arguments = _call(segment)
    way = route(Document(text=segment.text, tool=tool, arguments=arguments), segment.call, settings)
    kinds = dict.fromkeys(part.compressor.kind for part in way.parts if part.compressor is not None)
    return InputRouted(
        request, call_id, tool, arguments, segment.text, segment.is_error, kinds=tuple(kinds), is_exact=way.exact
    )


def compressed(output: Output, item: Compressed, request: Request) -> InputCompressed:
    """Counts tokens."""
    segment = output.segment
    call_id, tool, arguments = _call(segment)
    return InputCompressed(
        request,
        call_id,
        tool,
        arguments,
        segment.text,
        segment.is_error,
        becomes=item.text,
        kind=item.kind,
        kept=item.kept,
        total=item.total,
        unit=item.unit,
        tokens_before=item.tokens_before,
        tokens_after=item.tokens_after,
    )


def decided(conversation: Conversation, answers: Mapping[Path, Answer], settings: Settings) -> Conversation:
    """The conversation with these answers, by where their outputs stand."""
    turns = list(conversation.turns)
    for number, turn in enumerate(turns):
        if any(segment.path in answers for segment in turn.segments):
            segments = (
                _as_decided(segment, answers.get(segment.path), conversation, settings) for segment in turn.segments
            )
            turns[number] = replace(turn, segments=tuple(segments))
    return replace(conversation, turns=tuple(turns))


def _as_decided(segment: Segment, answer: Answer | None, conversation: Conversation, settings: Settings) -> Segment:
    if isinstance(answer, Veto):
        return replace(segment, untouched=True)
    if isinstance(answer, Replace) and conversation.retrievable and settings.compress_cache.enabled:
        return replace(segment, stub=_in_place(segment.text, answer.text, settings))
    return segment


def _in_place(text: str, other: str, settings: Settings) -> str:
    """The other text with a footer; "" where it may not stand in the place of the first."""
    if marker.carries_marker(other) or not settings.has_room_for(text) or not _can_be_sent(other):
        return ""
    kept, total = (each.count("\n") + 1 for each in (other, text))
    footer = marker.footer(settings.marker_template, key_of(text), kept=kept, total=total, unit="lines")
    stub = f"{other}\n{footer}" if other else footer
    return stub if tokens.shorter(stub, text) else ""


def _can_be_sent(text: str) -> bool:
    """Whether a request with it can be written: a lone surrogate is cut out of a text easily."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _call(segment: Segment) -> tuple[str, str, str]:
    call = segment.call
    return ("", "", "") if call is None else (call.id, call.name, call.arguments)


def _is_ours(segment: Segment) -> bool:
    """Never compressed anyway: it shows what was put away, or what was retrieved."""
    return marker.carries_marker(segment.text) or (segment.call is not None and is_retrieve_tool(segment.call.name))
