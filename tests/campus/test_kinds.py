"""Kinds of one's own: how a module or a file is found, what its faults are called, and installed kinds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import told

from sim import Campus, SpecError
from sim.campus.kinds import import_kinds
from sim.site import Source

WINDY = '''
from typing import Literal

from sim.site import Source
from sim.units import PositiveMW


class Windmill(Source):
    """A windmill."""

    kind: Literal["{kind}"] = "{kind}"
    power_mw: PositiveMW = 1.0
    """Power in all winds."""

    def start(self, site, name):
        site.terminal(name).offer(5.0).state(self.power_mw)
'''


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Forget the kinds and modules of a test."""
    kinds, modules = dict(Source.members), set(sys.modules)
    yield
    Source.members.clear()
    Source.members.update(kinds)
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def message(name: str, beside: Path | None = None) -> str:
    return told(lambda: import_kinds(name, beside))


def windy(folder: Path, kind: str, name: str = "windy") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(WINDY.format(kind=kind))
    return path


def test_a_path_is_tried_from_the_working_directory_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windy(tmp_path / "here", "kind here")
    windy(tmp_path / "there", "kind there")
    windy(tmp_path / "there" / "sub", "kind sub")
    monkeypatch.chdir(tmp_path / "here")
    import_kinds("windy.py", tmp_path / "there")
    assert ("kind here" in Source.members, "kind there" in Source.members) == (True, False)
    import_kinds("sub/windy.py", tmp_path / "there")
    assert Source.members["kind sub"](power_mw=2.0).power_mw == 2.0  # type: ignore[attr-defined] # its own
    import_kinds(str(tmp_path / "there" / "windy.py"))
    assert "kind there" in Source.members


def test_a_name_is_a_file_beside_the_campus_and_else_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windy(tmp_path / "path", "kind of a module")
    windy(tmp_path / "path" / "package_of_kinds", "kind of a package")
    windy(tmp_path / "there", "kind there")
    monkeypatch.syspath_prepend(str(tmp_path / "path"))
    monkeypatch.chdir(tmp_path)
    import_kinds("windy", tmp_path / "there")
    assert ("kind there" in Source.members, "kind of a module" in Source.members) == (True, False)
    import_kinds("windy", tmp_path)
    import_kinds("package_of_kinds.windy", tmp_path)
    assert {"kind of a module", "kind of a package"} <= set(Source.members)


def test_without_a_campus_a_name_is_a_file_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windy(tmp_path, "kind here")
    monkeypatch.chdir(tmp_path)
    import_kinds("windy")
    assert "kind here" in Source.members


def test_a_name_that_does_not_exist_is_told_with_what_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    there, none = tmp_path / "there", "kinds: --import = {!r} does not exist; looked for {}"
    assert message("no.py", there) == none.format("no.py", f"{tmp_path}/no.py and {there}/no.py")
    assert message("no.py") == none.format("no.py", f"{tmp_path}/no.py")
    assert message("no_kinds", there) == none.format("no_kinds", f"{there}/no_kinds.py and a module no_kinds")
    assert message("no.kinds", there) == none.format("no.kinds", f"{there}/no.kinds.py and a module no.kinds")
    assert message("json.no") == none.format("json.no", f"{tmp_path}/json.no.py and a module json.no")
    assert message("sub/no", there) == none.format("sub/no", f"{there}/sub/no.py")
    for odd in ("", ".", "..windy", "a b", "1"):
        assert message(odd, there) == none.format(odd, f"{there}/{odd}.py")


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("raise KeyError", "KeyError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def wrong(:", "SyntaxError: invalid syntax (faulty.py, line 1)"),
    ],
)
@pytest.mark.parametrize("way", ["file", "module"])
def test_what_a_module_raises_is_told_with_its_type_and_kept_as_the_cause(
    text: str, raised: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "faulty.py"
    path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    name = "faulty.py" if way == "file" else "faulty"
    shown = str(path) if way == "file" else "faulty"
    beside = tmp_path if way == "file" else tmp_path / "elsewhere"
    with pytest.raises(SpecError) as caught:
        import_kinds(name, beside)
    assert str(caught.value) == f"kinds: --import = {shown!r} cannot be imported: {raised}"
    assert type(caught.value.__cause__).__name__ == raised.partition(":")[0]


def test_a_kind_that_is_taken_is_told_in_its_own_words(tmp_path: Path) -> None:
    windy(tmp_path, "battery")
    assert message("windy", tmp_path) == (
        "Windmill: kind = 'battery' is already the kind of sim.supply.battery.Battery"
    )


def test_a_file_may_be_imported_twice_and_by_a_script_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windy(tmp_path, "kind here")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("windy", "windy.py", "windy"):
        import_kinds(name, tmp_path)
    import_kinds("windy", tmp_path / "elsewhere")
    campus = Campus(name="w", supply={"mill": {"kind": "kind here"}})
    assert campus.supply["mill"].kind == "kind here"


# Installed packages


OFFERED = """
import sys
from sim import Campus, SpecError
from sim.campus.schema import section

def tried(make):
    try:
        return make()
    except SpecError as error:
        return str(error)

loaded = lambda: [name for name in ("windy", "calm", "broken") if name in sys.modules]
"""


def distribution(folder: Path, name: str, offers: str) -> None:
    """An installed package, as the path finder sees one."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[dcgrid.kinds]\n{offers}")


def said_by(code: str, *folders: Path) -> list[str]:
    """What a process prints that has these folders on its path."""
    paths = os.pathsep.join([*map(str, folders), os.environ.get("PYTHONPATH", "")])
    done: Any = subprocess.run(
        [sys.executable, "-c", OFFERED + code],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return str(done.stdout).splitlines()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    windy(tmp_path, "windmill")
    (tmp_path / "calm.py").write_text("1 / 0\n")
    (tmp_path / "broken.py").write_text("1 / 0\n")
    offers = "windmill = windy:Windmill\nlull = calm:Lull\nfault = broken:Fault\nstray = windy:Stray\n"
    distribution(tmp_path, "windy", offers + "other = windy:Windmill\n")
    return tmp_path


def test_an_installed_package_offers_a_kind_and_only_that_one_is_loaded(installed: Path) -> None:
    code = """
print(Campus(name="w", supply={"b": {"kind": "battery", "power_mw": 1.0, "energy_mwh": 2.0}}).name, loaded())
print(type(Campus(name="w", supply={"mill": {"kind": "windmill"}}).supply["mill"]).__name__, loaded())
"""
    assert said_by(code, installed) == ["w []", "Windmill ['windy']"]


def test_a_schema_shows_a_kind_that_is_offered(installed: Path) -> None:
    assert said_by("print(section('windmill').__name__, loaded())", installed) == ["Windmill ['windy']"]


def test_an_offer_that_cannot_be_kept_is_told(installed: Path) -> None:
    code = """
for kind in ("fault", "stray", "other", "windy"):
    said = tried(lambda: Campus(name="w", supply={"mill": {"kind": kind}}))
    print(said.partition("; nearest")[0].partition("; known")[0])
"""
    assert said_by(code, installed) == [
        (
            "supply.mill: kind = 'fault', broken:Fault of windy, cannot be imported: "
            "ZeroDivisionError: division by zero"
        ),
        (
            "supply.mill: kind = 'stray', windy:Stray of windy, cannot be imported: "
            "AttributeError: module 'windy' has no attribute 'Stray'"
        ),
        "supply.mill: kind = 'other' is unknown",  # offered under another name than its own
        "supply.mill: kind = 'windy' is unknown",  # the name of a module is not that of a kind
    ]


def test_a_kind_that_two_packages_offer_is_refused(installed: Path) -> None:
    distribution(installed, "gusty", "windmill = calm:Mill\n")
    code = "print(tried(lambda: Campus(name='w', supply={'mill': {'kind': 'windmill'}})), loaded())"
    assert said_by(code, installed) == [
        (
            "supply.mill: kind = 'windmill' is offered by several packages: "
            "calm:Mill of gusty, windy:Windmill of windy; remove all but one []"
        )
    ]
