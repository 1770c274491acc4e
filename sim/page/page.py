"""The page: a run as one HTML file that opens in a browser without a network.

Its Content-Security-Policy allows the scripts that are in it, by their hashes, and nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from sim.errors import Problem, SpecError
from sim.files.whole import whole_file
from sim.page.assumptions import assumptions
from sim.page.bill import monthly_bill
from sim.page.causes import causes
from sim.page.chart import scripts
from sim.page.dispatch import dispatch
from sim.page.durations import durations
from sim.page.events import events
from sim.page.glossary import glossary
from sim.page.heat import heat_maps
from sim.page.jobs import jobs
from sim.page.kept import MOST_NUMBERS
from sim.page.model import model
from sim.page.requests import requests
from sim.page.tiles import tiles, tiles_element
from sim.report import run as run_report
from sim.report.adequacy import verdict
from sim.report.document import Document
from sim.report.html import Html, element, script_element, script_hash, to_html
from sim.runs.run import Run

SUFFIX = ".html"
_NEEDS = {"bokeh": "Bokeh", "markdown_it": "markdown-it-py"}
_PART = "part-"
"""Begins the ids of the sections, to be no term of the glossary."""
_HERE = Path(__file__).parent
_WITHOUT = "The charts of this page need JavaScript. The rest of it is complete without."
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "script-src {scripts}"
)


def check_page(path: Path, *, field: str = "path") -> None:
    """Refuse, before any work, a file that cannot be a page, and say if a package is not installed.

    Args:
        path: The file.
        field: How the user calls it, for the message.

    Raises:
        SpecError: Naming the file, or how to install the package.
    """
    if path.suffix.lower() != SUFFIX or path.is_dir():
        raise _refused(field, f"= {str(path)!r}; allowed: a file that ends in {SUFFIX}")
    missing = [name for module, name in _NEEDS.items() if find_spec(module) is None]
    if missing:
        raise _refused(field, f"needs {missing[0]}; install it with pip install 'dcgrid[html]'")


def write_page(run: Run, path: Path) -> Path:
    """Write the page of a run, completely or not at all.

    Args:
        run: The run.
        path: The file, which ends in `.html`; its folder must exist.

    Raises:
        SpecError: If the file is not that of a page, or a package is not installed.
    """
    check_page(path)
    text = page(run)
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8")
    return path


def page(run: Run, *, most: int = MOST_NUMBERS) -> str:
    """The page of a run.

    Args:
        run: The run.
        most: Most numbers of rows in it; of a longer run it has those of the worst weeks.
    """
    document, codes = run_report.document(run), scripts()
    sections = _sections(run, document, most)
    body = element(
        "body",
        element("h1", document.title),
        _verdict(run),
        element("noscript", element("p", _WITHOUT)),
        element(
            "nav", *(element("a", title, href=f"#{_PART}{name}") for name, (title, _) in sections.items())
        ),
        tiles_element(tiles(run)),
        *(
            element("section", element("h2", title, id=f"{_PART}{name}"), content)
            for name, (title, content) in sections.items()
        ),
        *map(script_element, codes),
    )
    return "".join(
        ("<!DOCTYPE html>\n", element("html", _head(document.title, codes), body, lang="en"), "\n")
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


def _head(title: str, codes: Sequence[str]) -> Html:
    policy = _POLICY.format(scripts=" ".join(map(script_hash, codes)))
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Html((_HERE / "page.css").read_text(encoding="utf-8"))),
    )


def _verdict(run: Run) -> Html:
    """The verdict, which begins with its answer."""
    answer, _, why = verdict(run).text.partition("; ")
    kind = answer if answer in {"yes", "no"} else "wait"
    return element("p", element("b", f"Powered: {answer}"), f"; {why}", class_=f"verdict {kind}")


def _refused(field: str, message: str) -> SpecError:
    return SpecError("page", [Problem((field,), message)])
