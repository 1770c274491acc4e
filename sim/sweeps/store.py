"""The store: a folder that keeps the runs of a sweep as they finish, a Parquet part for each.

A part is written under another name and then renamed, so it is either complete or absent. Its name
contains the key of the run and a hash of the part's bytes: a part that was truncated or altered does not
match its name, and its run is made again. A manifest identifies the sweep of the folder.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path
from time import time
from typing import Any

from sim.campus.campus import Campus
from sim.errors import shortened
from sim.files.whole import drafts, whole_file
from sim.sweeps.axes import refusal
from sim.sweeps.point_models import PointModels, models_of
from sim.sweeps.task import Outcome
from sim.units import SECONDS_PER_HOUR

Manifest = dict[str, Any]
FORMAT = 3
"""Format of a sweep's folder; another one is refused."""
_MANIFEST = "sweep.json"
_MODELS = "models.json"
_PARTS = "parts"
_TYPES = {
    "version": str,
    "name": str,
    "days": float,
    "seeds": list,
    "axes": list,
    "points": list,
    "contents": list,
}
"""What a manifest must hold."""
_MARK = 16
_ABANDONED_S = SECONDS_PER_HOUR
"""Age of a draft that no living sweep is still writing."""
_IDENTITY = {
    "version": "its version of dcgrid differs",
    "days": "its length in days differs",
    "axes": "its axes differ",
    "points": "its points differ",
    "contents": "its model differs",
}


SEARCH = "search"
"""Key of a manifest whose points are added as a search finds them."""
_FOUND = {"points", "contents"}
"""What a search adds to; its runs are known by key, so another search over the same names may use them."""


class RunStore:
    """The folder of one sweep."""

    def __init__(
        self, folder: Path | str, manifest: Manifest, campuses: Iterable[Campus | None] = ()
    ) -> None:
        """Open the folder of this sweep, or begin it.

        Args:
            folder: The folder.
            manifest: What it holds.
            campuses: The campus of each point; None if it was refused.

        Raises:
            SpecError: If the folder holds something else; nothing is written then.
        """
        self._folder = Path(folder)
        self._parts = self._folder / _PARTS
        self._models = PointModels()
        self._check(manifest)
        self._parts.mkdir(parents=True, exist_ok=True)
        for draft in drafts(self._parts):
            if draft.stat().st_mtime < time() - _ABANDONED_S:
                draft.unlink(missing_ok=True)
        self.describe(manifest, campuses)

    def describe(self, manifest: Manifest, campuses: Iterable[Campus | None] = ()) -> None:
        """Write the manifest, and the models of the points with it.

        A search does so again when it has added points.

        Args:
            manifest: What the folder holds.
            campuses: The campus of each point that was added since; None if it was refused.
        """
        self._models.add(campuses)
        models = json.dumps(self._models.to_dict(), separators=(",", ":"))
        self._write(self._folder / _MODELS, f"{models}\n".encode())
        self._write(self._folder / _MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())

    def save(self, outcome: Outcome) -> None:
        """Keep an outcome."""
        data = to_part(outcome)
        self._write(self._parts / f"{outcome.key}.{_mark(data)}.parquet", data)

    def publish(self, **frames: Any) -> None:
        """Write the frames of the sweep, for use with other tools."""
        for name, frame in frames.items():
            held = io.BytesIO()
            frame.to_parquet(held, index=False)
            self._write(self._folder / f"{name}.parquet", held.getvalue())

    def finished(self, keys: Iterable[str]) -> dict[str, Outcome]:
        """Outcomes of those of the keys that are kept and whole."""
        return read_parts(self._folder, keys)

    def _check(self, manifest: Manifest) -> None:
        here = shortened(str(self._folder))
        if not self._folder.exists():
            return
        if not self._folder.is_dir():
            raise refusal("out", f"= {here} is a file; allowed: the folder of this sweep, or a new one")
        if not any(self._folder.iterdir()):
            return
        if not (self._folder / _MANIFEST).is_file():
            raise refusal(
                "out", f"= {here} contains files that are not part of a sweep; allowed: a new folder"
            )
        other = read_manifest(self._folder)
        if bool(other.get(SEARCH)) != bool(manifest.get(SEARCH)):
            there = "a search of sizes" if other.get(SEARCH) else "a sweep of given points"
            raise refusal("out", f"= {here} holds {there}; allowed: a new folder")
        for field, difference in _IDENTITY.items():
            if manifest.get(SEARCH) and field in _FOUND:
                continue
            if other.get(field) != manifest[field]:
                there, wanted = (shortened(found) for found in (other.get(field), manifest[field]))
                shown = f": {there} there, {wanted} here" if field in {"version", "days", "axes"} else ""
                message = f"= {here} holds a different sweep ({difference}{shown}); allowed: a new folder"
                raise refusal("out", message)

    def _write(self, path: Path, data: bytes) -> None:
        with whole_file(path) as draft:
            draft.write_bytes(data)


def holds_sweep(folder: Path | str) -> bool:
    """Whether a folder is that of a sweep, finished or not."""
    return (Path(folder) / _MANIFEST).is_file()


def read_manifest(folder: Path | str) -> Manifest:
    """The manifest of the sweep in a folder.

    Raises:
        SpecError: If there is none, or it has another format.
    """
    path = Path(folder) / _MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    here = shortened(str(folder))
    if not isinstance(found, dict):
        raise refusal("folder", f"= {here} is not a sweep folder: {_MANIFEST} is missing or unreadable")
    if found.get("format") != FORMAT:
        message = f"holds a sweep in format {found.get('format')}; this version reads and writes {FORMAT}"
        raise refusal("folder", f"= {here} {message}")
    for key, kind in _TYPES.items():
        if not isinstance(found.get(key), kind):
            raise refusal(
                "folder", f"= {here} is not a sweep folder: {key} in {_MANIFEST} is missing or invalid"
            )
    return found


def read_models(folder: Path | str, count: int) -> list[dict[str, Any] | None]:
    """The campus of each of so many points as plain data; None where it was refused or is not kept.

    Raises:
        SpecError: If the file of the models is damaged.
    """
    path = Path(folder) / _MODELS
    if not path.is_file():
        return [None] * count
    try:
        found = models_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        message = f"= {shortened(str(folder))}: {_MODELS} is unreadable; delete it to read the rest"
        raise refusal("folder", message) from None
    return [*found, *[None] * count][:count]


def read_parts(folder: Path | str, keys: Iterable[str]) -> dict[str, Outcome]:
    """Outcomes of those of the keys that are kept in a folder and whole; a success replaces a failure."""
    wanted = set(keys)
    found: dict[str, Outcome] = {}
    for path in (Path(folder) / _PARTS).glob("*.parquet"):
        key, mark, *_ = path.name.split(".")
        if key not in wanted or (key in found and not found[key].error):
            continue
        data = path.read_bytes()
        if _mark(data) == mark and (outcome := from_part(data)) is not None:
            found[key] = outcome
    return found


def to_part(outcome: Outcome) -> bytes:
    """An outcome as the bytes of a Parquet file with one row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    metrics = pa.array([list(outcome.metrics.items())], type=pa.map_(pa.string(), pa.float64()))
    slots = pa.array([list(outcome.slots.items())], type=pa.map_(pa.string(), pa.string()))
    words = {"key": [outcome.key], "error": [outcome.error]}
    facts = {"same_weather": [outcome.same_weather], "is_replayed": [outcome.is_replayed]}
    table = pa.table({**words, **facts, "metrics": metrics, "slots": slots})
    held = io.BytesIO()
    pq.write_table(table, held, use_dictionary=False, write_statistics=False, compression="none")
    return held.getvalue()


def from_part(data: bytes) -> Outcome | None:
    """The outcome in the bytes of a part; None if they are not a part."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        (row,) = pq.ParquetFile(io.BytesIO(data)).read(use_threads=False).to_pylist()
    except (pa.ArrowException, OSError, ValueError):
        return None
    return Outcome(
        row["key"],
        dict(row["metrics"]),
        row["error"],
        dict(row["slots"]),
        row["same_weather"],
        is_replayed=row.get("is_replayed", False),
    )


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_MARK]
