"""Work in other processes, and what becomes of it when they fail."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headroom_litellm.offload import Deadline, ProcessPool, WorkerLost, WorkerProcess, is_small, pool, process
from headroom_litellm.offload.process import WorkFailed

from . import jobs

ROOT = Path(__file__).parents[1]


@pytest.fixture
def workers() -> Iterator[ProcessPool]:
    workers = ProcessPool(1)
    yield workers
    workers.close()


def only(workers: ProcessPool) -> WorkerProcess:
    worker = workers.worker()
    assert worker is not None
    return worker


def is_gone(pid: int) -> bool:
    """Ended, and no zombie either."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def is_running(pid: int) -> bool:
    if is_gone(pid):
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or ") Z " not in status.read_text()


async def eventually(holds: Callable[[], bool]) -> None:
    for _ in range(2000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


async def test_work_is_done_in_another_process_that_is_used_again(workers: ProcessPool) -> None:
    first = await workers.run(only(workers), Deadline(30), jobs.process)
    assert first != os.getpid()
    assert await workers.run(only(workers), Deadline(30), jobs.process) == first


async def test_any_text_goes_there_and_back_whatever_the_work_prints(workers: ProcessPool) -> None:
    for text in ("", "é名\ud800\x00\n", "x" * 3_000_000):
        assert await workers.run(only(workers), Deadline(30), jobs.noisy, text) == text * 2


async def test_jobs_of_one_worker_do_not_wait_for_each_other(workers: ProcessPool) -> None:
    worker = only(workers)
    slow = asyncio.create_task(workers.run(worker, Deadline(30), jobs.until_stopped))
    await workers.run(worker, Deadline(30), jobs.process)
    assert not slow.done()
    slow.cancel()


async def test_of_an_error_only_the_class_is_told(workers: ProcessPool) -> None:
    with pytest.raises(WorkFailed) as caught:
        await workers.run(only(workers), Deadline(30), jobs.fails, "secret content")
    assert str(caught.value) == "KeyError"


@pytest.mark.parametrize("work", [jobs.unsendable, jobs.exits, lambda _: None])
async def test_what_cannot_be_sent_or_exits_is_an_error_and_the_worker_goes_on(
    workers: ProcessPool, work: Callable[..., object]
) -> None:
    worker = only(workers)
    before = await workers.run(worker, Deadline(30), jobs.process)
    with pytest.raises(WorkFailed):
        await workers.run(worker, Deadline(30), work)
    assert await workers.run(worker, Deadline(30), jobs.process) == before


async def test_work_left_at_any_moment_does_no_harm(workers: ProcessPool) -> None:
    worker = only(workers)
    before = await workers.run(worker, Deadline(30), jobs.process)
    for number in range(300):
        tasks = [asyncio.create_task(workers.run(worker, Deadline(30), jobs.process)) for _ in range(4)]
        await asyncio.sleep(number / 300 * 0.002)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert await workers.run(worker, Deadline(30), jobs.process) == before
    await eventually(lambda: worker.jobs == 0)


async def test_large_work_goes_both_ways_at_once(workers: ProcessPool) -> None:
    worker = only(workers)
    texts = [str(number) * 1_000_000 for number in range(10)]
    tasks = [workers.run(worker, Deadline(60), jobs.noisy, text) for text in texts]
    assert await asyncio.gather(*tasks) == [text * 2 for text in texts]


async def test_a_worker_looks_for_modules_where_this_process_does(workers: ProcessPool) -> None:
    there = await workers.run(only(workers), Deadline(30), jobs.path)
    here = [entry for entry in sys.path if entry]
    assert there == (here if str(ROOT) in here else [str(ROOT), *here])


def test_a_process_that_is_forked_leaves_the_worker_alone_and_has_its_own() -> None:
    program = """
import asyncio, os, warnings
warnings.simplefilter("ignore")
from headroom_litellm import offload
from headroom_litellm.offload import Deadline, ProcessPool
from tests import jobs
workers = ProcessPool(1)
async def ask():
    assert await offload.run(lambda _: 1, Deadline(20)) == 1
    return await workers.run(workers.worker(), Deadline(20), jobs.process)
first, worker = asyncio.run(ask()), workers.worker()
if (child := os.fork()) == 0:
    assert worker.is_lost
    worker.end()
    assert asyncio.run(ask()) != first
    workers.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert asyncio.run(ask()) == first
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=90, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


async def test_nothing_is_left_of_workers_that_ended() -> None:
    def left() -> tuple[int, int]:
        return threading.active_count(), len(os.listdir("/dev/fd"))

    before, processes = left(), []
    for number in range(6):
        worker = WorkerProcess()
        if number % 3:
            future = asyncio.wrap_future(worker.begin(jobs.process)[1])
            processes.append(await future)
        if number % 2:
            await asyncio.sleep(0.01)
        worker.end()
    await eventually(lambda: left() == before)
    assert all(is_gone(process) for process in processes)


async def test_work_that_nobody_waits_for_is_stopped(workers: ProcessPool) -> None:
    worker = only(workers)
    with pytest.raises(TimeoutError):
        await workers.run(worker, Deadline(0.05), jobs.until_stopped)
    task = asyncio.create_task(workers.run(worker, Deadline(30), jobs.until_stopped))
    await asyncio.sleep(0.01)
    task.cancel()
    await eventually(lambda: worker.jobs == 0)
    assert not worker.is_lost


async def test_a_worker_that_does_not_stop_is_ended_and_replaced(
    workers: ProcessPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_GRACE", 0.05)
    worker = only(workers)
    before = await workers.run(worker, Deadline(30), jobs.process)
    other = asyncio.create_task(workers.run(worker, Deadline(30), jobs.stubborn))
    with pytest.raises(TimeoutError):
        await workers.run(worker, Deadline(0.05), jobs.stubborn)
    with pytest.raises(WorkerLost):
        await other
    assert await workers.run(only(workers), Deadline(30), jobs.process) != before
    await eventually(lambda: not is_running(before))


async def test_a_worker_that_is_killed_is_replaced(workers: ProcessPool) -> None:
    worker = only(workers)
    pid = await workers.run(worker, Deadline(30), jobs.process)
    task = asyncio.create_task(workers.run(worker, Deadline(30), jobs.stubborn))
    await asyncio.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerLost):
        await task
    with pytest.raises(WorkerLost):
        await workers.run(worker, Deadline(30), jobs.process)
    assert await workers.run(only(workers), Deadline(30), jobs.process) != pid


async def test_where_no_worker_can_be_had_there_is_none_for_a_while(
    workers: ProcessPool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    for _ in range(3):
        with pytest.raises(WorkerLost):
            await workers.run(only(workers), Deadline(30), jobs.process)
    assert workers.worker() is None
    assert "threads do their work" in caplog.text
    monkeypatch.undo()
    assert workers.worker() is None
    monkeypatch.setattr(pool, "_PAUSE", 0)
    assert await workers.run(only(workers), Deadline(30), jobs.process)


@pytest.mark.parametrize(("name", "value"), [("executable", None), ("executable", "/bin/echo"), ("frozen", True)])
async def test_another_program_than_python_is_no_worker(
    workers: ProcessPool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str, value: object
) -> None:
    before = set(threading.enumerate())
    monkeypatch.setattr(sys, name, value, raising=False)
    with pytest.raises(WorkerLost) as caught:
        await workers.run(only(workers), Deadline(30), jobs.process)
    assert not caught.value.at_work
    await eventually(lambda: not set(threading.enumerate()) - before)
    assert capfd.readouterr().err == ""


async def test_a_worker_of_another_version_is_not_used(workers: ProcessPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "__version__", "another")
    with pytest.raises(WorkerLost):
        await workers.run(only(workers), Deadline(30), jobs.process)


async def test_a_second_worker_is_started_when_the_first_is_busy() -> None:
    workers = ProcessPool(2)
    try:
        first = only(workers)
        assert only(workers) is first
        busy = asyncio.create_task(workers.run(first, Deadline(30), jobs.until_stopped))
        await asyncio.sleep(0)
        second = only(workers)
        assert second is not first
        assert await workers.run(second, Deadline(30), jobs.process)
        busy.cancel()
    finally:
        workers.close()


def test_a_pool_of_none_has_none() -> None:
    assert ProcessPool(0).worker() is None


@pytest.mark.parametrize(
    "end", ["os._exit(0)", "os.kill(os.getpid(), 9)", "sys.exit(0)", "del workers, worker; wait()"]
)
def test_a_worker_ends_with_what_started_it(end: str) -> None:
    program = f"""
import asyncio, os, sys, time
from headroom_litellm.offload import Deadline, ProcessPool
from tests import jobs
workers = ProcessPool(1)
worker = workers.worker()
async def main():
    print(await workers.run(worker, Deadline(30), jobs.process), flush=True)
asyncio.run(main())
{end}
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        deadline = time.monotonic() + 20
        while is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not is_running(pid)
        parent.kill()


def test_what_is_small() -> None:
    assert is_small([{"role": "user", "content": [{"type": "text", "text": "x" * 100_000}]}] * 1)
    assert not is_small([{"role": "user", "content": "x" * 300_000}])
    assert not is_small([[[]] * 2000] * 2)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert not is_small(deep)
