"""The agreements in the program: energy delivered at a price, and what a month is paid for in any case."""

from __future__ import annotations

import numpy as np

from sim.books.closed import Flow
from sim.contracts.agreement import PPA_COST, Agreement
from sim.contracts.physical import PhysicalAgreement
from sim.contracts.sleeved import SleevedAgreement
from sim.contracts.terms import Terms
from sim.contracts.virtual import VirtualAgreement
from sim.regret.program import each, free
from sim.regret.supply import Flows, Supply
from sim.runs.bill import BILL
from sim.timeseries.series import Array, StepSeries


def is_known(agreement: Agreement) -> bool:
    """Whether the program has agreements of a kind."""
    return type(agreement) in {PhysicalAgreement, VirtualAgreement, SleevedAgreement}


def series_of(supply: Supply, name: str, agreement: Agreement) -> tuple[Terms, tuple[StepSeries, ...]]:
    """The terms of an agreement, and all series on which its price depends."""
    terms = agreement.terms(supply.site, name)
    more: tuple[StepSeries, ...] = ()
    if isinstance(agreement, VirtualAgreement):
        more = (supply.site.series(agreement, "index_usd_per_mwh"),)
    if isinstance(agreement, SleevedAgreement):
        surplus = supply.site.series(agreement, "surplus_usd_per_mwh")
        given = agreement.power_mw is not None
        output = supply.site.series(agreement, "power_mw") if given else terms.contracted_mw
        more = (surplus, output * terms.is_on)
    return terms, (*terms.cuts(), *more)


def add_agreement(flows: Flows, supply: Supply, name: str, agreement: Agreement) -> None:
    """An agreement; one that does not depend on dispatch costs what it cost."""
    terms, (*_, other, last) = series_of(supply, name, agreement)
    if isinstance(agreement, SleevedAgreement):
        _sleeved(flows, supply, name, agreement, (terms.usd_per_mwh, other, last))
    elif isinstance(agreement, PhysicalAgreement):
        _physical(flows, supply, name, agreement, terms)
    elif isinstance(agreement, VirtualAgreement) and agreement.source is not None:
        at = flows.intervals.at
        usd = at(terms.is_on) * (at(terms.usd_per_mwh) - at(last)) * agreement.share_pu
        flows.pay(name, PPA_COST, flows.variables[agreement.source, Flow.DELIVERED], usd)
    else:
        for one in supply.run.books.posted(BILL):
            if one.owner == name:
                flows.constants.append((name, one.account.part, one.amounts))


def _sleeved(
    flows: Flows, supply: Supply, name: str, spec: SleevedAgreement, series: tuple[StepSeries, ...]
) -> None:
    """Output that is paid, and what of it takes the place of energy under the tariff.

    Output that agreements before it deliver to the same connection comes first: of the rest of the import, a
    bound, exact at none and at the most.
    """
    intervals, program = flows.intervals, flows.program
    price, surplus, output = (intervals.at(one) for one in series)
    energy = intervals.at(supply.charges[spec.connection].import_usd_per_mwh)
    usd = output * intervals.hours * (price + spec.fee_usd_per_mwh - surplus)
    flows.constants.append((name, PPA_COST, intervals.by_month(usd)))
    most = intervals.highest(supply.usable_mw[spec.connection])
    before = flows.sleeved.get(spec.connection, np.zeros_like(output))
    flows.sleeved[spec.connection] = before + output
    left = np.divide(np.maximum(most - before, 0.0), most, out=np.zeros_like(most), where=most > 0.0)
    used = program.variables(*free(len(output), np.maximum(output, 0.0)))
    drawn = flows.variables[spec.connection, Flow.IMPORT]
    program.at_most(np.zeros(len(output)), each(used), each(drawn, -left))
    flows.pay(name, PPA_COST, used, np.minimum(surplus - energy, 0.0))


def _physical(flows: Flows, supply: Supply, name: str, spec: PhysicalAgreement, terms: Terms) -> None:
    """Energy delivered at the price; of a baseload volume a bound, exact at no delivery and at the most."""
    intervals = flows.intervals
    given = flows.variables[spec.source, Flow.DELIVERED]
    is_on, price = intervals.at(terms.is_on), intervals.at(terms.usd_per_mwh)
    share = is_on * spec.share_pu
    usable = supply.usable_mw[spec.source]
    offered = intervals.means(usable) * share
    contracted = intervals.at(terms.contracted_mw)
    paid = share.copy()
    if spec.volume == "baseload":
        highest = intervals.highest(usable) * share
        most = np.divide(contracted, highest, out=np.ones_like(highest), where=highest > contracted)
        paid *= np.where(price > 0.0, most, 1.0)
        within = np.divide(contracted, share, out=np.zeros_like(share), where=share > 0.0)
        offered = intervals.means_up_to(usable, within) * share
    flows.pay(name, PPA_COST, given, price * paid)
    _obligations(
        flows,
        name,
        spec,
        terms,
        share=share,
        offered_mwh=offered * intervals.hours,
        contracted_mwh=contracted * intervals.hours,
    )


def _obligations(
    flows: Flows,
    name: str,
    spec: PhysicalAgreement,
    terms: Terms,
    *,
    share: Array,
    offered_mwh: Array,
    contracted_mwh: Array,
) -> None:
    """What is paid for energy that was offered and not taken, and the seller's damages."""
    intervals, program = flows.intervals, flows.program
    edges_s = intervals.metered.month_edges_s
    held_s = terms.is_on.integrals(edges_s)
    price = (terms.usd_per_mwh * terms.is_on).integrals(edges_s) / np.where(held_s > 0.0, held_s, 1.0)
    offered, contracted = (intervals.by_month(mwh) for mwh in (offered_mwh, contracted_mwh))
    least = np.zeros(intervals.months)
    if spec.take_or_pay_pu:
        least = np.minimum(spec.take_or_pay_pu * contracted, offered)
    if spec.curtailment_cap_pu is not None:
        least = (1.0 - spec.curtailment_cap_pu) * offered
    if least.any():
        given = flows.variables[spec.source, Flow.DELIVERED]
        missing = program.variables(*free(intervals.months, np.maximum(least, 0.0)))
        taken = (intervals.month, given, -share * intervals.hours)
        program.at_most(-least, each(missing, -1.0), taken)
        program.pay(name, PPA_COST, np.arange(intervals.months), missing, price)
    if spec.guaranteed_pu:
        short = np.maximum(spec.guaranteed_pu * contracted - offered, 0.0)
        flows.constants.append((name, PPA_COST, -spec.damages_usd_per_mwh * short))
