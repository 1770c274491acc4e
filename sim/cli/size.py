"""`dcgrid size`: search the cheapest sizes that meet limits."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.resume import Out, check_writable_folder, resumable
from sim.cli.scenario_options import Changes, Days, File, Imports, change_said, scenario_of
from sim.cli.screen import echo_document
from sim.cli.status import FAILURES_STATUS, clear_errors
from sim.cli.sweep_table import check_file

if TYPE_CHECKING:
    from sim.sizing.result import SizeResult

Vary = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=LOWEST:HIGHEST",
        help="A size to search: a parameter of FILE or a path of its campus, with the lowest and the highest "
        "value; may be repeated.",
    ),
]
Minimise = Annotated[
    list[str] | None,
    typer.Option(
        metavar="METRIC",
        help='What to make small: a metric, or a sum such as "cost_usd + fixed_cost_usd". Given twice, the '
        "Pareto front of both is searched.",
    ),
]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LIMIT",
        help='A limit that every seed has to meet, such as "unserved_mwh <= 0" or "cfe_score >= 0.9"; may be '
        "repeated.",
    ),
]

Figures = Annotated[
    list[str] | None,
    typer.Option(
        "--figure",
        "--metric",
        metavar="NAME",
        help="Metric of the best point to show as well; may be repeated.",
    ),
]
Seeds = Annotated[int, typer.Option(help="Runs of each point, from the campus's seed on.")]
CheckSeeds = Annotated[int, typer.Option(help="Fresh seeds with which the best point is run again.")]
SearchSeed = Annotated[
    int, typer.Option(help="Seed of the search itself; the same seed tries the same points.")
]
Csv = Annotated[Path | None, typer.Option(metavar="FILE", help="Write all points tried as CSV as well.")]
Plot = Annotated[
    Path | None,
    typer.Option(
        metavar="PNG", help="Draw the search, or the front of two goals: a .png, .svg or .pdf file."
    ),
]
_PICTURES = (".png", ".svg", ".pdf")


def size(
    ctx: typer.Context,
    file: File,  # noqa: ARG001 - its scenario comes with the context
    *,
    vary: Vary = None,
    minimise: Minimise = None,
    limit: Limit = None,
    seeds: Seeds = 1,
    check_seeds: CheckSeeds = 3,
    days: Days = None,
    most_runs: Annotated[int, typer.Option(help="Highest number of runs of the search.")] = 400,
    search_seed: SearchSeed = 0,
    out: Out = None,
    jobs: Annotated[int | None, typer.Option(help="Number of processes; default: one per core.")] = None,
    csv: Csv = None,
    figures: Figures = None,
    plot: Plot = None,
    changes: Changes = None,
    imports: Imports = None,  # noqa: ARG001 - imported before FILE is opened
) -> None:
    """Search the sizes with the lowest cost, or another goal, that meet limits; check them with fresh seeds.

    The search tries many points, and finds a good one, not a proven optimum. The status is 1 if no point
    meets the limits, or the best one misses them with a fresh seed. Run the same command again to resume:
    only the runs that are missing in DIR are made.
    """
    with clear_errors(), resumable(out):
        from sim.cli.axis_arguments import check_metrics, ranges_said
        from sim.sizing.refusals import as_size, refused
        from sim.sizing.run import size as run_size
        from sim.sweeps.base import ModelSource

        check_writable_folder(out, owner="size")
        check_file(csv, owner="size")
        _check_picture(plot)
        if not minimise:
            raise refused(
                "--minimise", 'is missing; allowed: a metric, or a sum such as "cost_usd + fixed_cost_usd"'
            )
        scenario, values = scenario_of(ctx)
        fixed = {**values, **dict(map(change_said, changes or ()))}
        source = ModelSource(scenario, fixed)
        with as_size():
            ranges = ranges_said(vary or (), source.is_whole)
            check_metrics(figures or (), source)
        result = run_size(
            scenario, ranges, minimise=minimise, subject_to=limit or (), fixed=fixed, seeds=seeds,
            check_seeds=check_seeds, days=days, most_runs=most_runs, jobs=jobs, out=out, seed=search_seed,
            progress=sys.stderr.isatty(),
        )  # fmt: skip
        _show(result, figures or (), csv, plot)
        if not result.is_verified:
            raise typer.Exit(FAILURES_STATUS)


def _show(result: SizeResult, figures: Sequence[str], csv: Path | None, plot: Path | None) -> None:
    """Print the report, and write the points and the picture.

    A metric that does not exist is refused after the report, so that no run is lost.
    """
    from sim.files.whole import whole_file
    from sim.sheets.csv_folder import write_csv
    from sim.sizing.refusals import as_size

    echo_document(result.document(*(name for name in figures if name in result.sweep.metrics)))
    with as_size():
        for name in figures:
            result.sweep.check_metric(name)
    if csv is not None:
        write_csv(result.runs, csv)
        typer.echo(f"points: {csv}")
    if plot is not None:
        with whole_file(plot) as draft:
            result.plot().savefig(draft)
        typer.echo(f"picture: {plot}")


def _check_picture(plot: Path | None) -> None:
    """Refuse, before any run, a picture that cannot be written."""
    from sim.runs.folder import check_writable
    from sim.sizing.refusals import refused

    if plot is None:
        return
    if plot.is_dir() or plot.suffix not in _PICTURES:
        raise refused("--plot", f"= {str(plot)!r}; allowed: a file that ends in {', '.join(_PICTURES)}")
    check_writable(plot, owner="size", field="--plot")
