"""`dcgrid export`: write a campus as a file, wherever it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.scenario_options import Changes, Imports, campus_of, change_said, scenario_of, with_length
from sim.cli.status import clear_errors

if TYPE_CHECKING:
    from sim.campus import Campus
    from sim.campus.run_plan import RunPlan
    from sim.runs.saved import Record


def export(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A campus, a scenario script, or the folder of a saved result."),
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET", help="File to create; its suffix sets the format: .toml, .yaml, .yml or .json."
        ),
    ],
    changes: Changes = None,
    imports: Imports = None,  # noqa: ARG001 - imported before FILE is opened
) -> None:
    """Write a campus as a file.

    The options of a scenario script follow FILE.
    """
    with clear_errors():
        from sim.files.formats import format_of
        from sim.runs.folder import check_writable

        format_of(target, owner="export", field="target")
        _refuse_taken(target)
        check_writable(target, owner="export", field="target")
        if file.is_dir() and not changes:
            _write_saved(file, target)
            return
        campus = _campus_in(file, changes) if file.is_dir() else _campus_of_file(ctx, changes)
        target.parent.mkdir(parents=True, exist_ok=True)
        campus.dump(target)
        typer.echo(f"{target}: {campus.name}, sha256:{campus.content_hash()}")
        _tell_of_kinds(campus)


def _write_saved(folder: Path, target: Path) -> None:
    """Write the campus of a saved result as it was saved; it needs neither its input files nor own kinds."""
    from sim.files.formats import format_of
    from sim.files.whole import whole_file
    from sim.runs.saved import check_saved, read_record

    check_saved(folder)
    record = read_record(folder)
    data = {**record.campus, "run": _plan_of(record).to_dict()}
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as draft:
        draft.write_text(format_of(target).dump(data), encoding="utf-8")
    typer.echo(f"{target}: {data['name']}, as saved in {folder}")


def _plan_of(record: Record) -> RunPlan:
    """The run of a saved result, so that a run of the exported campus gives the same result."""
    from sim.campus.run_plan import RunPlan, record_said

    return RunPlan(days=record.days, seed=record.seed, record=record_said(record.record_s))


def _refuse_taken(target: Path) -> None:
    from sim.errors import Problem, SpecError

    if target.exists():
        message = f"= {str(target)!r} exists; allowed: the name of a new file"
        raise SpecError("export", [Problem(("target",), message)])


def _campus_of_file(ctx: typer.Context, changes: list[str] | None) -> Campus:
    """The campus of a file or a script, with the length of the script's runs if it says one."""
    from sim.campus.scenario import A_YEAR_D

    campus = campus_of(ctx, changes)
    is_said = scenario_of(ctx)[0].days != A_YEAR_D
    return with_length(ctx, campus, None) if is_said else campus


def _campus_in(folder: Path, changes: list[str] | None) -> Campus:
    """The campus of a saved result, with the changes of `--set`."""
    from sim.campus import Campus
    from sim.runs.saved import check_saved, read_record

    check_saved(folder)
    record = read_record(folder)
    campus = Campus(**record.campus, run=_plan_of(record))
    return campus.with_values(dict(map(change_said, changes or ())))


def _tell_of_kinds(campus: Campus) -> None:
    """Print which kinds of a campus are not part of dcgrid and must be imported with the file."""
    from sim.sweeps.base import foreign_kinds

    kinds = sorted(kind.title() for kind in foreign_kinds(campus))
    if kinds:
        message = (
            "not part of dcgrid; to load the file, add --import MODULE or, in Python, import its module first"
        )
        typer.echo(f"{', '.join(kinds)}: {message}", err=True)
