"""Engines: where the runs of a sweep are computed - in this process, on this machine, on a cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import islice
from math import inf
from threading import Thread
from time import monotonic, sleep
from typing import Any, Protocol, Self
from warnings import catch_warnings, simplefilter

import numpy as np

from sim.sweeps.axes import refusal
from sim.sweeps.batch import Batch, Bytes, Common, packed, run_batch
from sim.sweeps.task import Outcome, Task, run_task
from sim.version import __version__

_CONNECT_S = 5.0
_RECOUNT_S = 2.0
_IDLE_S = 60
"""How long joblib's processes wait for the next sweep."""
_WATCH_S = 0.5
"""Interval at which joblib's processes look whether the sweep that they work for was killed."""
_KEPT_BYTES = 30 * 2**20
"""Size of a piece of memory that is larger than those of most runs, and below the 32 MiB up to which the GNU
C library follows the size of what is freed (mallopt(3), M_MMAP_THRESHOLD)."""
_WORKERS_S = 30.0
_AHEAD = 2
"""Batches handed to joblib for each process: as many as its queue holds; with more, an interrupt fails."""
_BATCH_S = 0.25
"""Duration of a batch of short runs: what their campuses have in common is sent and read once."""
_LARGEST_BATCH = 32
_FEWEST_BATCHES = 4
"""Least batches for each process, so that all end at much the same time."""
_BATCHES_PER_THREAD = 3
_DIED = "the worker process died each time it ran this point"


class Engine(AbstractContextManager["Engine"], Protocol):
    """Something that runs tasks. It is entered before anything is written, and may raise an error then."""

    def run(self, tasks: list[Task]) -> Generator[Outcome, None, None]:
        """The outcome of each task, once, in the order in which they finish."""
        ...


def engine_for(jobs: int | None, cluster: str | None) -> Engine:
    """The engine for a number of processes or a cluster's address.

    Raises:
        SpecError: If both are given, or the number is below one.
    """
    if jobs is not None and (isinstance(jobs, bool) or jobs < 1):
        raise refusal("jobs", f"= {jobs!r}; allowed: a whole number at least 1")
    if cluster is None:
        return Local(jobs)
    if jobs is not None:
        raise refusal("jobs", f"= {jobs} contradicts cluster = {cluster!r}, which has workers of its own")
    return Cluster(cluster)


class Local:
    """Processes on this machine, by joblib; a single one is this process itself."""

    def __init__(self, jobs: int | None = None) -> None:
        self._jobs = jobs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held: joblib keeps its processes for the next sweep and ends them when idle."""

    def run(self, tasks: list[Task]) -> Generator[Outcome, None, None]:
        """The outcome of each task as it finishes.

        If a worker process dies, the tasks that were running are retried one by one, so only a task that
        kills its worker fails.
        """
        if self._jobs == 1 or len(tasks) == 1:
            yield from map(run_task, tasks)
            return
        from joblib import cpu_count
        from joblib.externals.loky.process_executor import (
            BrokenProcessPool,
        )

        jobs = self._jobs or cpu_count()
        waiting = tasks
        while waiting:
            taken: list[Task] = []
            done: set[str] = set()
            try:
                for outcomes in _parallel(jobs, waiting, taken):
                    done.update(outcome.key for outcome in outcomes)
                    yield from outcomes
            except BrokenProcessPool:
                suspects = [task for task in taken if task.key not in done]
                for suspect in suspects:
                    try:
                        for outcomes in _parallel(2, [suspect], []):
                            yield from outcomes
                    except BrokenProcessPool:
                        yield Outcome(suspect.key, {}, _DIED)
                    done.add(suspect.key)
            waiting = [task for task in waiting if task.key not in done]


def _parallel(jobs: int, tasks: list[Task], taken: list[Task]) -> Generator[list[Outcome], None, None]:
    """Run tasks in joblib's processes, short ones in batches; `taken` receives those that were handed out."""
    from joblib import Parallel, delayed, parallel_config

    def handed_out() -> Iterator[Any]:
        waiting = iter(tasks)
        while batch := list(islice(waiting, size)):
            taken.extend(batch)
            yield delayed(_run_for)(os.getpid(), packed(batch, common), common.data)

    size, common = 1, Common(tasks)
    with parallel_config(backend="loky", inner_max_num_threads=1, idle_worker_timeout=_IDLE_S):
        pool = Parallel(
            n_jobs=jobs, return_as="generator_unordered", batch_size=1, pre_dispatch=_AHEAD * jobs
        )
        with _interrupts_held():
            outcomes = pool(handed_out())
        try:
            for done in outcomes:
                size = min(_batch_size(done), 1 + len(tasks) // (_FEWEST_BATCHES * jobs))
                yield done
        finally:
            with catch_warnings():
                simplefilter("ignore", UserWarning)  # an interrupted sweep leaves runs unfinished, as it must
                outcomes.close()


def _run_for(parent: int, batch: Batch, common: Bytes) -> list[Outcome]:
    """Run a batch in a process that ends with its parent."""
    _end_with(parent)
    _keep_memory()
    return run_batch(batch, common)


@cache
def _end_with(parent: int) -> None:
    """Watch the parent of this process, and end this process at once when it is gone, however it ended."""
    Thread(target=_watch, args=(parent,), name="watch of the parent", daemon=True).start()


@cache
def _keep_memory() -> None:
    """Let the memory of a run serve the next one.

    The allocator of the GNU C library returns large pieces to the system at once, until a larger one was
    freed; asking for it again at each run would take an eighth of the time of a short one.
    """
    np.empty(_KEPT_BYTES, dtype=np.uint8)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        sleep(_WATCH_S)
    os._exit(1)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while processes start: they inherit that, and this process alone ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Cluster:
    """A Dask cluster by the address of its scheduler, such as `tcp://10.0.0.5:8786`."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._threads = 1
        self._counted_at_s = -inf

    def __enter__(self) -> Self:
        self._client = self._connect()
        try:
            self._check_workers()
        except BaseException:
            self._client.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the cluster; tasks still running there are dropped."""
        self._client.close()

    def run(self, tasks: list[Task]) -> Generator[Outcome, None, None]:
        """The outcome of each task as it finishes.

        If a worker dies, Dask retries its tasks on other workers. Short tasks are sent in batches; a batch
        that kills every worker that tries it is split into single tasks.
        """
        from distributed import as_completed

        self._common = Common(tasks)
        waiting = iter(tasks)
        under_way: dict[str, list[Task]] = {}
        size = 1
        futures: Any = as_completed(loop=self._client.loop, with_results=True, raise_errors=False)
        self._fill(futures, under_way, waiting, size)
        for future, outcomes in futures:
            batch = under_way.pop(future.key)
            if future.status in {"cancelled", "lost"}:
                raise ConnectionError(f"the cluster at {self._address} disconnected")
            if future.status != "error":
                size = _batch_size(outcomes)
                yield from outcomes
            elif len(batch) > 1:
                for task in batch:
                    self._submit(futures, under_way, [task])
            else:
                yield Outcome(batch[0].key, {}, _failure(future.exception()))
            self._fill(futures, under_way, waiting, size)

    def _connect(self) -> Any:
        try:
            from distributed import Client
            from distributed.comm import addressing
        except ImportError:
            message = f"= {self._address!r} needs dask.distributed: pip install 'dcgrid[distributed]'"
            raise refusal("cluster", message) from None
        try:
            addressing.get_address_host_port(addressing.normalize_address(self._address), strict=True)
            return Client(self._address, timeout=_CONNECT_S, set_as_default=False, direct_to_workers=False)
        except (OSError, ValueError) as error:
            cause = str(error).partition("\n")[0]
            message = f"= {self._address!r} cannot be reached: {cause}"
            raise refusal("cluster", message) from None

    def _check_workers(self) -> None:
        """Refuse a cluster without workers, or with workers of another version."""
        try:
            self._client.wait_for_workers(1, timeout=_WORKERS_S)
        except TimeoutError:
            raise refusal("cluster", f"= {self._address!r} has no workers after {_WORKERS_S:g} s") from None
        try:
            versions = self._client.run(worker_version)
        except ImportError as error:
            raise refusal("cluster", f"= {self._address!r} has workers without dcgrid: {error}") from None
        for worker, version in versions.items():
            if version != __version__:
                found = f"worker {worker} has dcgrid {version}, this process has {__version__}"
                raise refusal("cluster", f"= {self._address!r}: {found}")

    def _fill(
        self, futures: Any, under_way: dict[str, list[Task]], waiting: Iterable[Task], size: int
    ) -> None:
        """Keep every thread of the cluster busy, with a few batches in its queue."""
        if monotonic() > self._counted_at_s + _RECOUNT_S:
            self._counted_at_s = monotonic()
            self._threads = max(1, sum(self._client.nthreads().values()))
        most = _BATCHES_PER_THREAD * self._threads
        while len(under_way) < most and (batch := list(islice(waiting, size))):
            self._submit(futures, under_way, batch)

    def _submit(self, futures: Any, under_way: dict[str, list[Task]], batch: list[Task]) -> None:
        future = self._client.submit(run_batch, packed(batch, self._common), self._common.data, pure=False)
        under_way[future.key] = batch
        futures.add(future)


def worker_version() -> str:
    """Version of the simulator, asked of each worker."""
    return __version__


def _batch_size(outcomes: list[Outcome]) -> int:
    """The number of runs that take a quarter of a second together."""
    mean_s = sum(outcome.wall_s for outcome in outcomes) / len(outcomes)
    return max(1, min(_LARGEST_BATCH, int(_BATCH_S / mean_s))) if mean_s > 0.0 else _LARGEST_BATCH


def _failure(error: BaseException | None) -> str:
    return _DIED if type(error).__name__ == "KilledWorker" else f"{type(error).__name__}: {error}"
