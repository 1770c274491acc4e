"""The request class: requests that are alike in size, importance and patience."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import model_validator

from sim.presets import Presets
from sim.requests.tokens import TokenCount, Tokens
from sim.spec import Spec
from sim.units import DurationHours, PositiveSeconds, UsdPerMWh, quantity

HIGHEST_PRIORITY = 100_000
"""Highest priority of a request, up or down."""


class RequestClass(Spec):
    """Requests that are drawn from one distribution and are served by one rule."""

    share: Annotated[float, quantity("", ge=1e-6, le=1e6)] = 1.0
    """Relative frequency; only its ratio to those of the other classes matters."""
    prompt_tokens: TokenCount
    """Tokens of the prompt, those found in a cache included; a number if all requests have as many."""
    output_tokens: TokenCount
    """Tokens that are generated; a number if all requests have as many."""
    priority: Annotated[int, quantity("", ge=-HIGHEST_PRIORITY, le=HIGHEST_PRIORITY)] = 0
    """Priority in the queue; higher goes first."""
    timeout_s: PositiveSeconds | None = None
    """Longest wait in the queue, after which a request is dropped. Default: requests wait until served."""
    ttft_objective_s: PositiveSeconds | None = None
    """Service objective for the time to the first token. Default: none."""
    tpot_objective_s: PositiveSeconds | None = None
    """Service objective for the time per further output token. Default: none."""
    deadline_h: DurationHours | None = None
    """For batch requests: how long after its arrival a request may wait for power. Default: none; the class
    is interactive and is served on arrival."""

    worth_usd_per_mwh: UsdPerMWh | None = None
    """For batch requests: what power is worth to them. At a higher price they wait, within their deadline.
    Required with `deadline_h`."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.deadline_h is not None and self.ttft_objective_s is not None:
            raise self.refuse("ttft_objective_s", "none, as deadline_h makes the class a batch class")
        if self.deadline_h is not None and self.timeout_s is not None:
            raise self.refuse("timeout_s", "none, as deadline_h makes the class a batch class")
        if (self.deadline_h is None) is not (self.worth_usd_per_mwh is None):
            raise self.refuse("worth_usd_per_mwh", "a price with deadline_h, and none without it")
        return self

    @property
    def is_batch(self) -> bool:
        """Whether requests may wait for power."""
        return self.deadline_h is not None


CHAT = RequestClass(
    prompt_tokens=Tokens(mean=1155.0, cv=0.96),
    output_tokens=Tokens(mean=211.0, cv=0.77),
    ttft_objective_s=2.0,
    tpot_objective_s=0.2,
)
"""Conversation: means and coefficients of variation of all 19,366 requests of the Azure LLM inference trace
2023 (Azure/AzurePublicDataset, AzureLLMInferenceTrace_conv.csv). Objectives: MLPerf Inference v4.1,
llama2-70b, Server scenario."""

CODE = RequestClass(
    prompt_tokens=Tokens(mean=2048.0, cv=0.97),
    output_tokens=Tokens(mean=28.0, cv=1.9),
    ttft_objective_s=0.45,
    tpot_objective_s=0.04,
)
"""Code completion: means of the 8,819 requests of AzureLLMInferenceTrace_code.csv, beside the conversation
trace, as others computed them (unverified). The coefficients of variation are those of lognormal
distributions with these means and the medians of that file, 1,469 and 13 tokens. (Splitwise, ISCA 2024, gives
medians of 1,500 and 13.) Objectives: MLPerf Inference v5.0, llama2-70b-interactive (unverified)."""

LONG_CONTEXT = RequestClass(
    prompt_tokens=Tokens(mean=12035.0, cv=1.43),
    output_tokens=Tokens(mean=343.0, cv=0.7),
    ttft_objective_s=30.0,
    tpot_objective_s=0.1,
)
"""Long context: means of the conversation trace of Mooncake (Qin et al., FAST'25, table 2: 12,031 requests;
unverified, read in a summary). Its prompts are up to 128,000 tokens long and about 40 % of their tokens are
found in a cache. Coefficient of variation of prompts: that of a lognormal distribution with this mean and a
median of 6,909; of outputs: assumed. Objectives: those of its evaluation (arXiv 2407.00079; unverified)."""

BATCH = RequestClass(
    prompt_tokens=Tokens(mean=2000.0, cv=1.0),
    output_tokens=Tokens(mean=500.0, cv=1.0),
    priority=-1,
    deadline_h=24.0,
    worth_usd_per_mwh=100.0,
)
"""Offline work, such as summaries and labels. All values are assumed; 24 h is the completion window that
public batch interfaces offer."""

CLASSES: dict[str, RequestClass] = {
    "batch": BATCH,
    "chat": CHAT,
    "code": CODE,
    "long_context": LONG_CONTEXT,
}
"""Request classes by name."""

ClassModel = Annotated[RequestClass, Presets(RequestClass, CLASSES)]
"""A class of requests as a field of another spec: the name of a known one, or a table of its fields."""


def levels(classes: Sequence[RequestClass]) -> list[int]:
    """The level of each class; requests of the lowest start first, and those of one level as they arrive.

    Interactive classes have the order of their priority. Batch classes come after them, in the order of what
    power is worth to them; among those of one worth, in the order of their priority.
    """
    orders = [(one.is_batch, -(one.worth_usd_per_mwh or 0.0), -one.priority) for one in classes]
    known = sorted(set(orders))
    return [known.index(order) for order in orders]


def ranked(classes: Sequence[RequestClass]) -> list[int]:
    """The places of classes in the order of their levels."""
    level = levels(classes)
    return sorted(range(len(classes)), key=lambda place: level[place])
