"""Conversations with several tool outputs, made of recorded ones."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from headroom_litellm.conversation import Conversation, Segment, ToolCall, Turn
from headroom_litellm.fold import Compressed
from headroom_litellm.pipeline import rewrite
from headroom_litellm.settings import Settings

__all__ = ["HALVES", "Output", "Talk", "outputs", "said", "talks"]

HALVES = ("tuning", "held out")
_OUTPUTS = 6
"""Outputs of one conversation."""
_LARGEST = 160_000
_SETTINGS = Settings(worker_processes=0, proactive_expansion=False)
_WORDS = re.compile(r"[A-Za-z]{3,}")


@dataclass(frozen=True)
class Output:
    """`topic` names it in the words of its call; `origin` is what must not be in both halves."""

    origin: str
    call: ToolCall
    topic: str
    text: str


@dataclass(frozen=True)
class Talk:
    """A conversation without a last question.

    about:      the output to be asked about
    compressed: of the outputs, those that are shown with loss
    view:       all that is in view of them
    """

    about: Output
    outputs: Sequence[Output]
    compressed: Sequence[Compressed]
    view: str

    def asked(self, question: str) -> Conversation:
        return _conversation(self.outputs, question)


def half_of(origin: str) -> int:
    return random.Random(origin).randrange(2)


def outputs(corpus: Path, half: int) -> list[Output]:
    """The single outputs of `payloads` and those of `sessions` of one half of the corpus."""
    found = [*_payloads(corpus / "payloads"), *_results(corpus / "sessions")]
    return [each for each in found if half_of(each.origin) == half and 400 <= len(each.text) <= _LARGEST]


def talks(corpus: Path, half: int) -> list[Talk]:
    """A conversation about each output that is shown with loss, the others in it by chance."""
    pool = outputs(corpus, half)
    lossy = [one for one in pool if _loses(one)]
    chance = random.Random(half)
    made = []
    for one in lossy:
        others = [*chance.sample(lossy, 3), *chance.sample(pool, _OUTPUTS - 4)]
        together = list({other.text: other for other in (one, *others)}.values())
        chance.shuffle(together)
        made.append(_talk(one, together))
    return made


def said(corpus: Path, half: int) -> list[str]:
    """What users said in the recorded sessions."""
    return [
        _text(message["content"])
        for path in sorted((corpus / "sessions").glob("*.jsonl.gz"))
        for session in _lines(path)
        if half_of(_origin(session["id"])) == half
        for message in session["messages"]
        if message["role"] == "user"
    ]


def _talk(about: Output, together: Sequence[Output]) -> Talk:
    conversation = _conversation(together, "")
    rewritten = rewrite(conversation, _SETTINGS)
    shown = [
        rewritten.texts.get(segment.path, segment.text)
        for _, segment in conversation.segments()
        if segment.kind == "result"
    ]
    compressed = [item for item in rewritten.compressed if item.kept < item.total]
    return Talk(about, together, compressed, "\n".join(shown))


def _conversation(together: Sequence[Output], question: str) -> Conversation:
    turns = [Turn("user", (Segment("text", "Please look into this.", ("first",)),))]
    for at, output in enumerate(together):
        call = replace(output.call, id=f"call_{at}")
        turns.append(Turn("assistant", (Segment("call", call.arguments, (at, "call"), call),)))
        turns.append(Turn("tool", (Segment("result", output.text, (at, "result"), call),)))
    turns.append(Turn("assistant", (Segment("text", "I have looked at all of it.", ("said",)),)))
    if question:
        turns.append(Turn("user", (Segment("text", question, ("question",)),)))
    return Conversation(tuple(turns), retrievable=True)


def _loses(output: Output) -> bool:
    return any(item.kept < item.total for item in rewrite(_conversation([output], ""), _SETTINGS).compressed)


def _payloads(folder: Path) -> Iterator[Output]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        for payload in _lines(path):
            words = _WORDS.findall(payload["id"].rpartition("/")[2].rpartition(".")[0].rpartition("__")[2])
            topic = " ".join(words) or payload["category"]
            call = ToolCall("", f"get_{payload['category'].split('_')[0]}", json.dumps({"of": topic}))
            yield Output(payload["id"], call, topic, payload["text"])


def _results(folder: Path) -> Iterator[Output]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        for session in _lines(path):
            calls: dict[str, ToolCall] = {}
            for message in session["messages"]:
                for call in message.get("tool_calls") or ():
                    function = call["function"]
                    calls[call["id"]] = ToolCall(call["id"], function["name"], function["arguments"])
                if message["role"] == "tool" and message["tool_call_id"] in calls:
                    call = calls[message["tool_call_id"]]
                    words = _WORDS.findall(call.arguments)
                    topic = " ".join(words[1:4])
                    yield Output(_origin(session["id"]), call, topic, _text(message["content"]))


def _origin(session: str) -> str:
    """The parts of one session, and tries of one task, belong together."""
    return re.sub(r"[/-]\d+$", "", session)


def _lines(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text") or "" for part in content or () if isinstance(part, dict))
