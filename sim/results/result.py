"""The result of a run: its data, with its report, its pictures and its saved folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from sim.books.closed import Closed
from sim.campus.campus import Campus
from sim.files.whole import whole_file, whole_folder
from sim.page.page import write_page
from sim.plots import dispatch, single
from sim.plots import requests as requests_picture
from sim.plots import swings as swings_picture
from sim.regret import regret as program
from sim.regret.found import Regret
from sim.report import run as run_report
from sim.report.document import Document
from sim.report.markdown import to_markdown
from sim.runs.folder import check_folder
from sim.runs.import_cuts import ImportCut, import_cuts
from sim.runs.metrics import summarise
from sim.runs.run import Run
from sim.runs.saved import Record, check_replaceable, read_run, write_run
from sim.runs.shedding import Shedding, shedding
from sim.runs.swings import Swings, swings
from sim.sheets.csv_folder import write_folder
from sim.sheets.run_book import book
from sim.sheets.workbook import write_workbook
from sim.spec import Spec
from sim.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Result(Run):
    """The result of a run: its data (see `Run`), with report, pictures and saved folder."""

    @classmethod
    def of(
        cls,
        campus: Campus,
        books: Closed,
        *,
        days: float,
        seed: int,
        record_s: float | None,
        loop_s: float,
        wall_s: float,
    ) -> Self:
        """The result of a run whose books are closed."""
        found = cls(
            name=campus.name,
            calendar=campus.calendar,
            days=days,
            seed=seed,
            version=__version__,
            record_s=record_s,
            summary=summarise(books, loop_s=loop_s, wall_s=wall_s),
            books=books,
            _model=lambda: plain(campus),
        )
        found.__dict__["campus"] = campus.without_run()  # it need not be read from the model
        return found

    @cached_property
    def campus(self) -> Campus:
        """The model that was run, for another run of it; `days` and `seed` of the result are not in it.

        Raises:
            SpecError: If it has unknown kinds, or names a file that does not exist.
        """
        return Campus(**self.model)

    def report(self) -> str:
        """One screen for a planner, in Markdown."""
        return to_markdown(self.document())

    def document(self) -> Document:
        """The report as a document, for a renderer."""
        return run_report.document(self)

    def plot(self) -> Figure:
        """Four pictures: the worst week, load duration, energy by month, and when power was curtailed."""
        return dispatch.dispatch(self)

    def plot_days(self, day: date | str, *, days: float = 1.0) -> Figure:
        """The dispatch of some days from a local one on, such as `"2025-07-25"`."""
        return dispatch.days(self, day, days)

    def swings(self, of: str = "load") -> Swings:
        """How fast a power changed, and in which rhythm; every change must have been recorded.

        Args:
            of: `load`, `import` (less export), or the name of a flow, such as `chat.served_mw`.

        Raises:
            SpecError: If there is no such flow, or only means were recorded.
        """
        return swings(self, of)

    def import_cuts(self) -> tuple[ImportCut, ...]:
        """When a grid connection was to import less: curtailment orders, interruptions and lower limits."""
        return import_cuts(self)

    def shedding(self, at_h: float, until_h: float | None = None) -> Shedding:
        """How fast import fell after an instant, who gave the power, and what it cost jobs.

        Args:
            at_h: The instant, in hours after the start of the run, such as the start of a curtailment order.
            until_h: End of the window, likewise. Default: the end of the cut of import that holds then;
                without one, 30 min later.

        Raises:
            SpecError: If means over more than a minute were recorded, or the window is empty or not in the
                run.
        """
        return shedding(self, at_h, until_h)

    def regret(self) -> Regret:
        """How far the dispatch is from a lower bound on its cost: a linear program with perfect foresight.

        Raises:
            SpecError: If only means were recorded, or a load waits for power or has a cost in a way that the
                program does not have.
        """
        return program.regret(self, self.campus)

    def plot_swings(self, of: str = "load") -> Figure:
        """The spectrum of a power, and the quarter of an hour in which it varies most; see `swings`."""
        return swings_picture.swings(self, of)

    def plot_requests(self, *streams: str) -> Figure:
        """The requests of inference streams hour by hour: rates, times, and power by component.

        Args:
            *streams: Names of at most three streams. Default: those with the most requests.

        Raises:
            SpecError: If there is no such stream, or more than three are named.
        """
        return requests_picture.requests(self, *streams)

    def __str__(self) -> str:
        return self.report()

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return self.report()

    def save(self, folder: Path | str, *, replace: bool = False) -> Path:
        """Write the result into a folder, completely or not at all.

        The folder is complete: it can be read on another machine, without the input files of the model
        and without the code of user-defined kinds. A result of the same campus, length, seed and version in
        the folder is written again; a folder with other files in it is refused.

        Args:
            folder: The folder; missing parent folders are created.
            replace: Whether the result of another run in it is replaced.

        Raises:
            SpecError: If the folder holds files that are not part of a result, or the result of another run
                that is not to be replaced.
        """
        folder = Path(folder).resolve()
        check = check_folder if replace else partial(check_replaceable, record=Record.of(self))
        with whole_folder(folder, check=check) as draft:
            write_run(self, draft)
            (draft / "report.md").write_text(self.report(), encoding="utf-8")
            self.plot().savefig(draft / "dispatch.png")
        return folder

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a result that was saved.

        Raises:
            SpecError: If the folder does not hold a result, naming the file at fault.
        """
        return cls(**vars(read_run(Path(folder))))

    def save_csv(self, folder: Path | str) -> Path:
        """Write tables for a spreadsheet into a folder of CSV files, completely or not at all.

        They are the flows at each change, means over quarters of an hour and hours of the clock, months,
        events, jobs, requests and the bill. Times are in the standard time of the campus; `README.txt` says
        how to read them.

        Args:
            folder: The folder; missing parent folders are created.

        Raises:
            SpecError: If the folder holds files that are not such tables.
        """
        return write_folder(book(self), Path(folder))

    def save_excel(self, path: Path | str) -> list[str]:
        """Write the same tables as the sheets of a workbook, completely or not at all.

        Args:
            path: The file, which ends in `.xlsx`; its folder must exist.

        Returns:
            A line for each table that is left out because it has more rows than a sheet can hold.

        Raises:
            SpecError: If the file is not that of a workbook, or XlsxWriter is not installed.
        """
        return write_workbook(book(self), Path(path))

    def to_html(self, path: Path | str) -> Path:
        """Write the result as one page that a browser opens without a network, completely or not at all.

        It has the verdict, the metrics with their definitions, charts, the report, assumptions and the
        campus.

        Args:
            path: The file, which ends in `.html`; its folder must exist.

        Raises:
            SpecError: If the file is not that of a page, or a package that it needs is not installed.
        """
        return write_page(self, Path(path))

    def save_pictures(
        self,
        folder: Path | str,
        *panels: str,
        form: Literal["png", "svg", "pdf"] = "png",
        size_in: tuple[float, float] = single.SIZE_IN,
        dpi: int = single.DPI,
    ) -> list[Path]:
        """Write panels as picture files that bear their names, for slides and papers.

        Args:
            folder: The folder; it is created. Other files in it are left alone.
            *panels: Their names: `dispatch`, `load_duration`, `energy`, `curtailment`, `bill`, `jobs`,
                `overhead`, `requests`. Default: all that the run has.
            form: Format of the files.
            size_in: Width and height [inch].
            dpi: Dots per inch of a PNG.

        Raises:
            SpecError: If an argument is out of range, or the run does not have what a panel shows.
        """
        return single.write(self, Path(folder), panels, form=form, size_in=size_in, dpi=dpi)

    def export_csv(self, path: Path | str) -> Path:
        """Write the flows into a CSV file, whole or not at all.

        Columns are local `time` to the second, elapsed `t_s`, `dt_h`, and a column per flow. Parquet,
        which `save` writes, is smaller and faster; this is for spreadsheets.
        """
        import pyarrow as pa
        from pyarrow import compute, csv

        path = Path(path).resolve()
        frame = self.flows.reset_index()
        frame.insert(1, "t_s", self.t_s)
        table = pa.Table.from_pandas(frame, preserve_index=False)
        seconds = compute.cast(table["time"], pa.timestamp("s", self.timezone), safe=False)
        local = compute.strftime(seconds, format="%Y-%m-%dT%H:%M:%S%z")
        with whole_file(path) as draft:
            csv.write_csv(table.set_column(0, "time", local), draft)
        return path


def plain(campus: Campus) -> dict[str, Any]:
    """The model as plain data, without the plan of its run: equal campuses give equal bytes."""
    ordered: dict[str, Any] = _in_order(campus, campus.to_dict())
    return {name: value for name, value in ordered.items() if name != "run"}


def _in_order(value: Any, plain: Any) -> Any:
    """The plain form of a value, with entries by name and fields as declared: equal models, equal bytes."""
    if not isinstance(plain, dict) or not isinstance(value, Spec | Mapping):
        return plain
    if isinstance(value, Spec):
        return {key: _in_order(getattr(value, key, None), part) for key, part in plain.items()}
    return {key: _in_order(value.get(key), plain[key]) for key in sorted(plain)}
