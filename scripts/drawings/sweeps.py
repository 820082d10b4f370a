"""The configurations of a sweep, and which of them is best."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

import figures

from .registry import Results, figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@figure("selection", when=lambda e: len(e.runs) > 1)
def configurations(results: Results) -> Figure:
    """Every configuration with its score for each seed, the mean, and the 95 % interval of the mean, as
    new trainings on new examples would have it (with one seed: new examples alone; over folds: the
    corrected resampled t). All share the examples, so differences are surer than the intervals look.
    The best is on top; of many, it is optimistic.
    """
    rows = results.selection["configurations"]
    names = {row["configuration"] or "all seeds": row for row in rows}
    over = [row["interval_over"] or "" for row in rows]
    return figures.seed_spread(
        {name: results.scaled(row["scores"]) for name, row in names.items()},
        {name: results.scaled(row["interval"]) for name, row in names.items()},
        results.scaled(results.published.get(results.selection["criterion"])),
        results.criterion,
        "folds" if "folds" in over else max(over, key=len),  # of both, if any is
    )


@figure("selection", when=lambda e: len(e.varied) == 2 and e.is_full_grid)
def sweep_heatmap(results: Results) -> Figure:
    """The mean score over the seeds of every pair of swept values, in the order of the config; the best
    one is framed, failed ones are hatched.
    """
    runs, varied = results.compared, dict(results.selection["varied"])
    values = [_each_once(row["values"][key] for row in runs) for key in varied]
    scores = np.full([len(axis) for axis in values], np.nan)
    tried = np.zeros(scores.shape, bool)
    for row in results.selection["configurations"]:
        place = tuple(
            axis.index(row["values"][key]) for key, axis in zip(varied, values, strict=True)
        )
        tried[place] = True
        if (score := row[results.selection["criterion"]]) is not None:
            scores[place] = results.scaled(score)
    labels = [
        [value if isinstance(value, float) else str(value) for value in axis] for axis in values
    ]
    return figures.sweep_heatmap(
        *labels, scores, *varied.values(), score_name=results.criterion, tried=tried
    )


@figure("selection", when=lambda e: len(e.varied) > 1 and len(e.changes) > 5)
def parallel_coordinates(results: Results) -> Figure:
    """Every run as a line through its swept values to its score."""
    return figures.parallel_coordinates(*_columns(results))


@figure("selection", when=lambda e: len(e.varied) > 1 and len(e.changes) > 5)
def marginals(results: Results) -> Figure:
    """The score against each swept value alone."""
    return figures.marginals(*_columns(results))


def _columns(results: Results) -> tuple[dict[str, list], list[float | None], str]:
    """What each run of a sweep varied, its score, and the name of the score."""
    runs, varied = results.compared, results.selection["varied"]
    columns = {name: [row["values"][key] for row in runs] for key, name in varied}
    return columns, [row["score"] for row in runs], results.criterion


def _each_once(values: Iterable) -> list:
    """Each value once, in their order; they may be lists."""
    return [json.loads(text) for text in dict.fromkeys(json.dumps(value) for value in values)]
