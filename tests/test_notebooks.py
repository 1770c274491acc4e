"""The notebooks: each runs as it is checked in, without outputs, and ends with its conclusion.

Sweeps, of up to 30 years of the flagship, are cut to two seeds of 60 days, and searches for sizes to a first
generation with one seed of 30 days, but not with `NOTEBOOKS=full`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CELL_TIMEOUT_S = 600

SHORTER = (
    (r"(?<=, )seeds=\d+(, days=\d+)?", "seeds=2, days=60"),  # a sweep
    (r"most_runs=\d+,\s*seeds=\d+,\s*days=\d+", "most_runs=18, seeds=1, days=30"),  # a search
)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_way_from_one_run_to_a_decision_has_eight_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "01_first_run",
        "02_sizing",
        "03_reliability",
        "04_flexible_training",
        "05_power_swings",
        "06_value_of_flexibility",
        "07_power_cut",
        "08_tariffs_and_strategies",
    ]


@each_notebook
def test_a_notebook_runs_and_shows_pictures(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = read(path)
    if os.environ.get("NOTEBOOKS") != "full":
        for cell in code_cells(notebook):
            for long, short in SHORTER:
                cell.source = re.sub(long, short, cell.source)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=CELL_TIMEOUT_S, kernel_name="python3", resources=where).execute()
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs)


@each_notebook
def test_a_notebook_is_checked_in_without_outputs(path: Path) -> None:
    cells = code_cells(read(path))
    assert cells
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)


@each_notebook
def test_a_notebook_asks_a_question_and_ends_with_its_conclusion(path: Path) -> None:
    first, *_, last = read(path).cells
    title = first.source.splitlines()[0]
    assert first.cell_type == last.cell_type == "markdown"
    assert title.startswith("# ")
    assert title.endswith("?")
    assert last.source.startswith("## Conclusion\n")
    assert len(last.source.splitlines()) > 2  # a conclusion is more than its heading
