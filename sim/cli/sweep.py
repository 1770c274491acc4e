"""`dcgrid sweep`: run a campus at many points."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.resume import Out, check_writable_folder, resumable
from sim.cli.scenario_options import Changes, Days, File, Imports, change_said, scenario_of
from sim.cli.status import FAILURES_STATUS, clear_errors
from sim.cli.sweep_table import Descending, Figures, Sort, Where, check_file, show_table

Over = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUES",
        help="What to vary: a parameter of FILE or a path of its campus, as a,b,c or first:last:count, "
        "or lowest:highest with --sample; may be repeated.",
    ),
]
Replay = Annotated[
    bool | None,
    typer.Option(
        help="Replay runs: compute their metrics alone. Default: where power follows from series and stores; "
        "--replay refuses a sweep in which it does not.",
        show_default=False,
    ),
]
Csv = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the table as CSV as well.")]


def sweep(
    ctx: typer.Context,
    file: File,  # noqa: ARG001 - its scenario comes with the context
    *,
    over: Over = None,
    sample: Annotated[
        str | None, typer.Option(metavar="KIND:COUNT", help="Sample the ranges: sobol:64 or lhs:64.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Runs of each point, from the campus's seed on.")] = 1,
    days: Days = None,
    out: Out = None,
    jobs: Annotated[int | None, typer.Option(help="Number of processes; default: one per core.")] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address of the scheduler of a Dask cluster to run on."),
    ] = None,
    replay: Replay = None,
    figures: Figures = None,
    where: Where = None,
    sort: Sort = None,
    descending: Descending = False,
    csv: Csv = None,
    changes: Changes = None,
    imports: Imports = None,  # noqa: ARG001 - imported before FILE is opened
) -> None:
    """Run a campus at many points, and print means over seeds with their 95 % intervals.

    Run the same command again to resume: only the runs that are missing in DIR are made.
    """
    with clear_errors(), resumable(out):
        from sim.cli.axis_arguments import axes_of, check_metrics, points_said
        from sim.sweeps.base import ModelSource
        from sim.sweeps.run import sweep as run_sweep
        from sim.sweeps.selection import Selection

        check_writable_folder(out, owner="sweep")
        check_file(csv, owner="sweep")
        selection = Selection.of(where or (), sort, descending=descending)
        scenario, values = scenario_of(ctx)
        fixed = {**values, **dict(map(change_said, changes or ()))}
        source = ModelSource(scenario, fixed)
        points = points_said(over or (), sample, source.is_whole)
        check_metrics(figures or (), source, axes=axes_of(points))
        conditions = [condition.name for condition in selection.where]
        check_metrics(conditions, source, axes=axes_of(points), option="--where")
        check_metrics([sort] if sort else [], source, axes=axes_of(points), option="--sort")
        result = run_sweep(
            scenario, over=points, seeds=seeds, days=days, fixed=fixed, jobs=jobs, cluster=cluster, out=out,
            replay=replay, progress=sys.stderr.isatty(),
        )  # fmt: skip
        show_table(result, figures or (), selection, csv)
        if len(result.failures):
            raise typer.Exit(FAILURES_STATUS)
