"""Precision, recall and cost of showing originals again, by threshold.

    python -m benchmarks.expansion CORPUS [--half tuning] [--write]

CORPUS is a folder with `payloads` and `sessions` (HEADROOM_CORPUS names it otherwise). `--write` makes the table and
the curve of docs/expansion.md anew, from the half that is held out.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from headroom_litellm import tokens
from headroom_litellm.ccr.tracker import ExpansionRecommendation
from headroom_litellm.pipeline import rewrite
from headroom_litellm.settings import load_settings

from . import corpus, questions
from .chart import curve

DOCS = Path(__file__).parents[2] / "docs"
THRESHOLDS = [step / 20 for step in range(1, 17)]
_ANY = load_settings({"proactive_expansion": True, "compress_cache": {"expansion_threshold": 0}})


@dataclass(frozen=True)
class Shown:
    """What would be shown again at a threshold up to its score. `answers`: what was asked for stands in it."""

    score: float
    tokens: int
    right: bool
    answers: bool


@dataclass(frozen=True)
class Asked:
    question: questions.Question
    shown: Sequence[Shown]

    def at(self, threshold: float) -> list[Shown]:
        return [one for one in self.shown if one.score >= threshold]


@dataclass(frozen=True)
class Figures:
    """precision: of the originals shown again, those asked for; recall: of those asked for, the ones shown
    answered: of those asked for with a single fact, those where it stands in what was shown
    alarms: of the questions that ask for none, those with one shown
    added, wasted: tokens a question, all and those of originals that were not asked for
    """

    precision: float
    recall: float
    answered: float
    alarms: float
    added: float
    wasted: float

    @classmethod
    def of(cls, all_: Iterable[Asked], threshold: float) -> Figures:
        asked = [(one.question, one.at(threshold)) for one in all_]
        shown = [one for _, each in asked for one in each]
        wanted = [(question, each) for question, each in asked if question.wanted]
        facts = [each for question, each in wanted if question.fact]
        return cls(
            _share(one.right for one in shown),
            _share(any(one.right for one in each) for _, each in wanted),
            _share(any(one.answers for one in each) for each in facts),
            _share(bool(each) for question, each in asked if not question.wanted),
            sum(one.tokens for one in shown) / len(asked),
            sum(one.tokens for one in shown if not one.right) / len(asked),
        )

    def row(self, name: str, threshold: float, count: int) -> str:
        shares = (self.precision, self.recall, self.answered, self.alarms)
        told = " | ".join("–" if share != share else f"{share:.2f}" for share in shares)
        return f"| {name} | {count} | {threshold:.2f} | {told} | {self.added:.0f} | {self.wasted:.0f} |"


HEAD = (
    "| questions | number | threshold | precision | recall | answered | false alarms | tokens added | of them wrong |\n"
    + "|---" * 9
    + "|"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, default=os.environ.get("HEADROOM_CORPUS"))
    parser.add_argument("--half", choices=corpus.HALVES, default=corpus.HALVES[1])
    parser.add_argument("--threshold", type=float, default=_default())
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--wrong", type=int, default=0, metavar="N", help="print N questions answered wrongly")
    given = parser.parse_args()
    if given.corpus is None:
        parser.error("name the CORPUS")
    everything = measured(Path(given.corpus), corpus.HALVES.index(given.half))
    table = report(everything, given.threshold)
    print(table)
    for one in [one for one in everything if _is_wrong(one, given.threshold)][: given.wrong]:
        scores = [(round(each.score, 2), each.right) for each in one.shown]
        print(f"{one.question.kind}: {one.question.text[:150]!r} {scores}")
    if given.write:
        _write(everything, table, given.threshold)


def measured(folder: Path, half: int) -> list[Asked]:
    said, elsewhere = corpus.said(folder, half), corpus.outputs(folder, half)
    found = []
    for talk in corpus.talks(folder, half):
        for question in (*questions.asked(talk, half), *questions.other(talk, elsewhere, said, half)):
            rewritten = rewrite(talk.asked(question.text), _ANY)
            text = rewritten.texts.get(("question",), "")
            found.append(Asked(question, [_shown(one, text, question) for one in rewritten.expanded]))
    return found


def report(everything: Sequence[Asked], threshold: float) -> str:
    """The figures by threshold, and by kind of question at one."""
    rows = [Figures.of(everything, at).row("all", at, len(everything)) for at in THRESHOLDS]
    kinds: dict[str, list[Asked]] = defaultdict(list)
    for one in everything:
        kinds[one.question.kind].append(one)
    rows += [Figures.of(some, threshold).row(kind, threshold, len(some)) for kind, some in kinds.items()]
    return "\n".join([HEAD, *rows])


def _shown(one: ExpansionRecommendation, text: str, question: questions.Question) -> Shown:
    block = re.search(rf"<expanded hash={one.hash}>.*?</expanded hash={one.hash}>", text, re.DOTALL)
    told = block[0] if block else ""
    right = one.hash == question.wanted
    return Shown(one.score, tokens.count(told), right, right and question.fact in told)


def _is_wrong(one: Asked, threshold: float) -> bool:
    shown = one.at(threshold)
    return not all(each.right for each in shown) or bool(one.question.wanted) != any(each.right for each in shown)


def _share(values: Iterable[bool]) -> float:
    told = list(values)
    return sum(told) / len(told) if told else float("nan")


def _default() -> float:
    return load_settings({}).compress_cache.expansion_threshold


def _write(everything: Sequence[Asked], table: str, threshold: float) -> None:
    figures = [Figures.of(everything, at) for at in THRESHOLDS]
    lines = {
        "precision": [one.precision for one in figures],
        "recall": [one.recall for one in figures],
        "answered": [one.answered for one in figures],
        "false alarms": [one.alarms for one in figures],
    }
    (DOCS / "expansion.svg").write_text(curve(THRESHOLDS, lines, marked=threshold), encoding="utf-8")
    page = DOCS / "expansion.md"
    before, begin, rest = page.read_text(encoding="utf-8").partition("<!-- figures -->\n")
    _, end, after = rest.partition("<!-- /figures -->")
    page.write_text("".join([before, begin, table, "\n", end, after]), encoding="utf-8")


if __name__ == "__main__":
    main()
