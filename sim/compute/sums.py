"""The sums: running integrals over time that all members of a tier share, as plain numbers.

Compiled if a C compiler is at hand, like `bus.stretch`.
"""

from __future__ import annotations

RUN, LAG, LAG2, HELD, FLEXIBLE, IDLE, IDLE_ALL, PAUSED, DOWN = range(9)
BUS_FLEXIBLE, BUS_FIRM, BUS_DOWN, BUS = range(9, 13)
"""Places of the integrals [s]: of speed (virtual time); of what is missing to full speed; of that integral
itself [s2]; of time with less than full speed; of the share of flexible power received by those who work; of
what is missing to full speed, times the share of idle power received; of that share alone; of the share of
idle power received by the paused, and by those who are down. At the bus, which is with the overhead of the
facility: of the share of flexible power, of the share of firm power, of the share of idle power of those who
are down, and of the overhead itself."""

_RUN, _LAG, _LAG2, _HELD, _FLEXIBLE, _IDLE, _IDLE_ALL, _PAUSED, _DOWN = range(9)
_BUS_FLEXIBLE, _BUS_FIRM, _BUS_DOWN, _BUS = range(9, 13)  # integers of C, which others cannot import


def zeros() -> list[float]:
    """The sums at the start."""
    return [0.0] * (BUS + 1)


def advance(sums: list[float], duration_s: float, speed: float, shares: tuple[float, ...]) -> None:
    """Go on for a time at a constant speed.

    Args:
        sums: The sums.
        duration_s: The time.
        speed: The speed, 0 to 1.
        shares: Shares of power received: flexible, firm, idle of those who work, of the paused and of those
            who are down. Last the overhead: facility power per unit of IT power.
    """
    flexible_pu, firm_pu, idle_pu, paused_pu, down_pu, overhead = shares
    bus_s = overhead * duration_s
    lag = 1.0 - speed
    sums[_RUN] += speed * duration_s
    sums[_FLEXIBLE] += flexible_pu * duration_s
    sums[_IDLE_ALL] += idle_pu * duration_s
    sums[_PAUSED] += paused_pu * duration_s
    sums[_DOWN] += down_pu * duration_s
    sums[_BUS_FLEXIBLE] += flexible_pu * bus_s
    sums[_BUS_FIRM] += firm_pu * bus_s
    sums[_BUS_DOWN] += down_pu * bus_s
    sums[_BUS] += bus_s
    sums[_LAG2] += (sums[_LAG] + lag * duration_s / 2.0) * duration_s
    if lag:
        sums[_LAG] += lag * duration_s
        sums[_HELD] += duration_s
        sums[_IDLE] += idle_pu * lag * duration_s
