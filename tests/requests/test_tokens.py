"""Tokens: numbers of tokens as a distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from builders import told
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sim.requests.tokens import TokenCount, Tokens
from sim.spec import Spec


class Request(Spec):
    """What has tokens."""

    tokens: TokenCount


def drawn(tokens: Tokens, count: int, seed: int = 0) -> np.ndarray:
    return tokens.draw(np.random.default_rng(seed), count)


distributions = st.one_of(
    st.builds(Tokens, mean=st.floats(0.1, 1e6), cv=st.floats(0.01, 3.0)),
    st.builds(Tokens, mean=st.floats(0.1, 1e6), distribution=st.just("exponential")),
    st.builds(Tokens, mean=st.floats(0.1, 1e6)),
)


def test_a_bare_number_is_the_same_for_all_requests() -> None:
    assert Request(tokens=512).tokens == Request(tokens={"mean": 512.0}).tokens == Tokens(mean=512.0, cv=0.0)
    assert drawn(Tokens(mean=512.0), 3).tolist() == [512.0, 512.0, 512.0]


def test_fixed_tokens_leave_the_generator_unchanged() -> None:
    rng = np.random.default_rng(0)
    Tokens(mean=512.0).draw(rng, 100)
    assert rng.random() == np.random.default_rng(0).random()


def test_the_exponential_distribution_has_a_coefficient_of_variation_of_one() -> None:
    tokens = Tokens(mean=200.0, distribution="exponential")
    assert tokens.cv == 1.0
    assert tokens == Tokens(mean=200.0, cv=1.0, distribution="exponential")
    assert Tokens(**tokens.to_dict()) == tokens


@given(distributions, st.integers(0, 2**31))
def test_draws_have_the_mean_and_the_coefficient_of_variation(tokens: Tokens, seed: int) -> None:
    found = drawn(tokens, 20_000, seed)
    # 6 standard errors of the mean
    assert found.mean() == pytest.approx(tokens.mean, rel=1e-12 + 6 * tokens.cv / 20_000**0.5)
    if 0.0 < tokens.cv <= 1.0:  # the fourth moment of wider ones is too large for an estimate
        assert found.std() / found.mean() == pytest.approx(tokens.cv, rel=0.25)


@given(distributions, st.integers(0, 50), st.integers(0, 50))
def test_draws_in_parts_are_those_of_one_draw(tokens: Tokens, first: int, second: int) -> None:
    rng = np.random.default_rng(5)
    parts = np.concatenate([tokens.draw(rng, first), tokens.draw(rng, second)])
    assert parts.tolist() == drawn(tokens, first + second, 5).tolist()


@given(distributions, st.integers(1, 200))
def test_quantiles_increase_and_have_the_mean(tokens: Tokens, count: int) -> None:
    found = tokens.quantiles(count)
    assert len(found) == count
    assert (np.diff(found) >= 0.0).all()
    assert found.mean() == pytest.approx(tokens.mean, rel=1e-12)


def test_many_quantiles_stand_for_the_distribution() -> None:
    exponential = Tokens(mean=100.0, distribution="exponential").quantiles(9)
    # at probabilities 1/18, 3/18, ...; the fifth is the median, 100 x ln 2 = 69.3, before scaling
    shares = -np.log(1.0 - (2.0 * np.arange(9) + 1.0) / 18.0)
    assert exponential == pytest.approx(100.0 * shares / shares.mean(), rel=1e-12)
    lognormal = Tokens(mean=1155.0, cv=0.96).quantiles(100_001)
    # median = mean / (1 + cv^2)^0.5 = 1155 / 1.3862 = 833.2
    assert lognormal[50_000] == pytest.approx(1155.0 / (1.0 + 0.96**2) ** 0.5, rel=1e-3)
    assert lognormal.std() / lognormal.mean() == pytest.approx(0.96, rel=0.01)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"mean": 0.0},
            "Tokens: mean = 0.0 tokens; allowed: a finite number above 0 and at most 1e+07 tokens",
        ),
        (
            {"mean": 1e8},
            "Tokens: mean = 100000000.0 tokens; allowed: a finite number above 0 and at most 1e+07 tokens",
        ),
        (
            {"mean": float("nan")},
            "Tokens: mean = nan tokens; allowed: a finite number above 0 and at most 1e+07 tokens",
        ),
        (
            {"mean": 9.0, "cv": -1.0},
            "Tokens: cv = -1.0 ratio; allowed: a finite number at least 0 and at most 20 ratio",
        ),
        (
            {"mean": 9.0, "cv": 0.5, "distribution": "exponential"},
            "Tokens: cv = 0.5 ratio; allowed: 1 or absent, as distribution is 'exponential'",
        ),
    ],
)
def test_what_no_request_has_is_refused(values: dict[str, Any], message: str) -> None:
    assert told(lambda: Tokens(**values)) == message


@pytest.mark.parametrize("value", ["many", True, None])
def test_what_is_neither_a_number_nor_a_table_is_refused(value: Any) -> None:
    allowed = "allowed: a number of tokens, or a table with mean [tokens]"
    assert told(lambda: Request(tokens=value)) == f"Request: tokens = {value!r}; {allowed}"


@pytest.mark.parametrize("value", [-5, math.inf, math.nan])
def test_a_number_that_no_request_has_is_refused_as_its_mean(value: float) -> None:
    allowed = "allowed: a finite number above 0 and at most 1e+07 tokens"
    assert told(lambda: Request(tokens=value)) == f"tokens: mean = {value} tokens; {allowed}"


def test_the_schema_allows_a_number_or_a_table() -> None:
    schema = TypeAdapter(TokenCount).json_schema()
    assert schema["anyOf"][0] == {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 10_000_000,
        "unit": "tokens",
    }
    assert len(schema["anyOf"]) == 2
