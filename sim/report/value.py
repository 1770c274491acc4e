"""The value of a run in its report: total cost, levelised cost, net present value, work not done."""

from __future__ import annotations

from sim.report.document import Item, Items, Paragraph, Table
from sim.report.numbers import column, duration, whole
from sim.report.phrases import listed, short
from sim.runs.run import Run
from sim.runs.value import Value, value
from sim.units import DAYS_PER_YEAR

_NAME = 16


def total_cost(run: Run) -> tuple[Item, ...]:
    """Bill, fixed cost and capital together; nothing if capital is not counted."""
    summary, found = run.summary, value(run.books, run.model)
    if found is None or summary.total_cost_usd_per_mwh is None:
        return ()
    each = column([summary.total_cost_usd_per_mwh], 2)[0]
    total = summary.cost_usd + summary.fixed_cost_usd + summary.capital_cost_usd
    economics = run.model["economics"]
    text = (
        f"{whole(total)} USD ({each} USD/MWh served): bill {whole(summary.cost_usd)}, fixed cost "
        f"{whole(summary.fixed_cost_usd)}, annuity of capital {whole(summary.capital_cost_usd)}; net present "
        f"value {whole(found.npv_usd)} USD over {economics['horizon_years']} years at "
        f"{100.0 * economics['discount_rate_per_year']:g} %"
    )
    if run.days < DAYS_PER_YEAR:
        text += f", each of them like these {duration(run.days)}"
    if found.not_counted:
        text += f"; no capital is counted for {listed(found.not_counted)}"
    worth = {
        "unserved": found.unserved_usd,
        "outstanding": found.outstanding_usd,
        "requests dropped": found.dropped_usd,
    }
    told = [f"{name} {whole(usd)} USD" for name, usd in worth.items() if usd]
    not_done = (Item("Work not done", listed(told) + ", by the campus's own values"),) if told else ()
    return (Item("With capital", text), *not_done)


def levelised(run: Run) -> list[Table | Paragraph | Items]:
    """A table of the assets; nothing if capital is not counted."""
    found = value(run.books, run.model)
    return [] if found is None or not found.equipment else [_table(found), Paragraph(_SAID)]


_SAID = (
    "In USD for a year of 8,760 hours. Running cost is the asset's bill, agreements included; levelised cost "
    "is in USD/MWh given to the site."
)


def _table(found: Value) -> Table:
    heads = ("asset", "capital USD", "annuity", "fixed", "running", "energy MWh", "levelised")
    rows = tuple(
        (
            short(one.name, _NAME),
            whole(one.capital_usd),
            whole(one.annuity_usd),
            whole(one.fixed_usd),
            whole(one.running_usd),
            whole(one.energy_mwh),
            "-" if one.lcoe_usd_per_mwh is None else column([one.lcoe_usd_per_mwh], 2)[0],
        )
        for one in found.equipment
    )
    return Table(heads, rows, words=1)
