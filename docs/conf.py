"""How the documentation is built: `make docs`."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import generate  # noqa: E402 - it stands beside this file

from sim.version import __version__  # noqa: E402 - likewise

project = "dcgrid"
author = "the dcgrid authors"
copyright = "2025, the dcgrid authors"  # noqa: A001 - Sphinx reads this name
version = release = __version__

root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "notebooks/**",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "GLOSSARY.md",
]
exclude_patterns = ["docs/_build/**", "**/.ipynb_checkpoints"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "deflist"]
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 1800
nb_merge_streams = True

autodoc_typehints = "description"
autodoc_member_order = "bysource"
default_role = "code"
napoleon_google_docstring = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"dcgrid {__version__}"
html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["site.css"]
html_theme_options = {"light_css_variables": {"code-font-size": "78%"}}
pygments_style = "default"
pygments_dark_style = "monokai"


def setup(app: object) -> None:
    """Write the pages that are made from the code."""
    app.connect("builder-inited", lambda _: generate.write(DOCS / "generated"))  # type: ignore[attr-defined]  # Sphinx
