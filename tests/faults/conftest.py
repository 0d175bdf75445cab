from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..fault_proxy import FaultProxy
from ..redis_server import RedisServer


@pytest.fixture
def server() -> Iterator[RedisServer]:
    if reason := RedisServer.missing():
        pytest.skip(reason)
    with RedisServer() as server:
        yield server


@pytest.fixture
def between(server: RedisServer) -> Iterator[FaultProxy]:
    """On the way to the server."""
    with FaultProxy(server.port) as proxy:
        yield proxy
