"""The application, to which each command adds itself."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from sim.version import __version__

SETTINGS: dict[str, Any] = {
    "add_completion": False,
    "no_args_is_help": True,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,  # plain help is shown in half the time
}

app = typer.Typer(help="Simulate the power grid of a datacenter, event by event.", **SETTINGS)


def _version(on: bool) -> None:
    if on:
        from sim.bus.stretch import IS_COMPILED

        how = "compiled" if IS_COMPILED else "plain Python: it was installed without compiled code"
        typer.echo(f"dcgrid {__version__} ({how})")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Simulate the power grid of a datacenter, event by event."""
