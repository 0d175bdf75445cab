"""Makes one page for each kind of output, with examples before and after: `make docs`.

Examples come from the recorded sessions under `examples/sessions`, where they hold the kind, and from those that the
tests share. The figures are of cl100k tokens.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headroom_litellm import compress, tokens
from headroom_litellm.compressors import COMPRESSORS
from headroom_litellm.fold import Compressed
from tests.compressors.examples import EXAMPLES

__all__ = ["pages"]

FOLDER = Path(__file__).parent / "kinds"
SESSIONS = Path(__file__).parents[1] / "examples" / "sessions"
MADE = "Made by `make docs`; not to be edited."
TOOL = {"type": "function", "function": {"name": "bash", "parameters": {"type": "object", "properties": {}}}}
WHAT = {
    "repeats": "What the model has been shown already, in this conversation, becomes a reference to it: lines, and"
    " pieces of long lines.",
    "gutter": "Line numbers that a tool prints unasked lose their padding, and in long files stay at every tenth line.",
}
KINDS = [*WHAT, *COMPRESSORS]
_BOOKED = {
    "reservation_id": "4WQ150",
    "user_id": "chen_jackson_3290",
    "cabin": "economy",
    "passengers": [{"first_name": "Chen", "last_name": "Jackson", "dob": "1956-07-07"}],
    "payment_history": [{"payment_id": "gift_card_3576581", "amount": 4986}],
    "created_at": "2024-05-02T03:10:19",
    "total_baggages": 5,
    "insurance": "no",
}
AGAIN = {"repeats": [json.dumps(_BOOKED), json.dumps({**_BOOKED, "total_baggages": 0, "status": "cancelled"})]}
"""Outputs of one conversation by the kind of which the last is an example."""
FROM_SESSIONS = 2
BEFORE, AFTER = 30, 60
"""Lines of an example that are printed at most."""
WIDTH = 200


@dataclass(frozen=True)
class Example:
    """One output, and what it became. `name`: the call that printed it, or what it is."""

    name: str
    before: str
    after: str

    @property
    def saved(self) -> int:
        """Per cent of its tokens."""
        return round(100 * (1 - tokens.count(self.after) / tokens.count(self.before)))


def pages() -> dict[str, str]:
    """The text of every page by its file name."""
    examples = _recorded()
    for kind, module in EXAMPLES.items():
        for name, text in module.SAMPLES.items():
            examples[kind] += [Example(name, text, after) for _, _, after in _shortened(_conversation(text))]
    for kind, texts in AGAIN.items():
        *_, (item, _, after) = _shortened(_conversation(*texts))
        examples[kind].append(Example("a record that comes back after an update", item.original, after))
    made = {f"{kind}.md": _page(kind, examples[kind]) for kind in KINDS}
    rows = "\n".join(f"- [{kind}]({kind}.md): {_what(kind)}" for kind in KINDS)
    return {"README.md": f"# What becomes of each kind of output\n\n{MADE}\n\n{rows}\n", **made}


def _recorded() -> defaultdict[str, list[Example]]:
    """Of each kind, those outputs of the recorded sessions that lost the most tokens."""
    found: defaultdict[str, list[Example]] = defaultdict(list)
    for path in sorted(SESSIONS.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                messages = json.loads(line)["messages"]
                for item, call, after in _shortened(messages):
                    found[item.kind].append(Example(call, item.original, after))
    for kind, examples in found.items():
        examples.sort(key=lambda one: tokens.count(one.after) - tokens.count(one.before))
        found[kind] = examples[:FROM_SESSIONS]
    return found


def _shortened(messages: list[dict[str, Any]]) -> Iterator[tuple[Compressed, str, str]]:
    """(the item, the call that it answers, what it became) of each output of a conversation that got shorter."""
    calls = {call["id"]: call["function"] for message in messages for call in message.get("tool_calls") or ()}
    for item in compress(messages, tools=[TOOL]).items:
        call = calls[messages[int(item.path[1])]["tool_call_id"]]
        yield item, f"{call['name']} {call['arguments']}", item.text


def _conversation(*outputs: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Look at this."}]
    for number, output in enumerate(outputs, 1):
        call = {"id": str(number), "type": "function", "function": {"name": "run", "arguments": "{}"}}
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": str(number), "content": output},
        ]
    return messages


def _what(kind: str) -> str:
    return WHAT.get(kind) or " ".join((type(COMPRESSORS[kind]).__doc__ or "").split())


def _page(kind: str, examples: list[Example]) -> str:
    parts = "\n\n".join(map(_section, examples))
    return f"# {kind}\n\n{_what(kind)}\n\n{MADE}\n\n{parts}\n"


def _section(example: Example) -> str:
    before, after = tokens.count(example.before), tokens.count(example.after)
    return "\n\n".join(
        [
            f"## {_cut(example.name, 100)}",
            f"{before:,} tokens become {after:,}: {example.saved} % less.",
            f"Before:\n\n{_block(example.before, BEFORE)}",
            f"After:\n\n{_block(example.after, AFTER)}",
        ]
    )


def _block(text: str, most: int) -> str:
    """The first lines in a fence that nothing in them closes."""
    lines = [_cut(line.rstrip(), WIDTH) for line in text.split("\n")]
    if len(lines) > most:
        lines = [*lines[:most], f"(this page leaves out {len(lines) - most} lines here)"]
    return "\n".join(["~~~~~~~~text", *lines, "~~~~~~~~"])


def _cut(text: str, most: int) -> str:
    text = "".join(character if character.isprintable() or character == "\t" else "�" for character in text)
    return text if len(text) <= most else f"{text[:most]}(and {len(text) - most} characters)"


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
