"""Time and memory of every compressor against tokenising the same text once, in one run.

    python -m benchmarks.compressors [KIND ...] [--folder FOLDER of text files]

For each kind: the time to tell its kind and compress it over the time of one pass of tiktoken, for its samples and for
one and five megabytes; how the time grows from one to five megabytes (5 is linear); peak memory over the input's size.
Before that, by size: the whole way of a new output through a fold, over the time of one pass of tiktoken. All times are
CPU time, the best of several.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from headroom_litellm import commands, display, sources, tokens
from headroom_litellm.compressors import COMPRESSORS, Document
from headroom_litellm.compressors.sample import Sample
from headroom_litellm.conversation import Segment, ToolCall
from headroom_litellm.fold import Fold
from headroom_litellm.settings import Settings
from tests.compressors.examples import EXAMPLES

_REPEATS = 5
_SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000)
_QUESTION = "What happened to request zq77cafe in userService?"
_CALL = ToolCall("call", "bash", '{"command": "cd /src && run --it userService zq77cafe"}')
_SETTINGS = Settings()


def _seconds(work: Callable[[], object], repeats: int = _REPEATS) -> float:
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        work()
        times.append(time.thread_time() - start)
    return min(times)


def _compress(kind: str, text: str) -> None:
    document = Document(text, query=_QUESTION)
    COMPRESSORS[kind].fits(Sample.of(document))
    COMPRESSORS[kind].compress(document)


def _ratio(kind: str, text: str, repeats: int = _REPEATS) -> float:
    encode = tokens._encode
    return _seconds(lambda: _compress(kind, text), repeats) / _seconds(lambda: encode(text), repeats)


def _fold(text: str) -> float:
    """Seconds that a fold takes over an output that nothing is remembered of."""
    tokens._counts.clear()
    display._renditions.clear()
    sources._parsed.cache_clear()
    commands._pipelines.cache_clear()
    fold = Fold(_SETTINGS, retrievable=True)
    fold.step("user", Segment("text", _QUESTION, (0,)))
    fold.step("assistant", Segment("call", _CALL.arguments, (1,), _CALL))
    start = time.thread_time()
    fold.step("tool", Segment("result", text, (2,), _CALL))
    return time.thread_time() - start


def _by_size(kind: str) -> str:
    large = EXAMPLES[kind].large(1)
    ratios = []
    for size in _SIZES:
        text = large[: large.rfind("\n", 0, size) + 1 or size]
        repeats = max(_REPEATS, 200_000 // size)
        ratios.append(min(_fold(text) for _ in range(repeats)) / _seconds(lambda: tokens._encode(text), repeats))  # noqa: B023
    return "".join(f"{ratio:9.2f}" for ratio in ratios)


def _peak(kind: str, text: str) -> float:
    tracemalloc.start()
    try:
        _compress(kind, text)
        return tracemalloc.get_traced_memory()[1] / len(text.encode("utf-8", "replace"))
    finally:
        tracemalloc.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", default=list(COMPRESSORS))
    parser.add_argument("--folder", type=Path, help="files to compress instead of the samples")
    arguments = parser.parse_args()
    tokens.count("warm")
    if not arguments.folder:
        print(f"{'kind':10}" + "".join(f"{size // 1000:6} KB" for size in _SIZES))
        for kind in arguments.kinds:
            print(f"{kind:10}{_by_size(kind)}")
    print(f"{'kind':10}{'sample':24}{'KB':>7}{'time/tokenising':>17}{'memory/input':>14}")
    for kind in arguments.kinds:
        samples = EXAMPLES[kind].SAMPLES
        if arguments.folder:
            samples = {path.name: path.read_text("utf-8", "replace") for path in sorted(arguments.folder.iterdir())}
        for name, text in samples.items():
            print(f"{kind:10}{name[:23]:24}{len(text) // 1000:7}{_ratio(kind, text):17.2f}{_peak(kind, text):14.1f}")
        if not arguments.folder:
            small, big = EXAMPLES[kind].large(1), EXAMPLES[kind].large(5)
            growth = _seconds(lambda: _compress(kind, big), 1) / _seconds(lambda: _compress(kind, small), 1)  # noqa: B023
            print(
                f"{kind:10}{'1 MB':24}{len(small) // 1000:7}{_ratio(kind, small, 1):17.2f}{_peak(kind, small):14.1f}"
                f"   growth to 5 MB: {growth:.1f}"
            )


if __name__ == "__main__":
    main()
