from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from pydantic import Field
from small_campus import small_campus

from sim.campus import Campus, SolarPlant
from sim.campus.kinds import import_kinds
from sim.errors import SpecError
from sim.site import Site, Source
from sim.spec import Spec
from sim.sweeps import SweepResult, sweep
from sim.sweeps.base import Known, foreign_kinds
from sim.sweeps.batch import Common
from sim.sweeps.task import Task
from sim.timeseries.calendar import Calendar
from sim.weather.weather import TypicalYear, Weather
from sim.weather.weather_file import Place

OVER = {"reactor_modules": [0, 1, 2, 3], "import_mw": [0.5, 1.0, 2.0]}
MAIN = [sys.executable, "-m"]
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Wave(Source):
    """A user's own source, in a module that workers cannot import."""

    kind: Literal["wave"] = "wave"
    power_mw: float = 1.0
    deadly: bool = False

    def start(self, site: Site, name: str) -> None:
        if self.deadly:
            os._exit(11)  # as a crash of compiled code or the kernel's memory guard would end the process
        site.terminal(name).offer(5.0).state(self.power_mw)


class Overcast(Weather):
    """A user's own weather, deep inside a campus."""

    kind: Literal["overcast"] = "overcast"

    def place(self) -> Place:
        return TypicalYear().place()

    def irradiance(self, calendar: Calendar, horizon_s: float, rng: np.random.Generator) -> pd.DataFrame:
        weather = TypicalYear().irradiance(calendar, horizon_s, rng)
        return weather.assign(dni=0.0, ghi=weather["dhi"])


def test_a_kind_of_ones_own_is_found_wherever_it_stands_and_travels_to_the_workers() -> None:
    plant = SolarPlant(capacity_mw=2.0, weather=Overcast())
    small = small_campus()
    campus = small.with_values({"supply": {**small.supply, "sun": plant}})
    assert foreign_kinds(campus) == {Overcast}
    assert foreign_kinds(wave_campus()) == {Wave}
    assert foreign_kinds(small.with_values({"weather": Overcast()})) == {Overcast}
    over = {"supply.sun.capacity_mw": [1.0, 2.0]}
    here, there = (sweep(campus, over=over, days=1.0, jobs=jobs) for jobs in (1, 2))
    assert there.failures.empty
    pd.testing.assert_frame_equal(here.points, there.points)


class Note(Spec):
    """A part of a user's own campus."""

    text: str = ""


class Annotated(Campus):
    """A user's own campus."""

    notes: tuple[Note, ...] = ()
    by_room: dict[str, dict[str, Note]] = Field(default_factory=dict)


def test_a_campus_of_ones_own_and_its_parts_are_found() -> None:
    small = small_campus()
    fields = small.contents()
    assert foreign_kinds(Annotated(**fields)) == {Annotated}
    for more in ({"notes": (Note(),)}, {"by_room": {"a": {"b": Note()}}}):
        assert foreign_kinds(Annotated(**fields, **more)) == {Annotated, Note}


def test_kinds_of_any_campus_travel_and_parts_that_are_known_are_kept() -> None:
    small = small_campus()
    other = small.with_values({"weather": Overcast()})
    assert Common([Task(name, one, 1.0, 0) for name, one in (("a", small), ("b", other))]).kinds == {Overcast}
    known = Known()
    assert foreign_kinds(other, known) == {Overcast}
    assert any(
        part is other.weather for part, _ in known.kinds.values()
    )  # so that its number is not used again


def wave_campus(*, power_mw: float = 1.0, deadly: bool = False) -> Campus:
    plain = small_campus().to_dict()
    return Campus(**{**plain, "supply": {**plain["supply"], "wave": Wave(power_mw=power_mw, deadly=deadly)}})


def parts(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((out / "parts").iterdir())}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("alone") / "out"
    sweep(small_campus, over=OVER, seeds=2, days=3.0, jobs=1, out=out)
    return out


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real scheduler on loopback; yields the file with its address."""
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    process = subprocess.Popen([*MAIN, "distributed.cli.dask_scheduler", *options], **QUIET)
    yield from _until_there(process, file)


def _until_there(process: subprocess.Popen[bytes], file: Path) -> Iterator[Path]:
    try:
        _wait(lambda: file.is_file() and file.stat().st_size > 0)
        yield file
    finally:
        process.kill()
        process.wait()


def worker(scheduler: Path) -> subprocess.Popen[bytes]:
    """A worker process of one thread."""
    options = ["--scheduler-file", str(scheduler), "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    return subprocess.Popen([*MAIN, "distributed.cli.dask_worker", *options], **QUIET)


@pytest.fixture(scope="module")
def workers(scheduler: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two workers; a test that kills one puts another in its place."""
    found = [worker(scheduler) for _ in range(2)]
    yield found
    for process in found:
        process.kill()
        process.wait()


def address(scheduler: Path) -> str:
    from distributed.utils import json_load_robust

    return str(json_load_robust(scheduler)["address"])


def wait_for_workers(scheduler: Path, count: int) -> None:
    from distributed import Client

    with Client(address(scheduler), set_as_default=False) as client:
        client.wait_for_workers(count, timeout=30)


def _wait(ready: Any, most_s: float = 30.0) -> None:
    until = time.monotonic() + most_s
    while not ready():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.005)


def test_processes_give_the_same_bytes_as_one(alone: Path, tmp_path: Path) -> None:
    found = sweep(small_campus, over=OVER, seeds=2, days=3.0, jobs=2, out=tmp_path / "out")
    assert found.points.equals(SweepResult.load(alone).points)
    assert parts(tmp_path / "out") == parts(alone)
    for name in ("points.parquet", "means.parquet", "sweep.json"):
        assert (tmp_path / "out" / name).read_bytes() == (alone / name).read_bytes()


def test_a_source_of_ones_own_travels_to_processes_that_cannot_import_it() -> None:
    over = {"power_mw": [0.0, 1.0, 2.0]}
    found = sweep(wave_campus, over=over, days=2.0, jobs=2)
    assert len(found.points) == 3, found.failures
    assert found.points.equals(sweep(wave_campus, over=over, days=2.0, jobs=1).points)
    assert found.points["supplied_mwh.wave"].is_monotonic_increasing


def test_a_point_that_kills_its_process_is_a_failure_and_the_rest_goes_on() -> None:
    over = [{"power_mw": float(power), "deadly": power == 7} for power in range(16)]
    found = sweep(wave_campus, over=over, days=2.0, jobs=2)
    assert found.failures["point"].tolist() == [7]
    assert found.failures["error"].tolist() == ["the worker process died each time it ran this point"]
    assert found.points["point"].tolist() == [place for place in range(16) if place != 7]


def test_a_cluster_gives_the_same_bytes_as_one_process(
    alone: Path, scheduler: Path, workers: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    assert len(workers) == 2
    found = sweep(
        small_campus, over=OVER, seeds=2, days=3.0, cluster=address(scheduler), out=tmp_path / "out"
    )
    assert found.points.equals(SweepResult.load(alone).points)
    assert parts(tmp_path / "out") == parts(alone)


def test_a_source_of_ones_own_travels_to_a_cluster(
    scheduler: Path, workers: list[subprocess.Popen[bytes]]
) -> None:
    assert len(workers) == 2
    over = {"power_mw": [0.0, 1.0, 2.0]}
    found = sweep(wave_campus, over=over, days=2.0, cluster=address(scheduler))
    assert found.points.equals(sweep(wave_campus, over=over, days=2.0, jobs=1).points)


OWN = """
from typing import Literal

from {parts} import share

from sim.campus import Battery
from sim.site import Source


class Windmill(Source):
    kind: Literal["{kind} windmill"] = "{kind} windmill"
    power_mw: float = 1.0

    def start(self, site, name):
        site.terminal(name).offer(5.0).state(share(self.power_mw))


class FlowBattery(Battery):
    kind: Literal["{kind} flow battery"] = "{kind} flow battery"
    tank_count: int = 2
"""


@pytest.mark.parametrize("way", ["file", "module", "package"])
def test_imported_kinds_and_what_stands_beside_them_travel_to_a_cluster(
    way: str,
    scheduler: Path,
    workers: list[subprocess.Popen[bytes]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(workers) == 2
    folder = tmp_path / "kinds_of_a_package" if way == "package" else tmp_path
    folder.mkdir(exist_ok=True)
    (folder / f"parts_of_a_{way}.py").write_text("def share(power_mw):\n    return 0.5 * power_mw\n")
    parts = f"kinds_of_a_package.parts_of_a_{way}" if way == "package" else f"parts_of_a_{way}"
    (folder / f"kinds_of_a_{way}.py").write_text(OWN.format(parts=parts, kind=way))
    monkeypatch.syspath_prepend(str(tmp_path))  # here only: the workers run already, without it
    if way == "file":
        import_kinds("kinds_of_a_file", tmp_path)
    else:
        import_kinds("kinds_of_a_package.kinds_of_a_package" if way == "package" else "kinds_of_a_module")
    own = {
        "mill": {"kind": f"{way} windmill"},
        "tanks": {"kind": f"{way} flow battery", "power_mw": 0.5, "energy_mwh": 1.0},
    }
    campus = small_campus().with_values({"supply": {**small_campus().supply, **own}})
    over = {"supply.mill.power_mw": [0.5, 1.0, 2.0]}
    found = sweep(campus, over=over, days=2.0, cluster=address(scheduler))
    assert found.failures.empty, found.failures["error"].tolist()
    assert found.points.equals(sweep(campus, over=over, days=2.0, jobs=1).points)
    assert found.points["supplied_mwh.mill"].is_monotonic_increasing


def test_a_worker_killed_in_the_middle_of_a_sweep_loses_nothing_and_doubles_nothing(
    scheduler: Path, workers: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    over = {"reactor_modules": [1, 2, 3], "import_mw": [0.5, 1.0]}
    out = tmp_path / "out"
    wait_for_workers(scheduler, 2)
    kept: list[int] = []

    def kill() -> None:
        _wait(lambda: (out / "parts").is_dir() and len(list((out / "parts").glob("*.parquet"))) >= 5)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        kept.append(len(list((out / "parts").glob("*.parquet"))))

    killer = threading.Thread(target=kill)
    killer.start()
    found = sweep(small_campus, over=over, seeds=10, days=60.0, cluster=address(scheduler), out=out)
    killer.join()
    workers[0] = worker(scheduler)
    assert workers[1].poll() is None
    assert 5 <= kept[0] < 50  # of 60: it was in the middle
    assert len(found.failures) == 0
    assert len(parts(out)) == 60
    here = sweep(small_campus, over=over, seeds=10, days=60.0, jobs=2, out=tmp_path / "here")
    assert found.points.equals(here.points)
    assert parts(out) == parts(tmp_path / "here")


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        ("tcp://127.0.0.1:9", "sweep: cluster = 'tcp://127.0.0.1:9' cannot be reached: Timed out"),
        ("nowhere", "sweep: cluster = 'nowhere' cannot be reached: missing port number in address 'nowhere'"),
    ],
)
def test_a_cluster_out_of_reach_is_refused_soon_and_nothing_is_written(
    cluster: str, message: str, tmp_path: Path
) -> None:
    began = time.monotonic()
    with pytest.raises(SpecError) as caught:
        sweep(small_campus, over=OVER, days=1.0, cluster=cluster, out=tmp_path / "out")
    assert str(caught.value).startswith(message)
    assert time.monotonic() - began < 10.0
    assert not (tmp_path / "out").exists()


def test_a_cluster_needs_its_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)  # as if it were not installed
    with pytest.raises(SpecError, match=r"needs dask\.distributed: pip install 'dcgrid\[distributed\]'"):
        sweep(small_campus, over=OVER, days=1.0, cluster="tcp://127.0.0.1:1", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_workers_import_no_frames() -> None:
    code = (
        "import sys; from small_campus import small_campus as c; from sim.sweeps.batch import *; "
        "print(run_batch(packed([t := Task('k', c(), 1.0, 0)], o := Common([t])), o.data)[0].error, "
        "[m for m in ('pandas', 'pyarrow', 'scipy', 'matplotlib', 'joblib') if m in sys.modules])"
    )
    folder = str(Path(__file__).parents[1])
    paths = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"
