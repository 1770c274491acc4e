"""The replica: a model served by one group of GPUs, its speed and power as functions of concurrency.

The curves are data, measured or fitted. No inference engine is modelled.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from sim.compute.response import PRESETS, Response
from sim.errors import Problem, SpecError
from sim.spec import Spec
from sim.units import Fraction, GpuCount, Minutes, PositiveCount, PositiveWatts, Seconds, Watts, quantity

Floats = NDArray[np.float64]
TokensPerSecond = Annotated[float, quantity("tokens/s", ge=1e-3, le=1e9)]
Concurrency = Annotated[float, quantity("requests", ge=1, le=1e7)]
_MOST_POINTS = 1000


class Replica(Spec):
    """A model that is served by one group of GPUs.

    Concurrency is the number of requests served at once. The time of one decode step is concurrency / tokens
    per second. Between the points, step time and power are linear in concurrency. Below 1, the step time is
    that of 1, and power is a line from `idle_w` at 0. Beyond the last point nothing is known.

    Power is at the wall: the share of the replica in its servers, losses of power supplies included.
    """

    gpus: GpuCount
    """GPUs of one replica."""
    slots: PositiveCount
    """Most requests served at once; not beyond the last point of the curves."""
    concurrency: Annotated[tuple[Concurrency, ...], Field(min_length=1, max_length=_MOST_POINTS)]
    """The points of the curves: numbers of requests served at once, increasing, from 1."""
    tokens_per_s: tuple[TokensPerSecond, ...]
    """Output tokens per second of the whole replica at each point."""
    power_w: tuple[PositiveWatts, ...]
    """Power at each point."""
    idle_w: Watts
    """Power with the model resident and no request."""
    accelerator_pu: Fraction = 0.93
    """Share of the power above idle that accelerators draw; the rest is that of the host. Default: that of
    8 x H200 with Llama 2 70B (3.34 of 3.61 kW, from MLPerf Inference 4.1); assumed for other servers."""
    accelerator_idle_w: Watts = 0.0
    """Part of `idle_w` that accelerators draw. Default: 0 W; all of it counts as that of the host."""
    gpu_limit_w: PositiveWatts = 700.0
    """Power limit of a GPU at which the curves were measured. Default: 700 W, the highest of H100 and H200
    SXM (NVIDIA)."""
    gpu_rated_w: PositiveWatts = 700.0
    """Power of a GPU at which `response` gives full speed. Default: 700 W, as `gpu_limit_w`."""
    response: Response = PRESETS["h200_llm"]
    """Speed under a limit of accelerator power, over that at `gpu_rated_w`. Default: h200_llm, measured at
    500 of 700 W only."""
    prefill_tokens_per_s: TokensPerSecond | None = None
    """Prompt tokens per second of a request in an empty system. Default: the time of prompts is contained in
    `tokens_per_s`, as it is where throughput was measured over whole runs."""
    overhead_s: Seconds = 0.0
    """Fixed work of each request, in an empty system. Default: none."""
    sleep_w: Watts | None = None
    """Power while the replica is scaled down. Default: `idle_w`."""
    boot_min: Minutes = 5.0
    """Time from scaling up until the replica serves. Default: 5 min, assumed; the start of a server of a
    model of 235 billion parameters took close to 10 min (Baidu Intelligent Cloud, vLLM)."""
    throughput_may_fall: bool = False
    """Whether `tokens_per_s` may fall with rising concurrency. Default: such curves are refused."""
    power_may_fall: bool = False
    """Whether `power_w` may fall with rising concurrency. Default: such curves are refused."""
    caveat: str = ""
    """What a reader should know of these figures, such as which are unverified."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        self._check_lengths()
        self._check_increasing()
        self._check_falls("tokens_per_s", "tokens/s", "throughput_may_fall")
        self._check_falls("power_w", "W", "power_may_fall")
        self._check_power()
        if self.slots > self.concurrency[-1]:
            raise self.refuse("slots", f"at most {self.concurrency[-1]:g}, the last point of concurrency")
        self._check_limit(self.gpu_limit_w)
        return self

    def remarks(self) -> tuple[str, ...]:
        """What a reader should know: the caveat, and that prompts are not told apart."""
        prompt = "" if self.prefill_tokens_per_s else "the prompt is not in the time to first token"
        return tuple(filter(None, (self.caveat, prompt)))

    @property
    def asleep_w(self) -> float:
        """Power while the replica is scaled down."""
        return self.idle_w if self.sleep_w is None else self.sleep_w

    def step_s(self, concurrency: ArrayLike) -> Floats:
        """Time of a decode step, in which each request gets one token.

        Args:
            concurrency: Requests served at once, from 0 to the last point.

        Raises:
            ValueError: If a concurrency is outside the curves.
        """
        points = np.array(self.concurrency)
        return np.asarray(np.interp(self._within(concurrency), points, points / self.tokens_per_s))

    def speed(self, concurrency: ArrayLike) -> Floats:
        """Speed of each request over that of a request alone."""
        return np.asarray(self.step_s(1.0) / self.step_s(concurrency))

    def tokens_per_s_at(self, concurrency: ArrayLike) -> Floats:
        """Output tokens per second of the whole replica; zero without a request."""
        return np.asarray(self._within(concurrency) / self.step_s(concurrency))

    def power_w_at(self, concurrency: ArrayLike) -> Floats:
        """Power at the wall; without a request, that with the model resident."""
        points, powers = (0.0, *self.concurrency), (self.idle_w, *self.power_w)
        return np.asarray(np.interp(self._within(concurrency), points, powers))

    def j_per_token(self, concurrency: ArrayLike) -> Floats:
        """Energy of an output token, that of idle power and prompts included.

        Raises:
            ValueError: If a concurrency is not above zero, or outside the curves.
        """
        at = self._within(concurrency)
        if not np.all(at > 0.0):
            raise ValueError(f"Replica: concurrency = {float(np.min(at)):g}; allowed: above 0")
        return np.asarray(self.power_w_at(at) / self.tokens_per_s_at(at))

    def work_s(self, prompt_tokens: ArrayLike, output_tokens: ArrayLike) -> Floats:
        """Time of a request in an empty system: overhead, prompt, and a decode step for each output token.

        Raises:
            ValueError: If a number of tokens is negative or not finite.
        """
        prompts, outputs = (np.asarray(tokens, dtype=float) for tokens in (prompt_tokens, output_tokens))
        for name, tokens in (("prompt_tokens", prompts), ("output_tokens", outputs)):
            wrong = tokens[~((tokens >= 0.0) & np.isfinite(tokens))]
            if wrong.size:
                raise ValueError(f"Replica: {name} = {wrong[0]:g}; allowed: finite, at least 0")
        prefill = prompts / self.prefill_tokens_per_s if self.prefill_tokens_per_s else 0.0 * prompts
        return np.asarray(self.overhead_s + prefill + outputs * float(self.step_s(1.0)))

    def at_limit(self, gpu_limit_w: float) -> Self:
        """The same replica at another power limit of its GPUs.

        The accelerator power of a fully loaded replica is in proportion to the limit; its host power stays.
        At the wall, a server of 8 H200 draws 1.78 kW + 1.086 x 8 x limit (12 runs of MLPerf Inference 4.1,
        worst 6 %). That accelerator power above idle changes by one factor at all concurrencies is assumed.

        Speed, of prompts too, changes by the ratio of the responses to both limits. It was measured at full
        load; that it holds at all concurrencies is assumed. Idle power and `overhead_s` stay.

        Args:
            gpu_limit_w: The limit, from the floor of `response` to `gpu_rated_w`.

        Raises:
            SpecError: If the limit is outside this range, or below the idle power of the accelerators.
        """
        self._check_limit(gpu_limit_w)
        if gpu_limit_w == self.gpu_limit_w:
            return self
        faster = self._response_at(gpu_limit_w) / self._response_at(self.gpu_limit_w)
        accelerators = self.accelerator_pu * self._accelerator_factor(gpu_limit_w)
        above = 1.0 - self.accelerator_pu + accelerators
        changed = {
            "gpu_limit_w": gpu_limit_w,
            "accelerator_pu": min(1.0, accelerators / above) if above else self.accelerator_pu,
            "power_w": tuple(self.idle_w + above * (power - self.idle_w) for power in self.power_w),
            "tokens_per_s": tuple(faster * rate for rate in self.tokens_per_s),
        }
        if self.prefill_tokens_per_s:
            changed["prefill_tokens_per_s"] = faster * self.prefill_tokens_per_s
        return type(self)(**{**dict(self), **changed})

    def _response_at(self, gpu_limit_w: float) -> float:
        """Speed at a limit; at the floor of the response, rounding must not lead below it."""
        return self.response.speed_pu(max(self.response.floor_pu, gpu_limit_w / self.gpu_rated_w))

    @property
    def _loaded_w(self) -> float:
        """Highest power of the accelerators above their idle power."""
        return self.accelerator_pu * (max(self.power_w) - self.idle_w)

    def _accelerator_factor(self, gpu_limit_w: float) -> float:
        """Accelerator power above idle at a limit, over that at the present limit."""
        if not self._loaded_w:
            return 1.0
        total = (self.accelerator_idle_w + self._loaded_w) * gpu_limit_w / self.gpu_limit_w
        return (total - self.accelerator_idle_w) / self._loaded_w

    def _within(self, concurrency: ArrayLike) -> Floats:
        """The concurrencies as an array, checked."""
        at = np.asarray(concurrency, dtype=float)
        outside = at[~((at >= 0.0) & (at <= self.concurrency[-1]))]
        if outside.size:
            most = f"from 0 to {self.concurrency[-1]:g}, the last point"
            raise ValueError(f"Replica: concurrency = {outside[0]:g}; allowed: {most}")
        return at

    def _check_lengths(self) -> None:
        for field in ("tokens_per_s", "power_w"):
            found, wanted = len(getattr(self, field)), len(self.concurrency)
            if found != wanted:
                raise self._refused(field, f"has {found} entries; allowed: {wanted}, as concurrency has")

    def _check_increasing(self) -> None:
        if self.concurrency[0] != 1.0:
            raise self._refused("concurrency[0]", f"= {self.concurrency[0]:g}; allowed: 1, the first point")
        for place, (before, at) in enumerate(pairwise(self.concurrency), 1):
            if at <= before:
                message = f"= {at:g} after {before:g}; allowed: increasing numbers"
                raise self._refused(f"concurrency[{place}]", message)

    def _check_falls(self, field: str, unit: str, mark: str) -> None:
        """Refuse a curve that falls, unless it is marked."""
        values = () if getattr(self, mark) else getattr(self, field)
        for place, (before, at) in enumerate(pairwise(values), 1):
            if at < before:
                here, there = self.concurrency[place], self.concurrency[place - 1]
                falls = f"= {at:g} {unit} at a concurrency of {here:g} and {before:g} {unit} at {there:g}"
                message = f"{falls}; allowed: at least {before:g} {unit}, or {mark} = true"
                raise self._refused(f"{field}[{place}]", message)

    def _check_power(self) -> None:
        for place, (at, power) in enumerate(zip(self.concurrency, self.power_w, strict=True)):
            if power < self.idle_w:
                least = f"allowed: at least {self.idle_w:g} W, idle_w"
                raise self._refused(f"power_w[{place}]", f"= {power:g} W at a concurrency of {at:g}; {least}")
        if self.accelerator_idle_w > self.idle_w:
            raise self.refuse("accelerator_idle_w", f"at most {self.idle_w:g} W, idle_w")

    def _check_limit(self, gpu_limit_w: float) -> None:
        """Refuse a GPU limit outside the response, or one below idle accelerators."""
        least, most = self.response.floor_pu * self.gpu_rated_w, self.gpu_rated_w
        if not least <= gpu_limit_w <= most:
            message = f"from {least:g} W, the floor of response, to {most:g} W, gpu_rated_w"
        elif self._accelerator_factor(gpu_limit_w) < 0.0:
            part = self.accelerator_idle_w / (self.accelerator_idle_w + self._loaded_w)
            message = f"at least {part * self.gpu_limit_w:g} W, below which idle accelerators exceed it"
        else:
            return
        raise self._refused("gpu_limit_w", f"= {gpu_limit_w:g} W; allowed: {message}")

    def _refused(self, field: str, message: str) -> SpecError:
        return SpecError(self.title(), [Problem((field,), message)])
