"""A replica that dies: another one goes on with what it has put away."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from ..redis_server import RedisServer
from .replica import Replica

PUT_AWAY_AND_WAIT = """
import asyncio, sys
from tests.faults.replica import Replica

async def main(url):
    replica = Replica(redis_url=url, store_timeout_seconds=10)
    await replica.round("put away")
    print(flush=True)
    await asyncio.gather(*(replica.round(f"under way {n}") for n in range(1000)))

asyncio.run(main(sys.argv[1]))
"""


def test_what_a_killed_replica_has_put_away_is_redeemed_by_another(server: RedisServer) -> None:
    command = [sys.executable, "-c", PUT_AWAY_AND_WAIT, server.url]
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline(), "it has not put anything away"
        finally:
            process.kill()
    asyncio.run(_goes_on(Replica(redis_url=server.url, store_timeout_seconds=10)))


async def _goes_on(other: Replica) -> None:
    assert await other.redeems("put away")
    await other.round("under way 0")
    assert await other.redeems("under way 0")
    await other.close()
