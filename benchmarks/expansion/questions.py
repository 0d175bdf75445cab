"""Follow-up questions about what is not in view of a conversation, and others."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headroom_litellm.fold import Compressed
from headroom_litellm.relevance import is_identifier, query_terms

from .corpus import Output, Talk

__all__ = ["Question", "asked", "other"]

_EACH = 2
"""Questions of one kind about one output."""
_TOKEN = re.compile(r"[A-Za-z0-9_](?:[\w./@-]*\w)?")
_TIME = re.compile(r"(?<![\d:.])(?:[01]?\d|2[0-3]):[0-5]\d(?=:[0-5]\d|[^\d:])")
_LABELLED = re.compile(r'"?([A-Za-z_][A-Za-z_ ]{2,30})"?\s*[:=]\s*"?(\d[\d.,]{2,11})\b')
_COMPLAINT = re.compile(r"error|fail|warn|exception|denied|refused|timed? ?out|invalid", re.IGNORECASE)
_PLAIN = re.compile(r"(?<![\w.&/-])[a-z]{4,14}(?![\w.&/-])")

# Of each kind the first half is for tuning, the other one is held out.
_TEMPLATES = {
    "identifier": (
        "What about {0}?",
        "Can you check {0} for me?",
        "Do you see {0} anywhere in there?",
        "And what does it say for {0}, exactly?",
    ),
    "path": ("What's there about {0}?", "Is {0} in there too?", "Look up {0} please.", "And {0}? I need the details."),
    "number": (
        "Which one has {0} {1}?",
        "Is there an entry with a {0} of {1}?",
        "Where does {0} = {1} come from?",
        "I remember a {0} of {1}, what was that?",
    ),
    "message": (
        'Why does it say "{0}"?',
        "What causes {0}?",
        'Where exactly did "{0}" come up?',
        "We also saw {0}, can you explain?",
    ),
    "words": (
        "How does {0} {1} relate to {2}?",
        "What does it say about {0}, {1} and {2}?",
        "Tell me more about the {0} {1} {2}.",
        "Is {0} mentioned together with {1} and {2}?",
    ),
    "time": (
        "What happened around {0}?",
        "Anything odd at {0}?",
        "Let's look at {0} more closely.",
        "Who was active at {0}?",
    ),
    "all of it": (
        "Show me the full {1} of {0}.",
        "Can I see the whole {0} {1}?",
        "Print the complete {0} {1}, please.",
        "I need the entire {1} for {0}, nothing left out.",
    ),
}
_NOUNS = {"log": "log", "diff": "diff", "commits": "history", "json": "list", "table": "table", "search": "matches"}
_AROUND = (
    ("{0}", "{0}", "Hm, ok. One more thing before we go on: {0}", "{0} Keep the answer short, my manager is waiting."),
    ("{0}", "{0}", "Sorry to come back to this, I was out for lunch. {0}", "I may have missed something. {0} Thanks!"),
)  # fmt: skip
"""What people say around a question, for each half."""
_TASKS = (
    "Thanks, that looks great!", "Now write a unit test for the parser.", "Please fix all failing tests and commit.",
    "Refactor the entire module to use async.", "Yes, go ahead.", "Can you also update the README and the changelog?",
    "Deploy this to staging and tell me the URL.", "Translate the error messages into German.",
    "What's the most idiomatic way to write this in Go?", "Add a --verbose option that prints every step.",
    "Which approach is better here, a queue or a cron job?", "did you push?", "Remove the dead code, then lint it.",
    "Why is the build so slow on my machine?", "Create a new branch feature/login-2 and open a pull request.",
    "I'd like a summary of the whole discussion in three sentences.", "ok, and the second one?",
    "Make the button blue and move it to the right side.", "Install version 3.2.1 of the client library.",
    "Run it again with the default settings and report the total time.", "No, keep the file as it is.",
    "Explain how the cache works to a new colleague.", "Please rename the function getUserName everywhere.",
    "Write a table with the pros and cons of all options.",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """`wanted` is the key of the original that should come back, "" for none; `fact` what must stand in it then."""

    kind: str
    text: str
    wanted: str = ""
    fact: str = ""


def asked(talk: Talk, half: int) -> Iterator[Question]:
    """Questions about what is not in view of the output that the conversation is about."""
    output = talk.about
    for item in [one for one in talk.compressed if one.original == output.text]:
        chance = random.Random(item.key)
        hidden = [line for line in item.original.split("\n") if line.strip() and line not in talk.view]
        chance.shuffle(hidden)
        if len(item.original) == len(hidden[0] if hidden else ""):
            hidden = _pieces(item.original, chance)
        facts = {kind: list(dict.fromkeys(_facts(kind, hidden, talk, item)))[:_EACH] for kind in _TEMPLATES}
        facts["all of it"] = [(output.topic, _noun(item.kind))] if output.topic else []
        for kind, found in facts.items():
            for fact in found:
                told = fact[0] if kind in _FACTUAL else ""
                yield Question(kind, _phrase(kind, half, chance).format(*fact), item.key, told)


_FACTUAL = ("identifier", "path", "number", "message", "words", "time")


def other(talk: Talk, elsewhere: Sequence[Output], said: Sequence[str], half: int) -> Iterator[Question]:
    """Questions for which nothing is to be shown again."""
    chance = random.Random(talk.view)
    whole = "\n".join(output.text for output in talk.outputs).lower()
    view = talk.view.lower()
    lines = [line for line in talk.view.split("\n") if line.strip()]
    some = "\n".join(chance.sample(lines, min(300, len(lines))))
    shown = [token for token in _TOKEN.findall(some) if is_identifier(token)]
    names = [token for token in dict.fromkeys(shown) if whole.count(token.lower()) <= view.count(token.lower())]
    for token in names[:4]:
        yield Question("in view", _phrase("path" if "/" in token else "identifier", half, chance).format(token))
    told = [words for line in lines if len(words := _words(line)) >= 3]
    for words in chance.sample(told, min(4, len(told))):
        yield Question("words in view", _phrase("words", half, chance).format(*words))
    strangers = [one for one in chance.sample(list(elsewhere), min(12, len(elsewhere))) if one not in talk.outputs]
    for stranger in strangers[:4]:
        tokens = [t for t in _TOKEN.findall(stranger.text) if is_identifier(t) and t.lower() not in whole]
        if tokens:
            yield Question("not here", _phrase("identifier", half, chance).format(chance.choice(tokens)))
        if stranger.topic and not any(word.lower() in whole for word in stranger.topic.split()):
            yield Question("not here", _phrase("all of it", half, chance).format(stranger.topic, "output"))
    for task in chance.sample(_TASKS[half::2], 4):
        yield Question("new task", task)
    for text in chance.sample(list(said), min(4, len(said))):
        if not any(is_identifier(t) and t.lower() in whole for t in _TOKEN.findall(text)):
            yield Question("recorded", text)


def _phrase(kind: str, half: int, chance: random.Random) -> str:
    templates = _TEMPLATES[kind]
    middle = len(templates) // 2
    template = chance.choice(templates[middle:] if half else templates[:middle])
    return chance.choice(_AROUND[half]).replace("{0}", template)


def _facts(kind: str, hidden: Sequence[str], talk: Talk, item: Compressed) -> Iterator[tuple[str, ...]]:
    """What only the lines out of view hold."""
    view, elsewhere = talk.view, [one.text for one in talk.outputs if one.text != item.original]

    def is_new(fact: str) -> bool:
        return fact not in view and not any(fact in text for text in elsewhere)

    for line in hidden[:200]:
        if kind in ("identifier", "path"):
            for token in _TOKEN.findall(line):
                fits = is_identifier(token) and ("/" in token) == (kind == "path") and len(token) < 80
                if fits and is_new(token) and item.original.count(token) <= 3:
                    yield (token,)
        elif kind == "number":
            for label, number in _LABELLED.findall(line):
                if is_new(number) and item.original.count(number) <= 3:
                    yield (label.strip().replace("_", " "), number)
        elif kind == "message" and _COMPLAINT.search(line):
            words = re.findall(r"[A-Za-z][\w'./-]*", line)
            at = next((n for n, word in enumerate(words) if _COMPLAINT.search(word)), 0)
            phrase = " ".join(words[max(0, at - 2) : at + 4])
            if len(words) > 2 and phrase in line and is_new(phrase):
                yield (phrase,)
        elif kind == "words":
            words = [word for word in _words(line) if item.original.count(word) <= 12]
            if len(words) >= 3 and sum(word not in view for word in words[:3]) >= 1:
                yield tuple(words[:3])
        elif kind == "time":
            for time in _TIME.findall(line):
                if is_new(time):
                    yield (time,)


def _pieces(text: str, chance: random.Random) -> list[str]:
    """Of a text of one line."""
    pieces = [text[at : at + 300] for at in range(0, len(text), 300)]
    return chance.sample(pieces, min(60, len(pieces)))


def _words(line: str) -> list[str]:
    """Its words that tell something."""
    plain = set(_PLAIN.findall(line))
    return [term for term in query_terms(line) if term in plain]


def _noun(kind: str) -> str:
    return next((noun for part, noun in _NOUNS.items() if part in kind), "output")
