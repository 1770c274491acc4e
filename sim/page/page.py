"""The page of a run: one HTML file that opens in a browser without a network."""

from __future__ import annotations

from pathlib import Path

from sim.page.assumptions import assumptions
from sim.page.bill import monthly_bill
from sim.page.causes import causes
from sim.page.chart import chart_codes
from sim.page.dispatch import dispatch
from sim.page.durations import durations
from sim.page.events import events
from sim.page.glossary import glossary
from sim.page.heat import heat_maps
from sim.page.jobs import jobs
from sim.page.kept import MOST_NUMBERS
from sim.page.model import model
from sim.page.requests import requests
from sim.page.shell import check_page, shell, write
from sim.page.tiles import tiles, tiles_element
from sim.page.verdict import verdict_line
from sim.report import run as run_report
from sim.report.document import Document
from sim.report.html import Html, to_html
from sim.runs.run import Run


def write_page(run: Run, path: Path) -> Path:
    """Write the page of a run, completely or not at all.

    Args:
        run: The run.
        path: The file, which ends in `.html`; its folder must exist.

    Raises:
        SpecError: If the file is not that of a page, or a package is not installed.
    """
    check_page(path)
    return write(page(run), path)


def page(run: Run, *, most: int = MOST_NUMBERS) -> str:
    """The page of a run.

    Args:
        run: The run.
        most: Most numbers of rows in it; of a longer run it has those of the worst weeks.
    """
    document = run_report.document(run)
    return shell(
        document.title,
        begin=verdict_line(run),
        after=tiles_element(tiles(run)),
        sections=_sections(run, document, most),
        codes=chart_codes(),
    )


def _sections(run: Run, document: Document, most: int) -> dict[str, tuple[str, Html]]:
    """The sections below the tiles: the title of each, and what is in it."""
    return {
        "time": ("Dispatch", dispatch(run, most)),
        "durations": ("Durations", durations(run)),
        "causes": ("Causes", causes(run)),
        "heat": ("Hours and days", heat_maps(run)),
        "bill": ("Bill by month", monthly_bill(run)),
        "jobs": ("Jobs", jobs(run)),
        "requests": ("Requests", requests(run)),
        "events": ("Events", events(run)),
        "assumptions": ("Assumptions", to_html(Document("", assumptions(run)))),
        "report": ("Report", to_html(document)),
        "campus": ("Campus", model(run)),
        "glossary": ("Glossary", glossary()),
    }
