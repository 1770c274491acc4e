"""Request columns: which column of a request log holds what; the mappings of published logs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.spec import Spec
from sim.timeseries.calendar import ZoneName

Column = Annotated[str, Field(min_length=1, max_length=500)]


class RequestColumns(Spec):
    """The columns of a request log, one row for each request in the order of arrival."""

    time: Column
    """Time of arrival."""
    prompt_tokens: Column
    """Tokens of the prompt."""
    output_tokens: Column
    """Tokens that were generated."""
    time_unit: Literal["s", "ms", "timestamp"] = "s"
    """Unit of `time`: numbers in seconds or milliseconds, counted from anything, or ISO 8601 timestamps."""
    timezone: ZoneName | None = None
    """IANA name of the timezone of timestamps without a UTC offset. Default: they are read as if the clock
    had not changed during the log."""
    skip_failed: bool = False
    """Whether to leave out requests without output tokens. Default: they are refused."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.timezone is not None and self.time_unit != "timestamp":
            raise self.refuse("timezone", "none, as time_unit is not 'timestamp'")
        return self

    def named(self) -> dict[str, str]:
        """The names of the columns by what they hold."""
        return {"time": self.time, "prompt_tokens": self.prompt_tokens, "output_tokens": self.output_tokens}


AZURE_LLM = RequestColumns(
    time="TIMESTAMP",
    prompt_tokens="ContextTokens",
    output_tokens="GeneratedTokens",
    time_unit="timestamp",
)
"""Requests of Azure/AzurePublicDataset, AzureLLMInferenceTrace_conv.csv and _code.csv of 2023 and those of
2024 (AzureLLMInferenceDataset2023.md). Its timestamps have no UTC offset."""

BURSTGPT = RequestColumns(
    time="Timestamp",
    prompt_tokens="Request tokens",
    output_tokens="Response tokens",
    skip_failed=True,
)
"""Requests of HPMLL/BurstGPT, data/BurstGPT_1.csv and others; seconds from 0:00 on the first day (its
README.md). Requests with 0 response tokens failed and are left out."""

MOONCAKE = RequestColumns(
    time="timestamp",
    prompt_tokens="input_length",
    output_tokens="output_length",
    time_unit="ms",
)
"""Requests of kvcache-ai/Mooncake, FAST25-release/traces/*.jsonl: JSON lines with times in milliseconds.
`hash_ids`, which tell the parts of a prompt that may be found in a cache, are not read."""

TRACES: dict[str, RequestColumns] = {
    "azure_llm": AZURE_LLM,
    "burstgpt": BURSTGPT,
    "mooncake": MOONCAKE,
}
"""The mappings of published logs, by name."""
