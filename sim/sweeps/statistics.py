"""Statistics over seeds: means and their confidence intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.sweeps.axes import refusal

if TYPE_CHECKING:
    import pandas as pd

_CONFIDENCE = 0.95


def means(points: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """Mean of every metric over the seeds of a point, and half the width of its 95 % interval."""
    import pandas as pd

    metrics = [name for name in points.columns if name not in {"point", *axes, "seed"}]
    groups = points.groupby("point", sort=True)
    labels = groups[list(axes)].first()
    labels.insert(len(axes), "seeds", groups.size())
    mean, spread, count = groups[metrics].mean(), groups[metrics].std(ddof=1), groups[metrics].count()
    half = half_width(spread.to_numpy(), count.to_numpy())
    columns = {}
    for place, name in enumerate(metrics):
        columns[name] = mean[name].to_numpy()
        columns[f"{name}.ci95"] = half[:, place]
    frame = pd.concat([labels, pd.DataFrame(columns, index=labels.index)], axis=1)
    return frame.reset_index(drop=True)


def half_width(spread: Any, count: Any) -> Any:
    """Half the width of the 95 % interval of a mean by Student's t.

    Args:
        spread: Sample standard deviation.
        count: Size of the sample; one gives NaN, because one value has no spread.
    """
    from scipy.special import stdtrit

    count = np.asarray(count, dtype=float)
    freedom = np.where(count > 1, count - 1, np.nan)
    return stdtrit(freedom, (1.0 + _CONFIDENCE) / 2.0) * spread / np.sqrt(np.where(count > 0, count, np.nan))


def differences(points: pd.DataFrame, axes: Sequence[str], metric: str, base: int) -> pd.DataFrame:
    """Paired differences of a metric to a base point, with paired and unpaired intervals."""
    import pandas as pd

    table = points.pivot_table(index="seed", columns="point", values=metric, dropna=False)
    places = [int(place) for place in table.columns]
    if base not in places:
        raise refusal("base", f"= {base!r} is not a point that was run; allowed: {_shown(places)}")
    than = table[base]
    pairs = table.sub(than, axis=0)
    half = half_width(pairs.std(ddof=1).to_numpy(), pairs.count().to_numpy())
    apart = half_width(table.std(ddof=1).to_numpy(), table.count().to_numpy())
    apart = np.hypot(apart, apart[places.index(base)])
    labels = points.groupby("point", sort=True)[list(axes)].first()
    found = {"seeds": pairs.count(), metric: pairs.mean(), "ci95": half, "ci95_unpaired": apart}
    return pd.concat([labels, pd.DataFrame(found, index=labels.index)], axis=1).reset_index(drop=True)


def _shown(places: list[int]) -> str:
    return f"{places[0]} to {places[-1]}" if places else "none"
