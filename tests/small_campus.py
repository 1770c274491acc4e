"""A campus so small that a run of days takes milliseconds, with luck in it: the tests' scenario."""

from __future__ import annotations

from sim.campus import Campus, GridConnection, ServerPool, SmallModularReactor, TrainingJob
from sim.units import MW, Count


def small_campus(*, reactor_modules: Count = 1, import_mw: MW = 1.0) -> Campus:
    """A hall of 8,000 GPUs with a reactor that fails often and a grid connection that is interrupted.

    Args:
        reactor_modules: Modules of 2 MW.
        import_mw: Limit of the grid connection.
    """
    reactor = SmallModularReactor(modules=reactor_modules, module_mw=2.0, mttf_h=60.0, mttr_h=6.0)
    grid = GridConnection(import_limit_mw=import_mw, interruptions_per_year=200.0)
    job = TrainingJob(pool="hall", gpus=2000, work_gpu_h=2e6, flexible_pu=0.5)
    return Campus(
        name="small",
        servers={"hall": ServerPool(servers=1000)},
        supply={"smr": reactor, "grid": grid},
        demand={"job": job},
    )
