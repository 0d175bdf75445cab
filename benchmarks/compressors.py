"""Time and memory of every compressor against tokenising the same text once, in one run.

    python -m benchmarks.compressors [KIND ...] [--folder FOLDER of text files]

For each kind: the time to tell its kind and compress it over the time of one pass of tiktoken, for its samples and for
one and five megabytes; how the time grows from one to five megabytes (5 is linear); peak memory over the input's size.
"""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from headroom_litellm import tokens
from headroom_litellm.compressors import COMPRESSORS, Document
from headroom_litellm.compressors.sample import Sample
from tests.compressors.examples import EXAMPLES

_REPEATS = 5


def _seconds(work: Callable[[], object], repeats: int = _REPEATS) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _compress(kind: str, text: str) -> None:
    document = Document(text, query="What happened to request zq77cafe in userService?")
    COMPRESSORS[kind].fits(Sample.of(document))
    COMPRESSORS[kind].compress(document)


def _ratio(kind: str, text: str, repeats: int = _REPEATS) -> float:
    encode = tokens._encode
    return _seconds(lambda: _compress(kind, text), repeats) / _seconds(lambda: encode(text), repeats)


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
