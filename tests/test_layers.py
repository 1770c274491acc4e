"""The house: imports go strictly down one table, conversions live in one room, and nothing grows large."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "sim"

FLOORS: tuple[str, ...] = (
    # lowest first; rooms of one line do not know each other
    "errors units version",
    "files.exchange files.limits files.relative files.text refusal",
    "files.csv_cells files.plain_yaml files.script",
    "files.formats files.offers files.whole",
    "spec",
    "presets",
    "economics.asset",
    "economics.economics",
    "timeseries.calendar timeseries.public_holidays timeseries.times",
    "timeseries.recorded_year timeseries.timestamps timeseries.moment timeseries.standard_time",
    "timeseries.series timeseries.instant weather.weather_file",
    "timeseries.exact_sum timeseries.forecast timeseries.ramp_up timeseries.segments timeseries.start_date",
    "timeseries.time_of_use",
    "timeseries.year_draw",
    "weather.sun weather.clouds weather.frame weather.humidity",
    "timeseries.shapes timeseries.service",
    "timeseries.profile",
    "weather.weather",
    "weather.weather_years weather.sky",
    "weather.skies",
    # the kernel
    "bus.door bus.numbers bus.track bus.flows",
    "bus.row_buffer bus.band",
    "bus.clearing bus.clock bus.watch bus.trace bus.description bus.flat_mover bus.mover",
    "bus.block",
    "bus.account",
    "bus.terminal",
    "bus.recorder",
    "bus.filling",
    "bus.settlement",
    "bus.stretch",
    "bus.bus",
    "bus.roster",
    "books.rows books.interval_book books.metered books.costs books.changes books.scan",
    "books.causes books.hours books.journal books.postings books.power books.adequacy",
    "books.episodes",
    "books.ledger",
    "books.audit",
    "books.closed",
    "books.closing books.enrolment",
    "site",
    # what participants share
    "plant.missed plant.residual plant.store plant.outages plant.commitments",
    "plant.ramp plant.traits",
    "plant.tallies",
    "plant.commitment",
    "contracts.bill contracts.ratchet contracts.tiers",
    "contracts.contract contracts.carbon",
    "contracts.charge contracts.urdb_fields",
    "contracts.demand_charge contracts.energy_charge contracts.fixed_charge",
    "contracts.charges contracts.purchase contracts.terms",
    "contracts.agreement contracts.imports contracts.tariff",
    "contracts.physical contracts.sleeved contracts.successive contracts.virtual",
    "contracts.rates contracts.urdb_record",
    "contracts.urdb",
    "contracts.capital contracts.peak_target",
    "strategies.strategy",
    "strategies.firm_minimum",
    "strategies.day_ahead strategies.net_load strategies.outage_reserve strategies.peak_shaving",
    "strategies.solar_shifting strategies.store_plan strategies.timetable",
    "strategies.store_ladder",
    "strategies.rolling_optimiser",
    # participants
    "supply.battery supply.gas supply.generators supply.grid supply.measured supply.fusion supply.reactor",
    "supply.solar",
    "compute.server compute.failures compute.server_states compute.domains compute.response",
    "compute.fitted compute.scheduler",
    "compute.room",
    "compute.draft",
    "compute.easy_backfill compute.fair_share compute.first_come compute.priority compute.worth",
    "compute.sums compute.behaviour compute.servers",
    "compute.claim",
    "compute.capping",
    "compute.pool",
    "compute.member",
    "compute.group",
    "compute.virtual_time",
    "compute.tier",
    "workload.job workload.job_columns workload.job_duration workload.philly_log",
    "workload.submissions workload.job_log",
    "workload.job_draw workload.job_table",
    "workload.jobs",
    "requests.tokens requests.request_columns",
    "requests.request_class requests.request_times",
    "requests.arrivals",
    "requests.request_log",
    "queueing.waits queueing.discipline",
    "queueing.latency queueing.line queueing.steady",
    "queueing.backlog",
    "queueing.fluid",
    "serving.request_sums serving.slots serving.replica",
    "serving.fitted serving.fleet serving.models serving.queue serving.replicas serving.tally",
    "serving.exact serving.fluid_counts",
    "serving.fluid_stream serving.power_cuts",
    "demand.checkpoints demand.cycle demand.draw demand.interruptions",
    "demand.cooling demand.losses",
    "demand.facility",
    "demand.overhead",
    "demand.feed",
    "demand.phases demand.levels demand.progress",
    "demand.order",
    "demand.job_record",
    "demand.hall demand.gang",
    "demand.request_books demand.request_feed demand.job_load demand.measured",
    "demand.inference demand.training demand.workload",
    # the model
    "campus.target campus.run_plan campus.sales",
    "campus.campus",
    "campus",
    "campus.kinds campus.schema campus.scenario",
    # its run and what came of it
    "runs.bill runs.carbon runs.value runs.clean runs.facility runs.folder runs.queueing runs.requests",
    "runs.summary",
    "runs.metrics runs.months",
    "runs.run",
    "runs.books_file",
    "runs.hours_file",
    "runs.pools runs.saved",
    "runs.import_cuts runs.serving runs.swings",
    "runs.deadlines runs.shedding runs.smoothing",
    "report.numbers report.document",
    "report.hour_table report.phrases report.sources report.lines",
    "report.markdown report.terminal report.html",
    "report.domains report.facility report.requests report.servers",
    "report.adequacy report.hours report.jobs report.limits report.months report.peaks report.service_note",
    "report.bill report.response report.service report.tables report.tariff report.value",
    "report.run report.sweep report.comparison report.size",
    "sheets.sheet",
    "sheets.intervals",
    "sheets.run_book",
    "sheets.csv_folder sheets.workbook",
    "plots.day_hours plots.palette plots.picture plots.week",
    "plots.swings",
    "plots.bill plots.demand plots.panels plots.sweep",
    "plots.requests plots.size",
    "plots.dispatch",
    "plots.single",
    "page.shell",
    "page.chart page.clock page.curves page.weeks",
    "page.bins page.kept",
    "page.track",
    "page.dispatch_chart page.window",
    "page.outages",
    "page.assumptions page.bill page.causes page.dispatch page.durations page.events page.glossary page.heat",
    "page.jobs page.model page.requests page.tiles page.verdict",
    "page.compared",
    "page.amounts page.model_differences page.windows",
    "page.cause_table page.metric_table page.run_lines",
    "page.bill_table",
    "page.comparison page.page",
    "page.swept page.point_toml",
    "page.point_charts page.point_table",
    "page.sweep",
    "regret.envelope regret.program regret.table",
    "regret.found regret.intervals",
    "regret.charges regret.facility",
    "regret.jobs regret.supply",
    "regret.agreements regret.units regret.work",
    "regret.demand",
    "regret.refusals",
    "regret.regret",
    "results.result",
    "results.comparison",
    "simulation",
    "replay.sums",
    "replay.plan",
    "replay.kernel",
    "replay.obstacle replay.script",
    "replay.books",
    "replay.replay",
    "profiling.stopwatch",
    "profiling.counting_clock profiling.call_profile",
    "profiling.run",
    # many runs
    "sweeps.axes sweeps.code sweeps.derived_prices sweeps.point_models sweeps.point_values",
    "sweeps.base sweeps.selection sweeps.statistics",
    "sweeps.task",
    "sweeps.batch sweeps.frames sweeps.store",
    "sweeps.engines",
    "sweeps.result",
    "sweeps.run",
    "sweeps",
    "sizing.refusals",
    "sizing.goal sizing.limit sizing.variable",
    "sizing.trial",
    "sizing.trials",
    "sizing.search",
    "sizing.front",
    "sizing.result",
    "sizing.run",
    "sizing",
    "validation.published",
    "validation.reproduce",
    # the command
    "cli.app cli.status cli.screen cli.axis_arguments",
    "cli.scenario_options cli.sweep_table cli.resume cli.pictures",
    "cli.run cli.show cli.validate cli.schema cli.export cli.sweep cli.size cli.compare",
    "cli.report cli.reproduce",
    "cli",
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms.split()}

STOREFRONT = "__init__"
"""The package itself names what users import and imports it when it is first used; no room imports it."""


@dataclass(frozen=True)
class Import:
    """An import of a room by a room.

    Attributes:
        by: Who imports.
        room: What is imported.
        name: What is taken from it, if it is the package itself.
        deferred: Whether it stands inside a function.
        hidden: Whether it is there for types only.
        line: Where it stands.
    """

    by: str
    room: str
    name: str
    deferred: bool
    hidden: bool
    line: int


@cache
def rooms() -> dict[str, Path]:
    """Every module, by its name below `sim`; a folder's `__init__` that holds nothing is no room."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        folder = name.removesuffix(".__init__")
        bare = folder != name and not any(
            isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(parsed(path))
        )
        if not bare:
            found[folder] = path
    return found


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room_of(module: str) -> str:
    """The room a dotted name below `sim` leads to."""
    while module and module not in FLOOR and module not in rooms():
        module = module.rpartition(".")[0]
    return module


def imports(by: str, node: ast.AST, *, deferred: bool = False, hidden: bool = False) -> Iterator[Import]:
    """All imports of the project's own modules, wherever they stand."""
    for child in ast.iter_child_nodes(node):
        inside = deferred or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        types = hidden or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
        if isinstance(child, ast.Import):
            for alias in child.names:
                if alias.name.split(".")[0] == "sim":
                    below = alias.name.partition(".")[2]
                    yield Import(by, room_of(below) or STOREFRONT, "", deferred, hidden, child.lineno)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{by}:{child.lineno}: imports are absolute"
            package, _, below = (child.module or "").partition(".")
            for alias in child.names if package == "sim" else ():
                room = room_of(f"{below}.{alias.name}".strip("."))
                yield Import(by, room or STOREFRONT, alias.name, deferred, hidden, child.lineno)
        else:
            yield from imports(by, child, deferred=inside, hidden=types)


ALL = [found for room, path in rooms().items() if room != STOREFRONT for found in imports(room, parsed(path))]


def test_every_module_stands_in_the_table() -> None:
    assert sorted(set(rooms()) - set(FLOOR) - {STOREFRONT}) == []


def test_the_table_has_each_room_once() -> None:
    listed = " ".join(FLOORS).split()
    assert len(listed) == len(set(listed))


def test_imports_are_found_at_all() -> None:
    assert any((each.by, each.room) == ("bus.settlement", "bus.clearing") for each in ALL)
    assert any((each.by, each.room) == ("site", "books.audit") for each in ALL)  # from sim.books import audit
    assert any((each.by, each.room) == ("plant.ramp", "units") for each in ALL)  # from sim import units
    assert len(ALL) > 100


@pytest.mark.parametrize("room", sorted(set(rooms()) - {STOREFRONT}))
def test_a_room_imports_from_lower_floors_only_not_even_for_types(room: str) -> None:
    for each in ALL:
        if each.by != room or each.room == STOREFRONT:
            continue
        assert FLOOR[each.room] < FLOOR[each.by], (
            f"{each.by}:{each.line} imports {each.room}, which is not below"
        )


def test_no_import_of_our_own_hides_behind_type_checking() -> None:
    assert [f"{each.by}:{each.line}" for each in ALL if each.hidden and not each.by.startswith("cli.")] == []


TOP = {"__init__", "errors", "presets", "refusal", "simulation", "site", "spec", "units", "version"}
"""Files at the top of `sim/`: those of the table in ARCHITECTURE.md."""

AFTER_THE_RUN = ("runs", "report", "sheets", "plots", "page", "results")
"""Folders that read what a run left."""
READS_NO_RUN = {"report.tariff": {"contracts.urdb_fields", "contracts.urdb_record"}}
"""A room there that shows an input before any run, and the plain data that it reads."""


def folder_of(room: str) -> str:
    """The folder that a room stands in, or the file itself at the top."""
    return room.partition(".")[0]


def test_folders_do_not_import_each_other_in_a_circle() -> None:
    below: dict[str, set[str]] = {folder_of(room): set() for room in rooms()}
    for each in ALL:
        if each.room != STOREFRONT and folder_of(each.room) != folder_of(each.by):
            below[folder_of(each.by)].add(folder_of(each.room))
    assert tuple(TopologicalSorter(below).static_order())  # a circle raises CycleError, which names it


def test_only_the_files_of_the_table_stand_at_the_top() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} == TOP


def test_what_reads_a_run_imports_neither_bus_nor_site_and_of_the_books_only_the_closed_ones() -> None:
    found = [
        f"{each.by}:{each.line} imports {each.room}"
        for each in ALL
        if folder_of(each.by) in AFTER_THE_RUN
        and each.room not in READS_NO_RUN.get(each.by, ())
        and (
            folder_of(each.room) in {"bus", "site", "plant", "supply", "demand", "compute", "contracts"}
            or (folder_of(each.room) == "books" and each.room != "books.closed")
        )
    ]
    assert found == []


def test_no_folder_has_more_than_an_eighth_of_the_lines() -> None:
    lines: dict[str, int] = {}
    for path in ROOT.rglob("*.py"):
        folder = path.relative_to(ROOT).parts[0]
        lines[folder] = lines.get(folder, 0) + len(path.read_text(encoding="utf-8").splitlines())
    eighth = sum(lines.values()) / 8
    assert {folder: count for folder, count in lines.items() if count > eighth} == {}


def test_a_circle_of_folders_would_be_found() -> None:
    with pytest.raises(CycleError):
        tuple(TopologicalSorter({"bus": {"books"}, "books": {"bus"}}).static_order())


def test_no_import_of_our_own_hides_in_a_function() -> None:
    """The command imports what it needs when it is called, for `--help` to be fast; nobody else does."""
    assert [f"{each.by}:{each.line}" for each in ALL if each.deferred and folder_of(each.by) != "cli"] == []


def test_no_room_imports_the_package_itself() -> None:
    assert [f"{each.by}:{each.line}" for each in ALL if each.room == STOREFRONT] == []


DISPLAYED = {"plots.sweep": "large numbers on an axis are written short, as 1.2 M or 3.4 k"}
"""Rooms whose powers of ten are no conversions, with the reason."""
NEVER = {3600, 86400, 604800, 8760, 8784, 31536000, 1e6}
"""Conversions, which are numbers of `units`."""
NEVER_FACTORS = NEVER | {60, 24, 7, 365, 12, 1000, 1e-3, 1e-6}
"""Numbers that are conversions where something is multiplied or divided by them."""


def conversions(tree: ast.Module) -> Iterator[ast.Constant]:
    """Numbers that convert units."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.FloorDiv | ast.Mod):
            for part in (node.left, node.right):
                if isinstance(part, ast.Constant) and part.value in NEVER_FACTORS:
                    yield part
        if isinstance(node, ast.BinOp | ast.Assign | ast.Call | ast.Compare):
            for part in ast.iter_child_nodes(node):
                if (
                    isinstance(part, ast.Constant)
                    and type(part.value) in (int, float)
                    and part.value in NEVER
                ):
                    yield part


@pytest.mark.parametrize("room", sorted(set(rooms()) - {"units"} - set(DISPLAYED)))
def test_conversions_live_in_units_only(room: str) -> None:
    found = [f"{room}:{number.lineno}: {number.value}" for number in conversions(parsed(rooms()[room]))]
    assert found == []


def test_a_conversion_would_be_found() -> None:
    assert [n.value for n in conversions(ast.parse("x = hours * 3600.0"))] == [3600.0, 3600.0]
    assert [n.value for n in conversions(ast.parse("x = minutes * 60"))] == [60]
    assert list(conversions(ast.parse("price = 60.0"))) == []


LONGEST_FUNCTION = 50
LONGEST_FILE = 350


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Length of a function without its docstring."""
    first = node.body[0]
    message = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if message else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring


@pytest.mark.parametrize("room", sorted(rooms()))
def test_functions_and_files_stay_short(room: str) -> None:
    path = rooms()[room]
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = body_lines(node)
            assert length <= LONGEST_FUNCTION, f"{room}: {node.name} has {length} lines"


def from_the_end(tree: ast.Module) -> list[int]:
    """Lines with an index that counts from the end."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            parts = [node.slice]
            if isinstance(node.slice, ast.Slice):
                parts = [part for part in (node.slice.lower, node.slice.upper) if part is not None]
            if any(isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub) for part in parts):
                found.append(node.lineno)
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.pxd")), ids=lambda path: path.stem)
def test_compiled_code_has_no_index_from_the_end(path: Path) -> None:
    """It is compiled without them: what such an index then means depends on the version of Python."""
    assert from_the_end(parsed(path.with_suffix(".py"))) == []


def test_an_index_from_the_end_would_be_found() -> None:
    assert from_the_end(ast.parse("a[0]\nb[-1]\nc[x - 1]\nd[:-1]\ne[-2:]")) == [2, 4, 5]


TESTS = Path(__file__).parent
FOREIGN = {"os": "`os._exit` ends a process as a crash would"}
"""Names of others whose private parts tests use, with the reason."""


def is_private(name: str) -> bool:
    """Whether a name is private; `__init__` and `_repr_png_`, which others call, are not."""
    return name.startswith("_") and not name.endswith("_")


def privates(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Where a module reaches into a private name of something other than its own classes."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom | ast.Import):
            names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) not in {"self", "cls", *FOREIGN}:
            names.append(node.attr)
        for name in names:
            if any(is_private(part) for part in name.split(".")):
                yield node.lineno, name


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_reaches_into_a_private_name(path: Path) -> None:
    assert list(privates(parsed(path))) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from sim.simulation import _connect", "_connect"),
        ("from sim._hidden import thing", "sim._hidden"),
        ("import sim._hidden", "sim._hidden"),
        ("site.bus._ladder", "_ladder"),
    ],
)
def test_a_private_name_would_be_found(text: str, name: str) -> None:
    assert list(privates(ast.parse(text))) == [(1, name)]
