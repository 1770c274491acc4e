"""The report of a sweep: means with their intervals, what is missing, and what failed."""

from __future__ import annotations

from math import nan

import pandas as pd

from sim.report.document import Document, Item, Items, Paragraph, Table
from sim.report.sweep import document

MEANS = pd.DataFrame(
    {
        "modules": [1, 2],
        "gas": ["yes", "no"],
        "seeds": [2, 3],
        "cost_usd": [10.0, nan],
        "cost_usd.ci95": [0.5, nan],
    }
)


def shown(
    means: pd.DataFrame = MEANS, *, errors: tuple[str, ...] = (), missing: int = 0, same_weather: bool = False
) -> Document:
    failures = pd.DataFrame({"error": errors})
    axes, names = ["modules", "gas"], ["cost_usd"]
    return document(means, axes, names, failures, missing=missing, days=1.0, same_weather=same_weather)


def test_every_axis_is_a_key_of_the_table() -> None:
    table, note, *_ = shown().parts
    heads = ("modules", "gas", "cost_usd")
    assert table == Table(heads, (("1", "yes", "10.0 ± 0.500"), ("2", "no", "-")), keys=2)
    assert note == Paragraph(
        "Runs of 1 day: means over 2 to 3 seeds ± half the width of the 95 % confidence interval."
    )


def test_weather_that_is_the_same_for_all_seeds_is_told_where_there_are_several() -> None:
    told = Paragraph("The weather does not vary by seed: the intervals do not cover rare years of weather.")
    assert shown(same_weather=True).parts[2] == told
    one_seed = MEANS.assign(seeds=1)
    assert told not in shown(one_seed, same_weather=True).parts
    assert told not in shown().parts


def test_a_sweep_without_a_finished_run_says_so() -> None:
    assert shown(MEANS[:0], missing=1).parts == (
        Paragraph("No run has finished."),
        Paragraph("1 run not yet finished."),
    )


def test_the_most_frequent_errors_are_listed_and_the_others_counted() -> None:
    errors = ("a",) * 7 + ("b",) * 6 + ("c",) * 5 + ("d",) * 4 + ("e",) * 3 + ("f", "f", "g")
    *_, head, found = shown(errors=errors).parts
    assert head == Paragraph("28 runs failed:")  # 7 + 6 + 5 + 4 + 3 + 2 + 1
    assert isinstance(found, Items)
    assert found.items[0] == Item("7 runs", "a")
    assert found.items[-1] == Item("3 runs", "other errors")
    assert len(found.items) == 6
