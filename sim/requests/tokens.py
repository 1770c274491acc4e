"""Tokens: how many tokens requests have, as a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import model_validator

from sim.errors import Problem, SpecError, shortened
from sim.spec import Spec
from sim.timeseries.series import Array
from sim.units import quantity

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

MOST_TOKENS = 10_000_000
"""The most tokens that a request may have, on average or in a log."""

MeanTokens = Annotated[float, quantity("tokens", gt=0, le=MOST_TOKENS)]


class Tokens(Spec):
    """The number of tokens of a request: the same for all, or drawn.

    Numbers that are drawn are not rounded, so that their mean is exact.
    """

    mean: MeanTokens
    """Mean number of tokens."""
    cv: Annotated[float, quantity("ratio", ge=0, le=20)] = 0.0
    """Coefficient of variation: standard deviation / mean. Default: 0, every request has the mean; 1 for the
    exponential distribution, which has no other."""
    distribution: Literal["lognormal", "exponential"] = "lognormal"
    """Shape of the distribution. Default: lognormal, which fits prompts of public traces: with the mean and
    the median of Mooncake's conversation trace (12,035 and 6,909 tokens, FAST'25) its 99th percentile is
    80,100; the trace has 85,400. Outputs of chat have two peaks, which no shape here has."""

    @model_validator(mode="before")
    @classmethod
    def _with_its_cv(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and values.get("distribution") == "exponential":
            return {"cv": 1.0, **values}
        return values

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.distribution == "exponential" and self.cv != 1.0:
            raise self.refuse("cv", "1 or absent, as distribution is 'exponential'")
        return self

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """Draw the tokens of a number of requests.

        Draws in parts give the same numbers as one draw. If all requests have the mean, nothing is drawn.

        Args:
            rng: Generator that nothing else draws from.
            count: Number of requests.
        """
        if self.cv == 0.0:
            return np.full(count, self.mean)
        if self.distribution == "exponential":
            drawn = rng.standard_exponential(count)
            drawn *= self.mean
            return drawn
        return self._lognormal(rng.standard_normal(count))

    def quantiles(self, count: int) -> Array:
        """Equally likely numbers of tokens that stand for the distribution, in increasing order.

        They are the quantiles at the middles of equal shares of probability, scaled so that their mean is
        the mean of the distribution.

        Args:
            count: How many; at least 1.
        """
        from scipy.special import ndtri

        if self.cv == 0.0:
            return np.full(count, self.mean)
        shares = (np.arange(count) + 0.5) / count
        values = -np.log1p(-shares) if self.distribution == "exponential" else self._lognormal(ndtri(shares))
        return np.asarray(values * (self.mean / values.mean()), dtype=np.float64)

    def _lognormal(self, normal: Array) -> Array:
        """Lognormal numbers from standard normal ones, in place."""
        variance = np.log1p(self.cv**2)
        normal *= np.sqrt(variance)
        normal += np.log(self.mean) - variance / 2.0
        return np.exp(normal, out=normal)


class _NumberOrTable:
    """The annotation of a field of tokens, which a file may give as a number: the same for all requests."""

    def build(self, value: Any) -> Any:
        """Tokens of a number; a table and tokens are returned unchanged.

        Raises:
            SpecError: If the value is none of these.
        """
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Tokens(mean=value)
        if isinstance(value, Mapping | Tokens):
            return value
        message = f"= {shortened(value)}; allowed: a number of tokens, or a table with mean [tokens]"
        raise SpecError(Tokens.title(), [Problem((), message)])

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(self.build, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        number = {"type": "number", "exclusiveMinimum": 0, "maximum": MOST_TOKENS, "unit": "tokens"}
        return {"anyOf": [number, handler(schema)]}


TokenCount = Annotated[Tokens, _NumberOrTable()]
"""Tokens of a request in a spec: a table, or a number that all requests have."""
