"""Pages of the documentation that are made from the code: fields, commands and reference values."""

from __future__ import annotations

import os
from pathlib import Path

from typer.main import get_command
from typer.testing import CliRunner

from sim.campus.schema import FieldRow, field_rows, sections
from sim.cli import app
from sim.validation import reproduce as cases

ROOT = Path(__file__).parents[1]
WIDTH = "100"


def write(folder: Path) -> None:
    """Write all pages into a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "fields.md").write_text(fields(), encoding="utf-8")
    (folder / "commands.md").write_text(commands(), encoding="utf-8")
    reproduced(folder)


def fields() -> str:
    """Every field of a campus file, by section."""
    found = [
        "# Fields of a campus file",
        "Every field: unit, default, range, meaning and source. `dcgrid schema KIND` prints it.",
    ]
    for name, spec in sections().items():
        summary = " ".join((spec.__doc__ or "").partition("\n\n")[0].split())
        found += [f"## `{name}`", summary, *(_field(row) for row in field_rows(spec))]
    return "\n\n".join(found) + "\n"


def _field(row: FieldRow) -> str:
    """A field as an entry of a definition list."""
    unit = f" [{row.unit}]" if row.unit else ""
    default = "**required**" if row.default == "required" else f"default {_code(row.default)}"
    facts = ", ".join(filter(None, [row.type, default, row.allowed and f"allowed: {row.allowed}"]))
    return f"`{row.name}`{unit}\n: {facts}\n\n  {' '.join(row.meaning.split())}"


def _code(text: str) -> str:
    return f"`{text}`" if text else "none"


def commands() -> str:
    """The help of each command."""
    found = ["# Commands", "What `dcgrid COMMAND --help` prints."]
    for name in get_command(app).commands:  # type: ignore[attr-defined]  # it is a group
        os.environ["COLUMNS"] = WIDTH
        shown = CliRunner().invoke(app, [name, "--help"], prog_name="dcgrid", terminal_width=int(WIDTH))
        found += [f"## `dcgrid {name}`", f"```text\n{shown.stdout.strip()}\n```"]
    return "\n\n".join(found) + "\n"


def reproduced(folder: Path) -> None:
    """The table of reference values with its pictures, made by running every case; misses are shown."""
    scripts = cases.find(ROOT / "scenarios")
    cases.write_page(list(cases.run(cases.choose(scripts, ()))), folder)
