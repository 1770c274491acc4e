"""The server: the power of its components, as data with sources."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from sim.presets import Presets
from sim.spec import Spec
from sim.units import Count, Fraction, PositiveWatts, Watts


class Server(Spec):
    """The power of one server by component, at the wall: losses of its power supplies are shared out.

    Power is not utilisation. Accelerators that are busy all the time draw between 45 and 100 % of their
    maximum (A100 clusters of AcmeTrace), depending on the work; `intensity_pu` says how much.
    """

    accelerators: Count
    """Number of accelerators. A server without any is allocated as one unit."""
    accelerator_idle_w: Watts
    """Power of an idle accelerator."""
    accelerator_max_w: Watts
    """Highest power of an accelerator: its power limit, with the losses of the power supplies."""
    intensity_pu: Fraction
    """Mean power in training of a busy accelerator, as a part of its highest."""
    host_idle_w: Watts
    """Power of processors, memory, network and drives of an idle server."""
    host_active_w: PositiveWatts
    """The same of a server at work."""
    fans_idle_w: Watts
    """Power of the fans of an idle server."""
    fans_max_w: Watts
    """The same of a server at work."""
    nameplate_w: PositiveWatts
    """Rated power, which electricians plan with; servers draw less."""
    note: str = ""
    """What a reader should know of these figures, such as which are unverified."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.accelerators and self.accelerator_active_w < self.accelerator_idle_w:
            least = self.accelerator_idle_w / self.accelerator_max_w if self.accelerator_max_w else 1.0
            if least > 1.0:
                raise self.refuse("accelerator_idle_w", f"at most {self.accelerator_max_w:g} W, its highest")
            raise self.refuse("intensity_pu", f"at least {least:g}, the power of an idle accelerator")
        for part, most in (("host_idle_w", self.host_active_w), ("fans_idle_w", self.fans_max_w)):
            if getattr(self, part) > most:
                raise self.refuse(part, f"at most {most:g} W, that at work")
        if self.nameplate_w < self.max_w:
            raise self.refuse("nameplate_w", f"at least {self.max_w:g} W, the sum of the components")
        return self

    def remarks(self) -> tuple[str, ...]:
        """The note on these figures, if there is one."""
        return (self.note,) if self.note else ()

    @property
    def allocation_units(self) -> int:
        """Units that are allocated to jobs: its accelerators, or the whole server if it has none."""
        return self.accelerators or 1

    @property
    def accelerator_active_w(self) -> float:
        """Mean power of a busy accelerator in training."""
        return self.intensity_pu * self.accelerator_max_w

    @property
    def idle_w(self) -> float:
        """Power of an idle server."""
        return self.accelerators * self.accelerator_idle_w + self.host_idle_w + self.fans_idle_w

    @property
    def active_w(self) -> float:
        """Mean power in training."""
        return self.accelerators * self.accelerator_active_w + self.host_active_w + self.fans_max_w

    @property
    def max_w(self) -> float:
        """Highest power: each component at its highest."""
        return self.accelerators * self.accelerator_max_w + self.host_active_w + self.fans_max_w


_8XH100 = Server(
    accelerators=8,
    accelerator_idle_w=80.0,
    accelerator_max_w=760.0,
    intensity_pu=0.75,
    host_idle_w=1650.0,
    host_active_w=1840.0,
    fans_idle_w=200.0,
    fans_max_w=450.0,
    nameplate_w=10_200.0,
    note="8xh100: idle power is that of 8 x H200; idle accelerators and host are divided unverified",
)
"""Eight H100, 6,850 W in training: 438.6 kW for 64 nodes (MLPerf Training 4.0, GPT-3 175B, wall power).

An accelerator: the limit of 700 W (NVIDIA) times 1.086 at the wall (12 runs of MLPerf Inference 4.1). The
highest of 8,370 W is near the 8.4 kW measured in training, 18 % below the rating of 10.2 kW (arXiv
2412.08602). Idle: 2,490 W (MLPerf Inference 4.1, 8 x H200); fans gain 0.25 kW under load (there).
"""

_8XH200 = Server(
    accelerators=8,
    accelerator_idle_w=100.0,
    accelerator_max_w=760.0,
    intensity_pu=0.8,
    host_idle_w=1490.0,
    host_active_w=1536.0,
    fans_idle_w=200.0,
    fans_max_w=450.0,
    nameplate_w=10_200.0,
    note="8xh200: power in training is that of 8 x H100; idle accelerators and host are divided unverified",
)
"""Eight H200: idle 2.41 to 2.55 kW, 6.30 kW loaded with a GPU limit of 500 W (MLPerf Inference 4.1).

With that limit the figures give 500/700 x 8 x 760 + 1,986 = 6,329 W. Fans gain 0.25 kW (there). In training
6,850 W, as 8 x H100, which has the same limit of 700 W. Rated 10.2 kW (NVIDIA, DGX H200).
"""

_8XA100 = Server(
    accelerators=8,
    accelerator_idle_w=60.0,
    accelerator_max_w=400.0,
    intensity_pu=0.77,
    host_idle_w=872.0,
    host_active_w=1450.0,
    fans_idle_w=160.0,
    fans_max_w=390.0,
    nameplate_w=6500.0,
    note="8xa100: host and fans are divided unverified",
)
"""Eight A100, from the power of two clusters (AcmeTrace, 2023).

Accelerators: 60 W idle (1st percentile); limit of 400 W (NVIDIA); the busier half of them, at 97 to 100 %
utilisation, draws 308 W on average, 0.77 of it. Servers: 1,512 W idle (5th to 10th percentile), 5,040 W at
most (95th). Rated 6.5 kW (NVIDIA, DGX A100).
"""

_GB200_NVL72 = Server(
    accelerators=72,
    accelerator_idle_w=140.0,
    accelerator_max_w=1200.0,
    intensity_pu=0.75,
    host_idle_w=20_000.0,
    host_active_w=32_000.0,
    fans_idle_w=600.0,
    fans_max_w=1600.0,
    nameplate_w=132_000.0,
    note="gb200_nvl72: only the highest power of accelerators and rack is published; the rest is unverified",
)
"""A rack of 72 Blackwell GPUs of 1,200 W and 36 Grace processors of 300 W: 120 kW at most (press, 2024).

The rest of the 120 kW is assigned to the host, with its nine switch trays and the losses of the power
shelves, and to fans. Idle power and intensity are unverified, in proportion to 8 x H100. Nameplate: power
shelves of 132 kW (press, of its successor; unverified).
"""

_TWO_SOCKET = Server(
    accelerators=0,
    accelerator_idle_w=0.0,
    accelerator_max_w=0.0,
    intensity_pu=1.0,
    host_idle_w=270.0,
    host_active_w=900.0,
    fans_idle_w=30.0,
    fans_max_w=100.0,
    nameplate_w=1200.0,
    note="two_socket: idle power, a third of that at work, is unverified",
)
"""An ordinary server of two processors: 1,000 W at work, the middle of one power supply of 800 to 1,200 W.

An AI server draws 6 to 7 times as much. Idle power and the fans are unverified. The servers without
accelerators of AcmeTrace draw 468 to 960 W, 581 W on average.
"""

SERVERS: dict[str, Server] = {
    "8xa100": _8XA100,
    "8xh100": _8XH100,
    "8xh200": _8XH200,
    "gb200_nvl72": _GB200_NVL72,
    "two_socket": _TWO_SOCKET,
}
"""Servers by name."""

MODELS = Presets(Server, SERVERS)
"""Reads a model of server from plain data."""

ServerModel = Annotated[Server, MODELS]
"""The model of a server: the name of a known one, or a table of figures."""
