"""First come, first served."""

from __future__ import annotations

from hypothesis import given
from queue_run import JOBS, RACKS, QueueRun, jobs_of, starts, state, waiting

from sim.compute.first_come import FirstCome


def test_jobs_start_in_order_as_long_as_they_fit() -> None:
    line = [waiting(1, 3), waiting(2, 4), waiting(3, 2), waiting(4, 1)]
    assert starts(FirstCome().decide(state((8,), line))) == [
        1,
        2,
    ]  # 3 + 4 of 8 GPUs; job 3 needs 2 and blocks job 4


def test_only_the_head_of_a_long_line_is_looked_at() -> None:
    class Line(list):  # type: ignore[type-arg]
        """A line that counts how many of it were looked at."""

        looked = 0

        def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204
            for job in super().__iter__():
                self.looked += 1
                yield job

    line = Line([waiting(number, 5) for number in range(1000)])
    assert starts(FirstCome().decide(state((8,), line))) == [0]
    assert line.looked == 2


@given(JOBS, RACKS)
def test_first_come_never_overtakes(
    numbers: list[tuple[int, int, int, int, str]], racks: tuple[int, ...]
) -> None:
    run = QueueRun(FirstCome(), racks, jobs_of(numbers))
    order = [run.start_s[number] for number in range(len(numbers))]
    assert order == sorted(order)
    assert len(run.end_s) == len(numbers)
