"""What a history costs that was seen before: time of the second `compress()` of each recorded session over the first.

python -m benchmarks.history
"""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

from headroom_litellm import compress, tokens

SESSIONS = Path(__file__).parents[1] / "examples" / "sessions"
TOOL = {"type": "function", "function": {"name": "bash", "parameters": {"type": "object", "properties": {}}}}


def main() -> None:
    tokens.count("warm")
    print(f"{'session':20}{'messages':>10}{'KB':>8}{'again/first':>14}")
    for path in sorted(SESSIONS.glob("*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            messages = json.loads(line)["messages"]
            times = []
            for _ in range(2):
                start = time.perf_counter()
                compress(messages, tools=[TOOL])
                times.append(time.perf_counter() - start)
            name = path.name.removesuffix(".jsonl.gz")
            print(f"{name:20}{len(messages):10}{len(line) // 1000:8}{times[1] / times[0]:14.3f}")


if __name__ == "__main__":
    main()
