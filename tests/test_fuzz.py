"""Any input: campuses and traces that are wrong, hostile or extreme run, or are refused by a SpecError.

Nothing else is raised (warnings of NumPy are errors in this suite), and each example ends in bounded time.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import yaml
from builders import told
from every_kind import CAMPUS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wide_campus import WIDE

from sim import Campus, SpecError, simulate
from sim.campus.schema import sections
from sim.demand.hall import Load
from sim.simulation import prepare
from sim.site import Source
from sim.units import marks

BOUNDED = settings(
    deadline=timedelta(seconds=5),
    max_examples=120,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
FEWER = settings(BOUNDED, max_examples=40)
DAYS = 0.05


def places(data: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values, inner ones among them."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        yield (*before, key)
        yield from places(value, (*before, key))


PLACES = list(places(CAMPUS))

extremes = st.sampled_from(
    [0, 1, -1, 5e-324, 1e-9, 0.01, 1e4, 1e7, 1e10, 1e12, 1e15, 1e300, -1e6, -1e300, 2**63, 2**64, 10**400]
)
garbage = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | extremes,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)

finite = garbage.filter(lambda value: value is not None)
"""Values for a file; TOML has no null."""


@st.composite
def mutated(
    draw: st.DrawFn,
    values: st.SearchStrategy[Any] = garbage,
    most: int = 3,
    campuses: tuple[dict[str, Any], ...] = (CAMPUS,),
) -> dict[str, Any]:
    """One of these campuses with up to so many values replaced, deleted or renamed."""
    data = copy.deepcopy(draw(st.sampled_from(campuses)))
    for place in draw(st.lists(st.sampled_from(list(places(data))), min_size=1, max_size=most)):
        *way, last = place
        try:
            here = data
            for key in way:
                here = here[key]
            match draw(st.sampled_from(["replace", "replace", "delete", "rename"])):
                case "replace":
                    here[last] = draw(values)
                case "delete":
                    del here[last]
                case "rename":
                    here[draw(st.text(max_size=9))] = here.pop(last)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier mutation has taken the place away
    return data


def range_of(place: tuple[Any, ...]) -> list[float]:
    """The lowest and the highest value of a number, and what lies nearest to zero; none of other fields."""
    kinds = sections()
    here = CAMPUS[place[0]] if len(place) == 2 else CAMPUS[place[0]][place[1]]
    spec = kinds[here["kind"] if "kind" in here else place[0]]
    field = spec.model_fields[place[-1]]
    bounds = [
        getattr(mark, word) for mark in marks(field) for word in ("ge", "gt", "le") if hasattr(mark, word)
    ]
    numbers = [bound for bound in bounds if bound is not None]
    return [*numbers, 5e-324, 1e-9, 1.0] if numbers else []


NUMBERS = [
    place
    for place in PLACES
    if (len(place) == 3 or (len(place) == 2 and place[0] in {"facility", "weather"})) and range_of(place)
]
"""The paths to numbers of participants, facility and weather."""


@st.composite
def extreme(draw: st.DrawFn) -> dict[str, Any]:
    """The campus with some numbers at the ends of their ranges."""
    data = copy.deepcopy(CAMPUS)
    for place in draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=5, unique=True)):
        *way, last = place
        here = data
        for key in way:
            here = here[key]
        here[last] = draw(st.sampled_from(range_of(place)))
    return data


def run(data: dict[str, Any]) -> None:
    """Build and run a campus; a SpecError is an answer."""
    try:
        simulate(Campus(**data), days=DAYS, seed=1)
    except SpecError as error:
        lines = str(error).splitlines()
        assert lines
        assert max(map(len, lines)) < 2000


@BOUNDED
@given(data=mutated(campuses=(CAMPUS, WIDE)))
def test_a_mutated_campus_runs_or_is_refused(data: dict[str, Any]) -> None:
    run({str(key): value for key, value in data.items()})


INTERNAL = re.compile(r"function-|literal\[|union\[|constrained|known: (,|$)")
"""Words of the validator, and an empty name among those that are known."""
MAY_BE_EMPTY = {"counterparty", "team"}
EVERYWHERE = [(campus, place) for campus in (CAMPUS, WIDE) for place in places(campus)]


def replaced(campus: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A campus with another value at a place."""
    data = here = copy.deepcopy(campus)
    for key in place[:-1]:
        here = here[key]
    here[place[-1]] = value
    return data


@pytest.mark.parametrize("empty", ["", {}])
def test_a_field_that_is_emptied_is_refused_in_our_words(empty: Any) -> None:
    for campus, place in EVERYWHERE:
        try:
            Campus(**replaced(campus, place, copy.copy(empty)))
        except SpecError as error:
            assert not INTERNAL.search(str(error)), place  # noqa: PT017 - it may be allowed


def test_an_empty_text_is_refused_and_shown_before_the_run() -> None:
    for campus, place in EVERYWHERE:
        here = campus
        for key in place:
            here = here[key]
        if isinstance(here, str) and place[-1] not in MAY_BE_EMPTY:
            data = replaced(campus, place, "")
            assert "= ''" in told(lambda data=data: prepare(Campus(**data), days=DAYS)), place  # type: ignore[misc]


@BOUNDED
@given(data=extreme())
def test_a_campus_of_extreme_numbers_runs_or_is_refused(data: dict[str, Any]) -> None:
    run(data)


# Files


def written(data: dict[str, Any], ending: str) -> str:
    """The text of plain data; what a format cannot express is written as text."""
    if ending == ".toml":
        return tomli_w.dumps(json.loads(json.dumps(data, default=str)))
    return yaml.safe_dump(data) if ending == ".yaml" else json.dumps(data)


TEXTS = {ending: written(CAMPUS, ending).encode() for ending in (".toml", ".yaml", ".json")}


def load(path: Path) -> None:
    """Load and run a file; a SpecError is an answer."""
    try:
        campus = Campus.load(path)
        simulate(campus, days=DAYS, seed=1)
    except SpecError as error:
        assert str(error)  # noqa: PT017 - any input may be refused, none must be


@pytest.mark.parametrize("ending", list(TEXTS))
@FEWER
@given(data=mutated(finite))
def test_a_file_of_a_mutated_campus_runs_or_is_refused(
    ending: str, data: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / f"campus{ending}"
    try:
        text = written(data, ending)
    except (TypeError, ValueError, OverflowError):
        return  # the format has no such value
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    load(path)


@pytest.mark.parametrize("ending", list(TEXTS))
@FEWER
@given(data=st.data())
def test_a_file_with_flipped_bytes_runs_or_is_refused(
    ending: str, data: st.DataObject, tmp_path: Path
) -> None:
    content = bytearray(TEXTS[ending])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[at] = data.draw(st.integers(0, 255) | st.sampled_from(b"[]{}:&*\"'\n\t#"))
    cut = data.draw(st.none() | st.integers(0, len(content)))
    path = tmp_path / f"campus{ending}"
    path.write_bytes(content[:cut])
    load(path)


cells = st.sampled_from(
    [
        "1",
        "2.5",
        "0",
        "",
        " ",
        "NaN",
        "inf",
        "-1",
        "1e300",
        "1e400",
        "5e-324",
        "text",
        '"1',
        "1,2",
        "0x1",
        "é",
        "\0",
    ]
)
stamps = st.sampled_from(
    [f"2025-03-30T{hour:02d}:{minute:02d}+00:00" for hour in range(3) for minute in (0, 30)]
    + [
        "2025-03-30T02:30",
        "",
        "0001-01-01T00:00Z",
        "9999-12-31T23:59Z",
        "1600-01-01T00:00Z",
        "2025-02-30",
        "x",
    ]
)
usual = st.just([f"2025-03-30T{minute // 60:02d}:{minute % 60:02d}+00:00" for minute in range(0, 180, 30)])


@FEWER
@given(
    times=usual | st.lists(stamps, max_size=6),
    values=st.lists(cells, min_size=6, max_size=6),
    header=st.sampled_from(["time,mw", "time,mw", "time,mw,mw", "mw,time", "", "time"]),
    scale=st.sampled_from([1.0, 1.0, 0.0, -1.0, 1e300]),
    options=st.sampled_from([{}, {"timezone": "Europe/Berlin"}]),
)
def test_a_campus_with_a_wrong_trace_runs_or_is_refused(  # noqa: PLR0917 - hypothesis gives them by name
    times: list[str], values: list[str], header: str, scale: float, options: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "trace.csv"
    rows = [f"{time},{value}" for time, value in zip(times, values, strict=False)]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    trace = {"csv": str(path), "column": "mw", "scale": scale, **options}
    run({**CAMPUS, "demand": {"load": {"kind": "measured_load", "power_mw": trace}}})


def test_the_campus_itself_runs_and_every_kind_is_in_it() -> None:
    assert simulate(Campus(**CAMPUS), days=DAYS, seed=1).summary
    kinds = {part["kind"] for family in ("supply", "demand") for part in CAMPUS[family].values()}
    own = {
        name for name, spec in sections().items() if spec.__module__.startswith(("sim.supply", "sim.demand"))
    }
    assert kinds == own & {*Source.members, *Load.members}


def test_the_wide_campus_runs() -> None:
    assert simulate(Campus(**WIDE), days=DAYS, seed=1).summary
