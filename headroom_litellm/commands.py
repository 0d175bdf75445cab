"""What a command line prints, as far as the programs in it tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = ["LOG", "code_prints_a_file", "prints_a_file", "prints_numbers"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_READERS: Final = _set("cat head tail sed nl less more bat batcat awk gawk tac view type get-content gc")
_SCRIPTED: Final = frozenset(["sed", "awk", "gawk"])
"""Readers whose first word is no file."""
_FILTERS: Final = _READERS | _set(
    "grep egrep fgrep rg ag tr tee fold expand iconv out-string out-host select-object select-string findstr"
)
"""What a file's lines may go through and stay its lines."""
_SHELLS: Final = _set("bash sh zsh ash dash ksh fish pwsh powershell cmd")
_INTERPRETERS: Final = re.compile(r"(?:python|pypy|node|ruby|perl|deno|bun)[0-9.]*$")
_WRAPPERS: Final = _set(
    "sudo su timeout time env nice nohup command exec stdbuf xargs find watch do then else if while until ! { "
    "ssh docker docker-compose podman nerdctl kubectl oc adb wsl vagrant uv poetry"
)
"""Programs and words of the shell behind which another program stands, somewhere."""
_LISTING: Final = frozenset(["xargs", "find"])
"""Wrappers that say themselves which files."""
_TAKING_LINES: Final = frozenset(["ssh", "su", "watch"])
"""Wrappers that take a whole command line as one word."""
_GIVEN: Final = re.compile(r"[-/][a-z]*c(?:ommand)?$")
"""The option of a shell behind which a command line stands."""
_TOKEN: Final = re.compile(
    r"(?P<redirect>[0-9&]?(?:<<<|<<-?|>>?|<)(?:&[0-9-])?)"
    r"|(?P<word>(?:[^\s'\"\\;&|()<>]|\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\")+)|(?P<end>&&|\|\||[;&()\n])|(?P<pipe>\|)",
    re.DOTALL,
)
_HERE_DOCUMENT: Final = re.compile(r"(?<!<)<<-?[ \t]*[\"'\\]?([A-Za-z_]\w*)")
_ASSIGNMENT: Final = re.compile(r"\w+=")
_NUMBER: Final = re.compile(r"\+?[0-9]+[kKmMsb]?$")
LOG: Final = re.compile(r"\.(?:log|out|err)(?:[.-][0-9][0-9-]*)?$|^/(?:var/log|proc|sys)/")
"""Paths of files that programs write and nobody edits."""
_PRINTED_READ: Final = re.compile(r"\.read(?:lines)?\(\)|\bread_text\(|readFileSync\(|File\.read\(")
_WRITE: Final = re.compile(r"\.write(?:lines)?\(|\bwrite_text\(|writeFileSync\(|json\.loads?\(|JSON\.parse\(")
_NUMBERS: Final = re.compile(r"-[a-zA-Z]*n[a-zA-Z]*$|--number$")
_IN_PLACE: Final = re.compile(r"-[a-zA-Z]*i|--in-place")
_LONGEST: Final = 4000
_DEEPEST: Final = 3


class _Command(NamedTuple):
    """A simple command: its program, what stands behind that, whether its files are named elsewhere, and whether its
    output goes to a file."""

    name: str
    words: tuple[str, ...]
    fed: bool
    to_file: bool


def prints_a_file(command: str) -> bool:
    """Whether it prints a file that may be edited: not a log, and not by way of a program that makes something else of
    it."""
    pipelines = _pipelines(command)
    if any(_shows_a_file(pipeline) for pipeline in pipelines):
        return True
    runs_code = any(_INTERPRETERS.match(one.name) for pipeline in pipelines for one in pipeline)
    return runs_code and code_prints_a_file(command)


def code_prints_a_file(code: str) -> bool:
    """The same for a snippet of a program."""
    return _PRINTED_READ.search(code) is not None and not _WRITE.search(code)


def prints_numbers(command: str) -> bool:
    """Whether it prints line numbers before lines."""
    return any(_numbers(one) for pipeline in _pipelines(command) for one in pipeline)


def _shows_a_file(pipeline: tuple[_Command, ...]) -> bool:
    if any(one.to_file for one in pipeline):
        return False
    for at, one in enumerate(pipeline):
        if (at == 0 or one.fed) and _reads(one):
            return all(filter_.name in _FILTERS for filter_ in pipeline[at + 1 :])
    return False


def _reads(one: _Command) -> bool:
    if one.name == "git":
        shows = "show" in one.words and any(":" in word for word in one.words if not word.startswith("-"))
        return shows or "cat-file" in one.words
    if one.name not in _READERS:
        return False
    if one.name == "sed" and any(_IN_PLACE.match(word) for word in one.words):
        return False
    words = [word for word in one.words if not word.startswith("-") and not _NUMBER.match(word)]
    if one.name in _SCRIPTED:
        if "awk" in one.name and "NR" not in "".join(words[:1]):
            return False
        words = words[1:]
    return any(not LOG.search(word) for word in words) if words else one.fed


def _numbers(one: _Command) -> bool:
    if one.name == "cat":
        return any(_NUMBERS.match(word) for word in one.words)
    return one.name in ("nl", "bat", "batcat") or (one.name == "less" and any("N" in word for word in one.words[:1]))


@lru_cache(maxsize=64)
def _pipelines(text: str, depth: int = 0) -> tuple[tuple[_Command, ...], ...]:
    """The pipelines of simple commands in a command line, also of those that it gives to another shell."""
    done: list[tuple[_Command, ...]] = []
    pipeline: list[_Command] = []
    for words, to_file, piped in _simple(_without_here_documents(text)[:_LONGEST]):
        nested, one = _resolved(words, to_file)
        if nested and depth < _DEEPEST:
            done += _pipelines(nested, depth + 1)
        pipeline.append(one)
        if not piped:
            done.append(tuple(pipeline))
            pipeline = []
    return (*done, tuple(pipeline)) if pipeline else tuple(done)


def _without_here_documents(text: str) -> str:
    if "<<" not in text:
        return text
    lines: list[str] = []
    end = ""
    for line in text.split("\n"):
        if end:
            end = "" if line.strip() == end else end
            continue
        lines.append(line)
        start = _HERE_DOCUMENT.search(line)
        end = start.group(1) if start else ""
    return "\n".join(lines)


def _simple(text: str) -> Iterator[tuple[list[str], bool, bool]]:
    """The simple commands: their words, whether their output goes to a file, and whether it goes into the next."""
    words: list[str] = []
    to_file, redirect = False, ""
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "redirect":
            redirect = token.group()
            to_file = to_file or redirect in (">", ">>", "1>", "1>>", "&>", "&>>")
            redirect = "" if "&" in redirect[1:] else redirect
        elif kind == "word":
            if redirect in ("", "<"):
                words.append(_bare(token.group()))
            redirect = ""
        else:
            yield words, to_file, kind == "pipe"
            words, to_file, redirect = [], False, ""
    yield words, to_file, False


def _bare(word: str) -> str:
    """A word without the quotes around it."""
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1].replace('\\"', '"') if word[0] == '"' else word[1:-1]
    return word.strip("\"'`$")


def _resolved(words: list[str], to_file: bool) -> tuple[str, _Command]:
    """The command line that it gives to another shell, and the command past assignments and wrappers."""
    at, fed = 0, False
    while at < len(words):
        name, behind = _program(words[at]), range(at + 1, len(words))
        if name in _SHELLS:
            given = next((k for k in behind if _GIVEN.match(words[k].lower())), len(words))
            return " ".join(words[given + 1 :]), _Command(name, (), fed, to_file)
        if name in _WRAPPERS:
            nested = next((words[k] for k in behind if " " in words[k]), "") if name in _TAKING_LINES else ""
            if nested:
                return nested, _Command(name, (), fed, to_file)
            known = (k for k in behind if _is_known(_program(words[k])))
            first = (k for k in behind if not words[k].startswith("-") and not _ASSIGNMENT.match(words[k]))
            fed = fed or name in _LISTING
            at = next(known, len(words) if fed else next(first, len(words)))
        elif words[at] in ("$", "") or _ASSIGNMENT.match(words[at]):
            at += 1
        elif words[at + 1 : at + 2] == ["="]:
            at += 2
        else:
            if fed and any(LOG.search(word) for word in words[:at]):
                break
            options = (word for word in words[at + 1 :] if not fed or word.startswith("-"))
            return "", _Command(name, tuple(options), fed, to_file)
    return "", _Command("", (), fed, to_file)


def _is_known(program: str) -> bool:
    return program in _READERS | _SHELLS | _WRAPPERS or _INTERPRETERS.match(program) is not None


def _program(word: str) -> str:
    return word.replace("\\", "/").rsplit("/", 1)[-1].lower().removesuffix(".exe")
