"""Check the links of the built documentation: each leads to a file of it, and to a place in that file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """The places of a page, and what it links to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - any tag
        """Take the names and the links of an element."""
        for name, value in attrs:
            if value and name in {"id", "name"}:
                self.places.add(value)
            elif value and name in {"href", "src"}:
                self.links.append(value)


def broken(root: Path) -> Iterator[str]:
    """The links that lead nowhere; those to other sites are not followed.

    Args:
        root: Folder of the site.
    """
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(root.resolve().rglob("*.html"))}
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = there / "index.html" if there.is_dir() else there
            is_lost = there in pages and parts.fragment and unquote(parts.fragment) not in pages[there].places
            if not there.exists() or is_lost:
                yield f"{path.relative_to(root.resolve())}: {link}"


if __name__ == "__main__":
    found = list(broken(Path(sys.argv[1])))
    sys.exit("\n".join(["links that lead nowhere:", *found]) if found else 0)
