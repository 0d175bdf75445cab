"""The counters as Prometheus metrics in the process's default registry, which LiteLLM shows on its `/metrics`.

`headroom_<name>_total`, with the label `cause`. Where `PROMETHEUS_MULTIPROC_DIR` is set they are right under several
workers, as LiteLLM's own are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from prometheus_client import Counter

from .counters import COUNTED

__all__ = ["prometheus_sink"]


def prometheus_sink(name: str, amount: float, cause: str) -> None:
    """Adds to the metric of that name."""
    _metrics()[name].labels(cause).inc(amount)


@cache
def _metrics() -> Mapping[str, Counter]:
    return {name: Counter(f"headroom_{name}", help_, ["cause"]) for name, help_ in COUNTED.items()}
