"""The backlog: work that power kept a job from doing on time, and the energy deferred by it.

The baseline of a job is full speed whenever its GPUs are allocated to it. It halts while the job waits for
GPUs, because they are not free for it then. The backlog is the work of the baseline less the work done. Each
unit of it stands for the flexible energy that the work takes at full speed. A job without flexible power
defers nothing; what it lacks is unserved.
"""

from __future__ import annotations


class Backlog:
    """The backlog of a job.

    Attributes:
        gpu_h: Work of the baseline less the work done.
        integral_gpu_h2: Integral of the backlog over time [GPU-h x h].
        late_h: Time since the baseline was done.
    """

    def __init__(self, work_gpu_h: float, gpus: int) -> None:
        """Begin without a backlog.

        Args:
            work_gpu_h: Work of the job.
            gpus: Its full speed [GPU-h/h].
        """
        self.gpu_h = self.integral_gpu_h2 = 0.0
        self.late_h = 0.0
        self._baseline_left_gpu_h = work_gpu_h
        self._full = float(gpus)

    def advance(self, duration_h: float, speed: float) -> float:
        """Go on for a time at a constant speed, with all GPUs allocated.

        The backlog grows while the baseline works faster, and shrinks once the baseline is done.

        Args:
            duration_h: The time.
            speed: Speed of the job [GPU-h/h], at most its full speed.

        Returns:
            By how much the backlog has risen [GPU-h].
        """
        rising_h = min(duration_h, self._baseline_left_gpu_h / self._full)
        self._baseline_left_gpu_h = max(0.0, self._baseline_left_gpu_h - self._full * rising_h)
        self.late_h += duration_h - rising_h
        self._change(rising_h, self._full - speed)
        self._change(duration_h - rising_h, -speed)
        return (self._full - speed) * rising_h

    def wait(self, duration_h: float) -> None:
        """Go on for a time without GPUs: the backlog stays as it is."""
        self.integral_gpu_h2 += self.gpu_h * duration_h
        if not self._baseline_left_gpu_h:
            self.late_h += duration_h

    def finish(self) -> None:
        """The work is done: what is left is rounding."""
        self.gpu_h = 0.0

    def _change(self, duration_h: float, slope: float) -> None:
        change = slope * duration_h
        self.integral_gpu_h2 += (self.gpu_h + change / 2.0) * duration_h
        self.gpu_h = max(0.0, self.gpu_h + change)
