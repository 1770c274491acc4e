"""Public holidays of a country, by the package `holidays`."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator

from sim.errors import nearest

_EPOCH = np.datetime64("1970-01-01", "D")


def are_holidays(days: NDArray[np.int64], country: str) -> NDArray[np.bool_]:
    """Which days are public holidays, in lieu days included.

    Args:
        days: Days, counted from 1970-01-01.
        country: Code of the country, such as `US`, or of a part of it, such as `US-CA`.
    """
    from holidays import country_holidays

    name, _, part = country.partition("-")
    dates = _EPOCH + days
    years = np.unique(dates.astype("datetime64[Y]").astype(np.int64) + 1970).tolist()
    found = country_holidays(name, subdiv=part or None, years=years)
    listed = np.array(sorted(found), dtype="datetime64[D]")
    return np.isin(dates, listed)


def _known(country: str) -> str:
    """Refuse a code that is not that of a country, or of a part of one."""
    from holidays import list_supported_countries

    every = list_supported_countries(include_aliases=False)
    codes = {*every, *(f"{name}-{part}" for name, parts in every.items() for part in parts)}
    if country not in codes:
        example = "such as US or US-CA"
        raise ValueError(f"allowed: the code of a country, {example}{nearest(country.upper(), codes)}")
    return country


Country = Annotated[str, AfterValidator(_known)]
"""The code of a country, or of a part of one, as a field of a spec."""
