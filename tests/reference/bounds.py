"""How far the reference may be off, from the errors that its books have added up."""

from __future__ import annotations

from typing import Any

from reference.books import Books
from reference.campuses import POOL

ROUNDING = {"mwh": 1e-7, "usd": 1e-6, "gpu_h": 1e-6}


def numbers(given: Any) -> list[float]:
    """The values of a profile."""
    if not isinstance(given, dict):
        return [given]
    windows = [window["value"] for window in given.get("windows", [])]
    return [*given.get("values", []), *windows, given.get("base", 0.0)]


def highest_usd_per_mwh(campus: dict[str, Any]) -> float:
    """The highest price in the bill, the fuel of a gas turbine at full load included."""
    prices = [30.0]
    for spec in campus["supply"].values():
        if spec["kind"] == "grid":
            prices += numbers(spec["import_price_usd_per_mwh"]) + numbers(spec["export_price_usd_per_mwh"])
        if spec["kind"] == "gas_turbines":
            prices.append(9.71 * spec["gas_usd_per_mmbtu"] + spec["variable_usd_per_mwh"])
    return max(map(abs, prices))


def bounds(campus: dict[str, Any], books: Books) -> dict[str, float]:
    """How far each quantity may be off, by its last word or by its name.

    An error of energy meets a flow once when it arises. What carries it, a store or the work left of a job,
    meets it once more when it lets go of it, with its losses; a ramp beside it once more by its delay.
    """
    kinds = [spec["kind"] for spec in (campus["supply"] | campus["demand"]).values()]
    carried = float("training_job" in kinds)
    for spec in campus["supply"].values():
        if spec["kind"] == "battery":
            carried += 1.0 / (spec["charge_efficiency_pu"] * spec["discharge_efficiency_pu"])
    ramps = {"small_modular_reactor", "gas_turbines"} & {*kinds}
    times = 1.0 + carried * (1.0 + bool(ramps))
    mwh = times * books.error_mwh
    charge = sum(spec.get("demand_charge_usd_per_mw_month", 0.0) for spec in campus["supply"].values())
    months, interval_h = 2, 0.25
    return {
        "mwh": mwh,
        "usd": mwh * highest_usd_per_mwh(campus),
        "demand charge usd": mwh / interval_h * charge * months,
        "gpu_h": mwh * POOL["gpus_per_server"] * 1e6 / (POOL["busy_w"] - POOL["idle_w"]),
        "curtailed": mwh + books.bend_mwh,
        "unserved": mwh + books.bend_mwh + books.unsure_mwh,
        "start-up usd": 0.0,
    }


def bound(most: dict[str, float], key: str) -> float:
    """The bound of a quantity: by its name, its first word, or its unit; money and energy round apart."""
    first, unit = key.partition(" ")[0], key.rpartition(" ")[2]
    found = [most[part] for part in (key, first, unit) if part in most]
    return found[0] + ROUNDING[unit]
