"""Sales: whether the agreements of a campus name sources that exist, and sell each megawatt-hour once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sim.contracts.agreement import Agreement
from sim.contracts.sleeved import SleevedAgreement
from sim.errors import Problem, SpecError, nearest
from sim.site import Source
from sim.timeseries.calendar import Calendar

_ROUNDING_PU = 1e-9


def sold_twice(
    agreements: Mapping[str, Agreement], supply: Mapping[str, Source], calendar: Calendar
) -> list[Problem]:
    """What is wrong with the agreements of a campus: unknown sources, and energy that is sold twice.

    Args:
        agreements: The agreements by name.
        supply: The sources by name.
        calendar: Reads their dates.
    """
    problems: list[Problem] = []
    sellers: dict[str, list[tuple[str, float, tuple[float, float]]]] = defaultdict(list)
    for name, agreement in agreements.items():
        try:
            span_s = agreement.span_s(calendar)
        except SpecError as error:
            problems += error.within("", "agreements", name).problems
            continue
        except ValueError as error:
            problems.append(Problem(("agreements", name, "begins"), str(error)))
            continue
        sold = agreement.source_share()
        if isinstance(agreement, SleevedAgreement) and agreement.connection not in supply:
            message = f"= {agreement.connection!r} is not a source{nearest(agreement.connection, supply)}"
            problems.append(Problem(("agreements", name, "connection"), message))
        if sold is not None and sold[0] not in supply:
            message = f"= {sold[0]!r} is not a source{nearest(sold[0], supply)}"
            problems.append(Problem(("agreements", name, "source"), message))
        elif sold is not None:
            sellers[sold[0]].append((name, sold[1], span_s))
    for source, sales in sellers.items():
        problems += _overlaps(source, sales)
    return problems


def _overlaps(source: str, sales: list[tuple[str, float, tuple[float, float]]]) -> list[Problem]:
    """Agreements that hold at the same time and sell more of a source than all of it."""
    for at_s in sorted({begin_s for _, _, (begin_s, _) in sales}):
        names: list[str] = []
        sold = 0.0
        for name, share, (begin_s, end_s) in sales:
            if not begin_s <= at_s < end_s:
                continue
            if sold + share > 1.0 + _ROUNDING_PU:
                others = " and ".join(names)
                message = f"= {share:g} pu; allowed: at most {1.0 - sold:g} pu, because {others} "
                message += f"{'sells' if len(names) == 1 else 'sell'} {sold:g} pu of supply.{source} then"
                return [Problem(("agreements", name, "share_pu"), message)]
            names.append(name)
            sold += share
    return []
