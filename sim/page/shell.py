"""The shell: what all pages have in common: head, policy, style, scripts, and how one is written.

The Content-Security-Policy of a page allows the scripts that are in it, by their hashes, and nothing from
elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from sim.errors import Problem, SpecError
from sim.files.whole import whole_file
from sim.report.html import Html, element, script_element, script_hash

SUFFIX = ".html"
_NEEDS = {"bokeh": "Bokeh", "markdown_it": "markdown-it-py"}
_PART = "part-"
"""Begins the ids of the sections, to be no term of the glossary."""
_HERE = Path(__file__).parent
_WITHOUT = (
    "The charts of this page, the values at the cursor and the buttons need JavaScript. The rest of it is "
    "complete without."
)
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
        message = (
            f"needs {missing[0]}; install it with pip install 'dcgrid[html]', or -e '.[html]' in a clone"
        )
        raise SpecError("page", [Problem((), message)])


def write(text: str, path: Path) -> Path:
    """Write a page, completely or not at all; the folder must exist."""
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8")
    return path


def code(name: str) -> str:
    """A script of the pages, by the name of its file."""
    return (_HERE / f"{name}.js").read_text(encoding="utf-8")


def shell(
    title: str, *, begin: Html, sections: Mapping[str, tuple[str, Html]], codes: Sequence[str], after: Html
) -> str:
    """A page: its title, what it begins with, links to its sections, and the sections.

    Args:
        title: What the page is called.
        begin: What stands above the links.
        sections: Title and content of each section, by the name that a link uses.
        codes: The scripts, in the order in which they run.
        after: What stands between the links and the first section.
    """
    body = element(
        "body",
        element("h1", title),
        begin,
        element("noscript", element("p", _WITHOUT)),
        element("nav", *(element("a", head, href=f"#{_PART}{name}") for name, (head, _) in sections.items())),
        after,
        *(
            element("section", element("h2", head, id=f"{_PART}{name}"), content)
            for name, (head, content) in sections.items()
        ),
        *map(script_element, codes),
    )
    return "".join(("<!DOCTYPE html>\n", element("html", _head(title, codes), body, lang="en"), "\n"))


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


def _refused(field: str, message: str) -> SpecError:
    return SpecError("page", [Problem((field,), message)])
