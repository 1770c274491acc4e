"""Commitment: what a fleet reckons with; its decisions are tested with the turbines that use it."""

from __future__ import annotations

from sites import load, site, source

from sim.plant.commitment import Commitments, displaceable, spare_mw


def test_what_is_in_use_and_what_is_to_spare_is_told_by_price() -> None:
    here = site()
    load(here, 8.0)
    load(here, 2.0, 30.0, "tram")
    source(here, 3.0, 10.0, "cheap")
    source(here, 4.0, 40.0, "dear")
    source(here, 5.0, 35.0, "middle")
    here.run()
    # the ladder: 3 at 10, the tram gives up its 2 at 30, 5 at 35; the load of 8 MW is served, `dear` is not
    assert displaceable(here.bus) == [(35.0, 5.0), (30.0, 2.0), (10.0, 3.0)]
    assert spare_mw(here.bus, 50.0) == 4.0
    assert spare_mw(here.bus, 40.0) == 0.0


def test_the_fleets_of_a_site_know_what_the_others_have_on_its_way() -> None:
    here, elsewhere = site(), site()
    one, other = here.common(Commitments).add(), here.common(Commitments).add()
    one.ready_mw, other.ordered_mw = 10.0, 55.0
    assert here.common(Commitments).ready_mw == 10.0
    assert here.common(Commitments).coming_mw == 65.0
    assert elsewhere.common(Commitments).coming_mw == 0.0
