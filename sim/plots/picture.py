"""The picture: a figure without a window or display, which a notebook shows."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def picture(**options: Any) -> Figure:
    """An empty figure.

    Args:
        **options: What `matplotlib.figure.Figure` takes.
    """
    return _kind()(**options)


@cache
def _kind() -> type[Figure]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    class Picture(Figure):
        """A figure that a notebook shows as the last value of a cell."""

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            FigureCanvasAgg(self)

        def _repr_png_(self) -> bytes:
            png = BytesIO()
            self.savefig(png, format="png")
            return png.getvalue()

    return Picture


def drawable(text: str, longest: int) -> str:
    """A name as the font can draw it: no formulas, no glyphs it lacks, not too long."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    known = get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap()
    message = "".join(sign if ord(sign) in known else "?" for sign in text)
    message = message if len(message) <= longest else message[: longest - 1] + "…"
    return message.replace("$", r"\$")
