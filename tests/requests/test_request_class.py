"""The request class and its presets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from builders import DATA, told

from sim.requests.request_class import CLASSES, RequestClass
from sim.requests.tokens import Tokens


def test_a_class_is_interactive_unless_it_has_a_deadline() -> None:
    plain = RequestClass(prompt_tokens=100, output_tokens=10)
    assert not plain.is_batch
    batch = {"deadline_h": 4.0, "worth_usd_per_mwh": 50.0}
    assert RequestClass(prompt_tokens=100, output_tokens=10, **batch).is_batch
    assert (plain.share, plain.priority, plain.timeout_s) == (1.0, 0, None)
    assert plain.prompt_tokens == Tokens(mean=100.0)


def test_a_preset_is_changed_like_any_spec() -> None:
    chat = CLASSES["chat"].with_values({"output_tokens.mean": 400.0, "share": 3.0})
    assert (chat.output_tokens, chat.share) == (Tokens(mean=400.0, cv=0.77), 3.0)
    assert RequestClass(**chat.to_dict()) == chat


def test_only_batch_may_wait_and_goes_last() -> None:
    assert [name for name, each in CLASSES.items() if each.is_batch] == ["batch"]
    assert min(CLASSES, key=lambda name: CLASSES[name].priority) == "batch"


def test_chat_has_the_tokens_of_the_azure_conversation_trace() -> None:
    path = DATA / "azure_llm" / "AzureLLMInferenceTrace_conv.csv"
    if not path.is_file():
        pytest.skip(f"the trace is not at {path}; set DCGRID_DATA to the folder that holds it")
    trace, chat = pd.read_csv(path), CLASSES["chat"]
    columns = (("ContextTokens", chat.prompt_tokens), ("GeneratedTokens", chat.output_tokens))
    for column, tokens in columns:
        mean = trace[column].mean()
        assert tokens.mean == pytest.approx(mean, rel=1e-3)
        assert tokens.cv == pytest.approx(trace[column].std() / mean, abs=5e-3)


@pytest.mark.parametrize(("name", "median"), [("code", (1469, 13)), ("long_context", (6909, None))])
def test_coefficients_of_variation_follow_from_published_medians(
    name: str, median: tuple[int, int | None]
) -> None:
    each = CLASSES[name]
    for tokens, middle in zip((each.prompt_tokens, each.output_tokens), median, strict=True):
        if middle is not None:
            # of a lognormal distribution: (mean / median)^2 = 1 + cv^2
            assert tokens.cv == pytest.approx(np.sqrt((tokens.mean / middle) ** 2 - 1.0), abs=0.02)


def test_what_no_class_has_is_refused() -> None:
    made = {"prompt_tokens": 100, "output_tokens": 10}
    assert told(lambda: RequestClass(**made, share=0.0)) == (
        "RequestClass: share = 0.0; allowed: a finite number at least 1e-06 and at most 1e+06"
    )
    assert told(lambda: RequestClass(**made, deadline_h=2.0, ttft_objective_s=1.0)) == (
        "RequestClass: ttft_objective_s = 1.0 s; allowed: none, as deadline_h makes the class a batch class"
    )
    assert told(lambda: RequestClass(prompt_tokens=-1, output_tokens=10)) == (
        "prompt_tokens: mean = -1 tokens; allowed: a finite number above 0 and at most 1e+07 tokens"
    )
