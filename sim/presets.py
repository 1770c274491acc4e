"""Presets: values of a field that are given by a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from sim.errors import Problem, SpecError, nearest, shortened
from sim.spec import Spec


class Presets:
    """Specs of one class by name; as the annotation of a field it allows a name in place of a table.

    A field of the type `Annotated[Server, Presets(Server, SERVERS)]` is given as `"8xh100"` or as a table.
    """

    def __init__(self, spec: type[Spec], presets: Mapping[str, Spec]) -> None:
        self._spec, self._presets = spec, presets

    def build(self, value: Any) -> Any:
        """The preset of a name, or a spec from a table; a spec is returned unchanged.

        Raises:
            SpecError: If the value is none of these, with the nearest names; or if the table is invalid.
        """
        if isinstance(value, self._spec):
            return value
        if isinstance(value, dict):
            return self._spec(**value)
        name = value if isinstance(value, str) else ""
        if name in self._presets:
            return self._presets[name]
        message = f"= {shortened(value)}; allowed: a preset or a table of fields"
        raise SpecError(self._spec.title(), [Problem((), f"{message}{nearest(name.lower(), self._presets)}")])

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.build, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        return {"anyOf": [{"enum": sorted(self._presets)}, handler(schema)]}
