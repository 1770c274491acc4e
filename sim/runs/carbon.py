"""The carbon of a run by each method: location-based, market-based, marginal and embodied.

Location-based and market-based are those of the GHG Protocol, Scope 2 Guidance (2015), with the fuel burnt on
site. Market-based carbon matches certified energy with imports over the run, and takes the average of the
grid for the rest, because the residual mix is not known.
"""

from __future__ import annotations

from math import fsum

from sim.books.closed import Closed, Flow
from sim.units import KG_PER_T


def carbon(books: Closed) -> dict[str, float | None]:
    """The carbon of a run by method [t]."""
    importers = {column.owner for column in books.columns if column.label == Flow.IMPORT}
    located = books.posted("carbon_kgco2")
    imported_kg = fsum(one.total for one in located if one.owner in importers)
    burnt_kg = fsum(one.total for one in located if one.owner not in importers)
    imported_mwh, certified_mwh = books.total_mwh(Flow.IMPORT), books.amount("certified_mwh")
    covered_pu = min(1.0, certified_mwh / imported_mwh) if imported_mwh else 0.0
    certified_kg = books.amount("certified_kgco2")
    if certified_mwh:
        certified_kg *= covered_pu * imported_mwh / certified_mwh
    marginal = {one.owner for one in books.posted("carbon_marginal_kgco2")}
    marginal_kg = burnt_kg + books.amount("carbon_marginal_kgco2")
    return {
        "carbon_t": (imported_kg + burnt_kg) / KG_PER_T,
        "carbon_market_t": ((1.0 - covered_pu) * imported_kg + certified_kg + burnt_kg) / KG_PER_T,
        "carbon_marginal_t": marginal_kg / KG_PER_T if marginal >= importers else None,
        "carbon_embodied_t": books.amount("carbon_embodied_kgco2") / KG_PER_T,
    }
