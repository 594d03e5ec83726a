"""The parallel axes in words and numbers: what the dimensions carry, and the rows of the tables that are saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.amounts import amount, counted
from app.seen.axes import Line, Measured, Twin
from models.latent_use import ACTIVE_VARIANCE

BLACK = "reconstruction line"
MOST_NAMED = 4  # units, one by one
COLLAPSED = 0.1  # nats: with more KL a unit whose mean tells nothing has not come to the prior, as after few steps
DIMENSIONS = ["dimension", "kl_nats", "variance_of_mean", "active", "mean", "lowest", "highest"]
BARS_TIP = (
    "KL: how far the posterior of each dimension is from the prior N(0, 1), averaged over held-out images, in nats.\n"
    "A dimension tells at most so much about an image; the bars add up to the KL of the loss.\n"
    f"A unit is active where the variance of its posterior mean exceeds {ACTIVE_VARIANCE} (Burda et al. 2015)."
)
VARIANCE_TIP = (
    "Bars: the variance of each number over the held-out images, how widely their codes lie along its axis.\n"
    "It is in units of the code, which an AE is free to choose: a wide axis need not tell more than a narrow one."
)
MEANS_TIP = (
    "Bars: the variance of each dimension's posterior mean over the held-out images; its KL is not known here.\n"
    f"A unit is active where that variance exceeds {ACTIVE_VARIANCE} (Burda et al. 2015)."
)


def bars_tip(measured: Measured) -> str:
    """What the bars are."""
    if measured.kind != "vae":
        return VARIANCE_TIP
    return MEANS_TIP if measured.divergence is None else BARS_TIP


def summary(measured: Measured, short: bool = False) -> str:
    """What the dimensions carry; in a short form where there is little room."""
    if short and measured.kind != "vae":
        return "An AE has no KL: bars show variance."
    if short:
        units = f"{int(measured.active.sum())} of {measured.dims} active"
        return (
            units if measured.divergence is None else f"{units}, KL {amount(float(measured.divergence.sum()), 2)} nats"
        )
    images = counted(measured.images, "held-out image")
    if measured.kind != "vae":
        return f"An AE has no KL: the bars show each number's variance over {images}."
    units = f"{int(measured.active.sum())} of {counted(measured.dims, 'unit')} active"
    if measured.divergence is None:
        return f"{units}. The bars show how much each mean varies (its variance)."
    return f"{units}. KL {amount(float(measured.divergence.sum()), 2)} nats an image, over {images}."


def warning(measured: Measured) -> str:
    """Plain words on posterior collapse; nothing where there is none."""
    if measured.kind != "vae" or measured.images < 2:  # a single one varies in nothing
        return ""
    idle = [f"z{i + 1}" for i in np.flatnonzero(~measured.active)]
    if not idle:
        return ""
    divergence = measured.divergence
    collapsed = divergence is None or bool((divergence[~measured.active] < COLLAPSED).all())
    if len(idle) == measured.dims:
        if measured.is_learning:
            return "No unit tells anything about an image so far; early in a training that is usual."
        if not collapsed:
            return "No unit tells anything about an image: each has nearly the same mean for all of them."
        rest = "it draws the same picture for every image. A smaller beta lets it use its code."
        return f"Posterior collapse: no unit tells anything about an image, the network ignores its code, and {rest}"
    if len(idle) == 1:
        names = f"{idle[0]} carries"
    elif len(idle) <= MOST_NAMED:
        names = f"{', '.join(idle[:-1])} and {idle[-1]} carry"
    else:
        names = f"{len(idle)} of its {measured.dims} units carry"
    if measured.is_learning:
        return f"{names[0].upper() + names[1:]} next to nothing so far."
    if not collapsed:
        means = "its mean is" if len(idle) == 1 else "their means are"
        return f"{names} next to nothing: {means} nearly the same for every image."
    return f"Posterior collapse: {names} next to nothing, whatever the image; the decoder does without."


def twin_words(measured: Measured, twin: Twin, short: bool = False) -> str:
    """What is whose, and what must not be read from it."""
    if short:
        return f"Grey: this {measured.kind.upper()}; coloured: {twin.whose}."
    own = f"Filled and grey: this {measured.kind.upper()}; outlined and coloured: {twin.whose}"
    return own + (", whose axes are its own." if measured.dims > 1 else ".")


def code_header(dims: int) -> list[str]:
    """Of the table of codes."""
    return ["line", *(f"z{i + 1}" for i in range(dims))]


def code_rows(code: np.ndarray | None, lines: Sequence[Line], dims: int, twin: Twin | None) -> list[list[Any]]:
    """The black line, then a row a line; the twin's below."""
    rows: list[tuple[str, np.ndarray | None]] = [(BLACK, code)]
    rows += [(_name(line), line.code) for line in lines]
    if twin is not None:
        rows += [(f"{_name(line)}, {twin.name}", line.twin_code) for line in lines]
    return [[name, *each.tolist()] for name, each in rows if each is not None and len(each) == dims]


def dimension_rows(measured: Measured) -> list[list[Any]]:
    """A row a dimension, in their own order."""
    divergence = [""] * measured.dims if measured.divergence is None else measured.divergence.tolist()
    active = measured.active.tolist() if measured.kind == "vae" else [""] * measured.dims
    columns = (measured.variances, measured.means, measured.spread.low, measured.spread.high)
    variance, mean, low, high = (each.tolist() for each in columns)
    names = [f"z{i + 1}" for i in range(measured.dims)]
    return [list(row) for row in zip(names, divergence, variance, active, mean, low, high, strict=True)]


def _name(line: Line) -> str:
    number = line.key.removeprefix("held-out ")
    return f"{line.title} (image {number})" if number != line.key else line.title
