"""The file of hours: a table with a row for each clock hour, and three columns for each store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.books.closed import Hours, StoreHours
from sim.runs.books_file import StoreForm

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("load_mwh", "clean_mwh", "other_mwh", "import_mwh", "clean_import_mwh", "export_mwh")
_OF_STORE = ("charge_mwh", "discharge_mwh", "level_mwh")


def columns_of(stores: Iterable[StoreForm]) -> tuple[str, ...]:
    """The columns of the table, with these stores."""
    return ("t_s", *_COLUMNS, *(f"{store.name}.{column}" for store in stores for column in _OF_STORE))


def hours_frame(hours: Hours) -> pd.DataFrame:
    """The hours as a table; the level of a store is that at the start of the hour."""
    import pandas as pd

    columns = {"t_s": hours.edges_s[:-1]} | {name: getattr(hours, name) for name in _COLUMNS}
    count = len(hours.load_mwh)
    for store in hours.stores:
        columns |= {f"{store.name}.{name}": getattr(store, name)[:count] for name in _OF_STORE}
    return pd.DataFrame(columns)


def read_hours(frame: pd.DataFrame, stores: Sequence[StoreForm], horizon_s: float) -> Hours:
    """The hours of a table.

    Args:
        frame: The table.
        stores: What is known of each store beside it.
        horizon_s: Length of the run.
    """
    return Hours(
        edges_s=np.append(frame["t_s"].to_numpy(), horizon_s),
        **{name: frame[name].to_numpy() for name in _COLUMNS},
        stores=tuple(
            StoreHours(
                name=store.name,
                charge_mwh=frame[f"{store.name}.charge_mwh"].to_numpy(),
                discharge_mwh=frame[f"{store.name}.discharge_mwh"].to_numpy(),
                level_mwh=np.append(frame[f"{store.name}.level_mwh"].to_numpy(), store.end_mwh),
                charge_eff_pu=store.charge_eff_pu,
                initial_clean_pu=store.initial_clean_pu,
            )
            for store in stores
        ),
    )
