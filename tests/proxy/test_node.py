"""JavaScript clients take a spliced answer for the provider's own: their libraries read streams their own way."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from standin import Reply, Standin, Text
from tests.proxy.clients import FORMATS, Client, Tokens
from tests.proxy.script import ANSWER, GET
from tests.proxy.test_replay import assert_extends
from tests.proxy.turns import original, reread

pytestmark = pytest.mark.proxy

_SOURCES = Path(__file__).parent / "node"
_OLDEST = 20
_LIBRARIES = [
    ("openai", FORMATS["chat"]),
    ("openai", FORMATS["responses"]),
    ("openai-6", FORMATS["chat"]),
    ("openai-6", FORMATS["responses"]),
    ("@anthropic-ai/sdk", FORMATS["messages"]),
]
_STOPS = {"chat": "stop", "responses": "completed", "messages": "end_turn"}


@dataclass(frozen=True)
class Heard:
    """What a library made of an answer. `events` are the types of its stream's, `raw` is what came over the wire."""

    text: str
    calls: list[str]
    stop: str
    usage: list[int]
    events: list[str]
    raw: str


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts, with their libraries installed beside them."""
    if absent := [program for program in ("node", "npm") if shutil.which(program) is None]:
        pytest.skip(f"not installed: {', '.join(absent)}")
    version = _run("node", "--version").stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < _OLDEST:
        pytest.skip(f"Node.js is {version}; the libraries need {_OLDEST}")
    folder = tmp_path_factory.mktemp("node")
    shutil.copytree(_SOURCES, folder, dirs_exist_ok=True)
    flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--engine-strict=false", "--fetch-retries=0"]
    installed = _run("npm", "ci", *flags, cwd=folder)
    if installed.returncode and _run("npm", "ping", "--fetch-retries=0").returncode:
        errors = [line for line in installed.stderr.splitlines() if not line.lower().startswith("npm warn")]
        pytest.skip(f"npm does not reach its registry: {'; '.join(errors[:3])}")
    assert installed.returncode == 0, installed.stderr
    return folder


@pytest.mark.parametrize(("library", "form"), _LIBRARIES, ids=lambda value: getattr(value, "name", value))
def test_an_answer_behind_a_retrieval_is_heard_and_sent_back(
    client: Client,
    library: str,
    scripts: Path,
    standin: Standin,
    stream: bool,
    seed: str,
) -> None:
    standin.say(Reply(Text("Let me look. "), GET), ANSWER, "Second.", model=client.model)

    first, second = _ask_twice(scripts, library, client, client.body(reread(seed)), stream=stream)

    assert (first.text, second.text) == ("Let me look. " + ANSWER, "Second.")
    calls = standin.wait_for(3, client.model)
    assert len(calls) == 3
    for heard, charged in ((first, calls[:2]), (second, calls[2:])):
        assert "headroom" not in heard.raw
        assert heard.calls == []
        assert heard.stop == _STOPS[client.form.name]
        assert Tokens(*heard.usage) == Tokens.of(charged)
        assert bool(heard.events) == stream
        if stream:
            client.form.check_stream(heard.raw.encode())
    assert_extends(client, calls[1], calls[2])
    assert client.form.results(calls[2].body)[2:] == [original(seed)]


def _ask_twice(folder: Path, library: str, client: Client, body: dict[str, Any], *, stream: bool) -> list[Heard]:
    """The answer to a request, and the one to what the client says next."""
    url = client.url if client.form.name == "messages" else f"{client.url}/v1"
    asked = {"library": library, "format": client.form.name, "url": url, "key": client.key}
    ran = _run("node", "ask.js", cwd=folder, input=json.dumps({**asked, "body": body, "stream": stream}))
    assert ran.returncode == 0, ran.stderr
    return [Heard(**heard) for heard in json.loads(ran.stdout)]


def _run(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, **options)
