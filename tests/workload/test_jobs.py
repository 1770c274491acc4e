"""The jobs of a workload find their source by its keys."""

from __future__ import annotations

from typing import Any

import pytest
from builders import told

from sim.errors import SpecError
from sim.spec import Spec
from sim.workload.jobs import JobDraw, Jobs, JobTable


class Model(Spec):
    """A spec with the jobs of a workload."""

    jobs: Jobs


@pytest.mark.parametrize(
    ("data", "source"),
    [({"arrivals_per_h": 1.0}, JobDraw), ({"file": "jobs.csv", "trace": "helios"}, JobTable)],
)
def test_the_keys_tell_a_draw_from_a_table(data: dict[str, Any], source: type[Spec]) -> None:
    model = Model(jobs=data)
    assert type(model.jobs) is source
    assert Model(**model.to_dict()) == model


def test_a_mistake_in_the_jobs_is_told_once() -> None:
    with pytest.raises(SpecError) as caught:
        Model(jobs={"file": "jobs.csv", "trace": "helius"})
    message = "jobs: trace = 'helius'; allowed: 'alibaba_2023' or 'philly' or 'helios' or 'acme'"
    assert str(caught.value) == message


@pytest.mark.parametrize("wrong", ["", 3, None])
def test_jobs_that_are_not_a_table_are_refused(wrong: Any) -> None:
    assert told(lambda: Model(jobs=wrong)) == (
        f"Model: jobs = {wrong!r}; allowed: a table with arrivals_per_h, gpus and duration, or one with file"
    )
