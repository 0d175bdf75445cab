"""Prose."""

from __future__ import annotations

import random

__all__ = ["SAMPLES", "large", "sentence"]

_NOUNS = """server client worker queue buffer request release module parser cache token index session record table
branch commit deploy backup cluster""".split()  # noqa: SIM905
_VERBS = "reads writes drops retries closes opens rejects accepts merges splits".split()  # noqa: SIM905
_ENDS = ["before the next one", "after a short pause", "when the limit is reached", "unless told otherwise", "at start"]


def sentence(generator: random.Random) -> str:
    first, second = generator.sample(_NOUNS, 2)
    return f"The {first} {generator.choice(_VERBS)} the {second} {generator.choice(_ENDS)}."


def large(megabytes: int) -> str:
    return "\n".join(f"line {i} of a long text: {i * 7919} and not much else to say" for i in range(17_000 * megabytes))


def _readme(sections: int) -> str:
    generator = random.Random(11)
    lines = ["# Relay", "", "A small broker for jobs.", ""]
    for n in range(sections):
        lines += [f"## {generator.choice(_NOUNS).title()} settings {n}", ""]
        lines += [" ".join(sentence(generator) for _ in range(2)) for _ in range(4)]
        lines += ["", "```sh", f"relay set limit-{n} {n * 10}", "```", "", f"- `limit-{n}`: {sentence(generator)}", ""]
    return "\n".join(lines)


def _specification(sections: int) -> str:
    generator = random.Random(12)
    lines = ["Internet Relay Of Jobs Protocol", "", "Table of Contents", ""]
    for n in range(1, sections):
        lines += [f"{n}. {generator.choice(_NOUNS).title()} Handling", ""]
        lines += [f"   {sentence(generator)}" for _ in range(9)] + [""]
    return "\n".join(lines)


def _changes(releases: int) -> str:
    generator = random.Random(13)
    lines = ["Release History", "===============", ""]
    for n in range(releases):
        title = f"2.{releases - n}.0 (2026-03-{n % 28 + 1:02})"
        lines += [title, "-" * len(title), "", "**Bugfixes**", ""]
        lines += [f"- {sentence(generator)} (#{n * 31 + k})" for k in range(5)] + [""]
    return "\n".join(lines)


def _essay(paragraphs: int) -> str:
    generator = random.Random(14)
    return "\n\n".join(" ".join(sentence(generator) for _ in range(14)) for _ in range(paragraphs))


def _manual(options: int) -> str:
    generator = random.Random(15)
    lines = ["RELAY(1)                    General Commands Manual                    RELAY(1)", "", "NAME"]
    lines += ["       relay - a broker for jobs", "", "OPTIONS"]
    for n in range(options):
        lines += [f"       --limit-{n}", *(f"              {sentence(generator)}" for _ in range(3)), ""]
    return "\n".join(lines)


def _guide(sections: int) -> str:
    generator = random.Random(16)
    lines = ["# Guide to the relay", "", sentence(generator), ""]
    for n in range(sections):
        lines += [f"## Step {n}", "", *(sentence(generator) for _ in range(9)), ""]
        lines += ["```", f"$ relay step --number {n}", "```", ""]
    return "\n".join(lines)


SAMPLES = {
    "guide": _guide(32),
    "readme": _readme(24),
    "specification": _specification(30),
    "changelog": _changes(50),
    "essay of long lines": _essay(24),
    "manual page": _manual(70),
}
