"""The response of jobs to power: what was shed, deadlines missed, and energy per unit of work."""

from __future__ import annotations

from sim.report.document import Item, Paragraph, Table
from sim.report.numbers import cell, number, percent
from sim.report.phrases import MINUTE, counted, listed, short
from sim.runs.deadlines import deadlines
from sim.runs.import_cuts import ImportCut, import_cuts
from sim.runs.run import Run
from sim.runs.shedding import MINUTES, Giver, shedding
from sim.units import KW_PER_MW, SECONDS_PER_MINUTE, hours

_MOST = 3
"""Most cuts of import that are told, those that ask most."""
_ROWS = 5
_NAME = 32
_NAMED = 3
"""Most jobs that are told by name."""
_LEAST_MW = 1e-6
_GIVES = {"charge_mw": ", less charging", "discharge_mw": ", discharge", "delivered_mw": "", "served_mw": ""}
_HEADS = ("before MW", *(f"{minute} min" for minute in MINUTES), "held h", "deferred MWh", "crashes")


def response(run: Run) -> list[Item]:
    """Items on deadlines and on the energy per unit of work, if there are deadlines or jobs held back."""
    return [*_deadlines(run), *_per_work(run)]


def shed(run: Run) -> list[Paragraph | Table]:
    """A table for each of the cuts of import that asked most: who gave how much, and when."""
    if run.record_s is not None and run.record_s > SECONDS_PER_MINUTE:
        return []
    cuts = [cut for cut in import_cuts(run) if cut.asked_mw > _LEAST_MW]
    cuts.sort(key=lambda cut: (-cut.asked_mw, cut.at_s))
    told = sorted(cuts[:_MOST], key=lambda cut: cut.at_s)
    return [part for cut in told for part in _told(run, cut)]


def _told(run: Run, cut: ImportCut) -> tuple[Paragraph, Table]:
    found = shedding(run, hours(cut.at_s), hours(cut.until_s))
    lasts = f"{run.calendar.at(cut.at_s):{MINUTE}} for {number(hours(cut.until_s - cut.at_s))} h"
    head = f"Reduction of power, by minutes after the {cut.reason} of {lasts} [MW]:"
    changed = [one for one in found.givers if _is_told(one)]
    rows = [("net import", *(cell(mw) for mw in (found.before_mw, *found.given_mw)), "", "", "")]
    rows += [_row(one) for one in changed[:_ROWS]]
    if changed[_ROWS:]:
        rows.append(_others(changed[_ROWS:]))
    return Paragraph(head), Table(("what gave power", *_HEADS), tuple(rows), words=1)


def _is_told(one: Giver) -> bool:
    return any(abs(mw) > _LEAST_MW for mw in one.given_mw) or bool(one.held_h or one.crashes)


def _row(one: Giver) -> tuple[str, ...]:
    name = short(one.name, _NAME) + _GIVES[one.flow]
    mw = [cell(each) for each in (one.before_mw, *one.given_mw)]
    if one.flow != "served_mw":
        return (name, *mw, "", "", "")
    return (name, *mw, number(one.held_h), number(one.most_deferred_mwh), str(one.crashes))


def _others(rest: list[Giver]) -> tuple[str, ...]:
    given = [cell(sum(mw)) for mw in zip(*(one.given_mw for one in rest), strict=True)]
    crashes = sum(one.crashes for one in rest)
    deferred = number(sum(one.most_deferred_mwh for one in rest))
    return (f"{len(rest)} others", "", *given, "", deferred, str(crashes))


def _deadlines(run: Run) -> list[Item]:
    found = deadlines(run)
    if not found.jobs:
        return []
    of = f"of {counted(found.jobs, 'job')} with a deadline in the run"
    if not found.missed:
        return [Item("Deadlines", f"none missed, {of}")]
    names = f": {listed(found.names)}" if found.missed <= _NAMED else ""
    missed = f"{found.missed:,} missed ({percent(found.missed, found.jobs)}) {of}"
    return [Item("Deadlines", f"{missed}, by up to {number(found.longest_h)} h{names}")]


def _per_work(run: Run) -> list[Item]:
    """Energy at the wall per GPU-hour of work done, of jobs that were held back and of the others."""
    jobs = run.jobs[run.jobs["done_gpu_h"].fillna(0.0) > 0.0]
    held = jobs["held_h"].fillna(0.0) > 0.0
    if not held.any():
        return []
    texts = []
    for word, group in (("held back at times", jobs[held]), ("never held back", jobs[~held])):
        if len(group):
            kwh = KW_PER_MW * float(group["energy_mwh"].sum()) / float(group["done_gpu_h"].sum())
            texts.append(f"{number(kwh)} kWh per GPU-h of {counted(len(group), 'job')} {word}")
    return [Item("Energy per work", "; ".join(texts))]
