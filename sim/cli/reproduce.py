"""`dcgrid reproduce`: published reference values and simulated ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.screen import echo_document, screen_width
from sim.cli.status import MISSED_STATUS, clear_errors


def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[CASE]...", help="Cases to run, such as A1; default: all.")
    ] = None,
    *,
    scenarios: Annotated[Path, typer.Option(metavar="DIR", help="Folder of scenario scripts.")] = Path(
        "scenarios"
    ),
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the table as JSON to FILE.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a Markdown page with pictures to DIR.")
    ] = None,
) -> None:
    """Run published cases and compare each reference value with the simulated one.

    The exit status is 1 if a reference value is missed.
    """
    with clear_errors():
        import json

        from sim.errors import Problem, SpecError
        from sim.files.whole import whole_file
        from sim.report.document import Document, Paragraph
        from sim.runs.folder import check_writable
        from sim.validation import reproduce as cases

        if json_file is not None and json_file.is_dir():
            raise SpecError("reproduce", [Problem(("--json",), f"= {str(json_file)!r} is a folder")])
        if json_file is not None:
            check_writable(json_file, owner="reproduce", field="--json")
        if out is not None:
            check_writable(out, owner="reproduce", field="--out", inside=True)
        chosen = cases.choose(cases.find(scenarios), names or ())
        width = screen_width() or cases.WIDE
        typer.echo(cases.head(width))
        outcomes = []
        for outcome in cases.run(chosen):
            typer.echo(cases.lines(outcome, width))
            outcomes.append(outcome)
        typer.echo()
        echo_document(Document("", (Paragraph(cases.summary(outcomes)),)))
        if json_file is not None:
            json_file.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(json_file) as draft:
                draft.write_text(json.dumps(cases.as_json(outcomes), indent=2) + "\n", encoding="utf-8")
        if out is not None:
            typer.echo(f"page: {cases.write_page(outcomes, out)}")
    if any(outcome.missed for outcome in outcomes):
        raise typer.Exit(MISSED_STATUS)
