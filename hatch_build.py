"""Compiles the modules that have a `.pxd` file beside them. Without a C compiler they stay plain Python.

They also do with DCGRID_PLAIN=1, to test what runs without one.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DIRECTIVES = {
    "language_level": 3,
    "annotation_typing": False,  # the types are those of the .pxd file
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
}
FLAGS = ["-O2", "-ffp-contract=off", "-g0"]
"""No fused multiplication: compiled code gives the bits of plain Python."""

HOTTEST = {"sim.bus.filling", "sim.replay.kernel", "sim.replay.sums"}
"""Modules that are optimised at any length of compilation: they take most of the time of many short runs."""

SHARED = "sim._cyutility"
"""Cython's own code for arrays, compiled once: in each module it would take most of the time."""

CHECKS = {"boundscheck": True, "initializedcheck": True, "nonecheck": True}
SANITIZERS = ["-O1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover"]
"""Build with DCGRID_CHECKED=1, as `make check-native` does, to stop at every wrong index or address."""


class CompileHook(BuildHookInterface):
    """Builds the extension modules into the wheel, or beside their source where the install is editable."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell the wheel what was built."""
        root = Path(self.root)
        if os.environ.get("DCGRID_PLAIN"):
            return
        try:
            built = compiled(root, [path.with_suffix(".py") for path in sorted(root.glob("sim/*/*.pxd"))])
        except Exception as error:  # noqa: BLE001 - whatever a compiler or its absence raises, Python works
            why = str(error).splitlines()[0][:200]
            self.app.display_warning(f"dcgrid is installed without compiled code, so it is slower: {why}")
            return
        if version != "editable":
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
            build_data["artifacts"] += [f"/{path.relative_to(root).as_posix()}" for path in built]


def compiled(root: Path, sources: list[Path]) -> list[Path]:
    """Compile modules, all or none of them; return the extension modules, which are beside their source."""
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    flags, directives = [] if sys.platform == "win32" else FLAGS, DIRECTIVES
    if os.environ.get("DCGRID_CHECKED"):
        flags, directives = [*flags, *SANITIZERS], {**directives, **CHECKS}
    here = Path.cwd()
    os.chdir(root)
    try:
        with tempfile.TemporaryDirectory() as folder:
            sources = [root / f"{SHARED.replace('.', '/')}.c", *sources]  # the first is written by Cython
            modules = [
                Extension(
                    name,
                    [str(source.relative_to(root))],
                    extra_compile_args=[*flags, *(["-O3"] if name in HOTTEST and flags == FLAGS else [])],
                    extra_link_args=[flag for flag in flags if "sanitize" in flag],
                )
                for source in sources
                for name in [".".join(source.relative_to(root).with_suffix("").parts)]
            ]
            made = cythonize(
                modules,
                build_dir=folder,
                compiler_directives=directives,
                shared_utility_qualified_name=SHARED,
                quiet=True,
            )
            command = build_ext(Distribution({"ext_modules": made}))
            command.build_temp, command.build_lib = folder, str(Path(folder) / "lib")
            command.parallel = os.cpu_count()
            command.ensure_finalized()
            command.run()
            files = [Path(command.get_ext_fullpath(module.name)) for module in modules]
            return [put(file, source.parent / file.name) for file, source in zip(files, sources, strict=True)]
    finally:
        os.chdir(here)


def put(file: Path, target: Path) -> Path:
    """Replace a file at once: a process that has it open keeps the old one."""
    new = target.with_suffix(".new")
    shutil.copyfile(file, new)
    new.replace(target)
    return target
