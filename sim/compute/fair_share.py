"""Fair share: the team that has had least of its share goes first."""

from __future__ import annotations

from collections import defaultdict, deque
from math import inf
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.compute.draft import Draft
from sim.compute.scheduler import Decision, Running, Scheduler, State, Waiting
from sim.units import hours, quantity

_Share = Annotated[float, quantity("", gt=0, le=1e6)]


class FairShare(Scheduler):
    """The team with the fewest GPU-hours for its share goes first; within a team, the first submitted.

    A job counts with its expected GPU-hours from its start on; one of unknown length counts as it goes. The
    head of the team whose turn it is blocks all others, so that a large job starts in the end.
    """

    kind: Literal["fair_share"] = "fair_share"
    is_checked: ClassVar[bool] = False
    follows_power: ClassVar[bool] = False
    follows_teams: ClassVar[bool] = True
    shares: dict[str, _Share] = Field(default_factory=dict)
    """Weight of each team: twice the weight means twice the GPU-hours, while both have jobs that wait. A team
    that is not listed has a weight of 1."""

    def decide(self, state: State) -> Decision:
        """Start the head of the team whose turn it is as long as it fits."""
        draft = Draft(self, state)
        if not draft.room.gpus:
            return draft.decision()
        lines: dict[str, deque[Waiting]] = defaultdict(deque)
        for job in state.waiting:
            lines[job.team].append(job)
        used = {team: state.teams.get(team, 0.0) / self._share(team) for team in lines}
        for one in state.running:
            if one.team in used:
                used[one.team] += self._expected(one, one.end_s - state.now_s)
        while lines:
            team = min(lines, key=lambda name: (used[name], lines[name][0].number))
            job = lines[team].popleft()
            if not lines[team]:
                del lines[team]
            if not draft.is_due(job):
                continue
            if not draft.start(job):
                break
            used[team] += self._expected(job, job.runtime_s)
        return draft.decision()

    def _share(self, team: str) -> float:
        return self.shares.get(team, 1.0)

    def _expected(self, job: Waiting | Running, left_s: float) -> float:
        """GPU-hours that a job will still use, for its team's share."""
        return 0.0 if left_s == inf else job.gpus * hours(max(0.0, left_s)) / self._share(job.team)
