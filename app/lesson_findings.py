"""What lessons can find out of the window: each function reads one thing off it, None where that is not there now."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.losses_in_words import unit as unit_of_loss
from app.run_library import shipped_runs
from app.seen.denoised import damage_words
from models.chunks import unit
from models.compression import rate_bits
from models.latent_space import nearest

if TYPE_CHECKING:
    from app.session import Session

COLUMNS = {"loss": "held_out_total", "reconstruction": "held_out_reconstruction", "kl": "held_out_kl"}
LEAST = 1e-6  # that a share is kept off 0 and 1, for its logarithm
AROUND = 20  # held-out codes that say what lies around a place


@dataclass(frozen=True)
class Scene:
    """What facts are read off: the session, and the view of the centre by name.

    `noise` (d,) was drawn from N(0, I) for the pinned code.
    """

    session: Session
    view: str = ""
    noise: np.ndarray | None = None


def config(name: str) -> Callable[[Scene], Any]:
    """A setting of the network looked at, by name."""

    def find(scene: Scene) -> Any:
        view = scene.session.view
        return None if view is None else getattr(view.config, name)

    return find


def seeks_pca(scene: Scene) -> bool | None:
    """Whether the least squared error of a linear code is what the network learns, and nothing else."""
    view = scene.session.view
    if view is None:
        return None
    seen = view.config
    plain = seen.corruption == seen.sparsity == "none" and seen.input_dropout == 0.0
    return plain and (seen.kind, seen.activation, seen.output, seen.loss) == ("ae", "linear", "linear", "mse")


def run(scene: Scene) -> str | None:
    """The stem of the file of the run looked at."""
    view = scene.session.view
    return None if view is None or view.path is None else view.path.stem


def trained(scene: Scene) -> bool:
    """Whether a network of the person's own training is looked at, one in training included."""
    session = scene.session
    if session.view is None or session.view.run is None:
        return session.view is not None and (session.view is session.trained or session.view.history is not None)
    return session.view.path not in [entry.path for entry in shipped_runs()]


def held_out(part: str) -> Callable[[Scene], float | None]:
    """A held-out loss of the network looked at: `loss`, `reconstruction`, `kl`; of a run that ended, any other."""

    def find(scene: Scene) -> float | None:
        session = scene.session
        if session.view is None:
            return None
        run = session.view.run
        found = None if run is None else run.report.get(f"test_{part}")
        if found is not None:
            return float(found)
        if part not in COLUMNS:
            return None
        # a run that was stopped has no report, but is kept with its losses
        losses = getattr(session.history() if run is None else run.history, COLUMNS[part])
        return float(losses[-1]) if len(losses) else None

    return find


def above_pca(scene: Scene) -> float | None:
    """By which share its squared error exceeds PCA's, of a run that ended; 0 where PCA's is not known."""
    error, pca = held_out("mse_per_pixel")(scene), scene.session.losses.pca_error
    return None if error is None else error / pca - 1.0 if pca else 0.0


def kl(scene: Scene) -> float | None:
    """A VAE's held-out KL, in nats per image."""
    return held_out("kl")(scene) if config("kind")(scene) == "vae" else None


def rate(scene: Scene) -> float | None:
    """The same in bits per image."""
    nats = kl(scene)
    return None if nats is None else rate_bits(nats)


def beta(scene: Scene) -> float | None:
    """The KL weight of the VAE looked at; while it learns, that of the dial."""
    session = scene.session
    if config("kind")(scene) != "vae":
        return None
    if session.view is not None and session.view is session.trained and session.training.beta is not None:
        return session.training.beta
    return config("beta")(scene)


def error_unit(scene: Scene) -> str | None:
    """The unit of reconstruction errors."""
    return None if scene.session.view is None else f"{scene.session.view.error_unit} per image"


def loss_unit(scene: Scene) -> str | None:
    """The unit of losses."""
    view = scene.session.view
    return None if view is None else unit_of_loss(view.config).removeprefix("loss ")


def corruption(scene: Scene) -> str | None:
    """What the network was trained to undo."""
    kind, level = config("corruption")(scene), config("corruption_level")(scene)
    return None if kind in (None, "none") else damage_words(kind, level)


def sparsity_parts(scene: Scene) -> tuple[float, float, float] | None:
    """Both parts of KL sparsity, summed over the units' mean activations on held-out images, and the target."""
    view = scene.session.view
    if view is None or view.config.sparsity != "kl" or not len(view.codes):
        return None
    target, mean = view.config.sparsity_target, np.abs(view.codes).mean(axis=0, dtype=np.float64)
    mean = np.clip(mean, LEAST, 1.0 - LEAST)
    kept = target * np.log(target / mean)
    silent = (1.0 - target) * np.log((1.0 - target) / (1.0 - mean))
    return float(kept.sum()), float(silent.sum()), target


def pinned_index(scene: Scene) -> int | None:
    """The held-out image that is pinned; -1 for a bare code."""
    pin = scene.session.look.pin
    return None if pin is None else pin.index


def pinned_code(scene: Scene) -> np.ndarray | None:
    """The pinned code (d,)."""
    pin = scene.session.look.pin
    return None if pin is None else pin.code


def _around(scene: Scene) -> tuple[np.ndarray, np.ndarray] | None:
    """Indices and distances of the held-out codes nearest to the pin."""
    view, code = scene.session.view, pinned_code(scene)
    if view is None or code is None or len(view.codes) < AROUND or len(code) != view.codes.shape[1]:
        return None
    return nearest(view.codes, code, AROUND)


def pinned_gap(scene: Scene) -> float | None:
    """The distance from the pin to the nearest held-out code."""
    around = _around(scene)
    return None if around is None else float(around[1][0])


def pinned_classes(scene: Scene) -> tuple[str, ...] | None:
    """The classes of the held-out codes around the pin."""
    around, view = _around(scene), scene.session.view
    return None if around is None or view is None else tuple(sorted({view.class_name(int(i)) for i in around[0]}))


def pinned_common(scene: Scene) -> tuple[str, ...] | None:
    """Those of them that are a quarter or more of the codes around the pin."""
    around, view = _around(scene), scene.session.view
    if around is None or view is None:
        return None
    near = [view.class_name(int(i)) for i in around[0]]
    return tuple(sorted(name for name in set(near) if 4 * near.count(name) >= AROUND))


def pinned_error(scene: Scene) -> float | None:
    """The reconstruction error of the picked held-out image: its file's, or a Bernoulli loss as it is in training."""
    view, index = scene.session.view, pinned_index(scene)
    if view is None or index is None or index < 0:
        return None
    if view.run is not None and view.run.errors is not None:
        return float(view.run.errors[index])
    parts = _parts(scene)
    return None if parts is None else parts[2]


def pinned_parts(scene: Scene) -> tuple[float | None, float | None, float] | None:
    """The Bernoulli loss of the picked image: of its ink, of its paper (None where it is not loaded), and the whole."""
    view, whole = scene.session.view, pinned_error(scene)
    if view is None or whole is None or view.config.loss != "bce":
        return None
    return _parts(scene) or (None, None, whole)


def _parts(scene: Scene) -> tuple[float, float, float] | None:
    view, code, image = scene.session.view, pinned_code(scene), _original(scene)
    if view is None or view.decoder is None or code is None or image is None or view.config.loss != "bce":
        return None
    ink = unit(image).astype(np.float64).ravel()
    # not from pixels, for a sigmoid of -33 is 0 to them; and of the code as it is kept, perhaps in 16 bits
    logits = view.decoder.logits(code[None]).astype(np.float64).ravel()
    of_ink, of_paper = (ink * np.logaddexp(0.0, -logits)).sum(), ((1.0 - ink) * np.logaddexp(0.0, logits)).sum()
    return float(of_ink), float(of_paper), float(of_ink + of_paper)


def _original(scene: Scene) -> np.ndarray | None:
    """The picked held-out image, if it is in the loaded data."""
    view, index = scene.session.view, pinned_index(scene)
    return None if view is None or index is None or index < 0 else view.original(index, scene.session.data.dataset)


def pinned_inside(scene: Scene) -> bool | None:
    """Whether held-out codes lie around the pin on all sides, so that no line parts it from them; of two numbers."""
    view, code = scene.session.view, pinned_code(scene)
    if view is None or code is None or len(code) != 2 or view.codes.shape[1] != 2:
        return None
    across, up = (view.codes - code).T
    angles = np.sort(np.arctan2(up, across))
    return bool(np.diff(angles, append=angles[0] + 2 * math.pi).max() < math.pi)


def pinned_mean(scene: Scene) -> np.ndarray | None:
    """The middle of the picked held-out image's cloud."""
    return None if pinned_sigma(scene) is None else pinned_code(scene)


def pinned_sigma(scene: Scene) -> np.ndarray | None:
    """The sigma (d,) of the picked held-out image's cloud: the file's, or what the network makes of its original."""
    view, index = scene.session.view, pinned_index(scene)
    if view is None or index is None or index < 0:
        return None
    if view.log_variances is not None:
        log_variance = view.log_variances[index]
    else:
        image = _original(scene)
        found = None if image is None or view.snapshot is None else view.snapshot.posterior(image[None])[1]
        if found is None:
            return None
        log_variance = found[0]
    sigma: np.ndarray = np.exp(log_variance / 2)
    return sigma


def narrowest_sigma(scene: Scene) -> float | None:
    """The smallest sigma of that cloud."""
    sigma = pinned_sigma(scene)
    return None if sigma is None else float(sigma.min())


def drawn_noise(scene: Scene) -> np.ndarray | None:
    """The noise (d,) that a code is drawn with from the picked image's cloud."""
    mean, noise = pinned_mean(scene), scene.noise
    return None if mean is None or noise is None or len(noise) != len(mean) else noise


def drawn_code(scene: Scene) -> np.ndarray | None:
    """The code (d,) that is drawn with that noise."""
    mean, sigma, noise = pinned_mean(scene), pinned_sigma(scene), drawn_noise(scene)
    return None if mean is None or sigma is None or noise is None else mean + sigma * noise


def sketch(name: str) -> Callable[[Scene], Any]:
    """What was last read of the sketch, by name."""

    def find(scene: Scene) -> Any:
        reading = scene.session.sketch.reading
        return None if reading is None else getattr(reading, name)

    return find


def easier(percentile: float) -> str:
    """A percentile in words: the share of held-out images that are easier to rebuild."""
    return f"{math.floor(percentile)} %"


def among(scene: Scene) -> str | None:
    """Of how many images that share is, in words."""
    reading = scene.session.sketch.reading
    if reading is None:
        return None
    count = f"{reading.among:,}" if reading.among else "the"
    return f"of {count} held-out images are easier"


def sketch_score(scene: Scene) -> tuple[float, str] | None:
    """The sketch's anomaly score, and where it stands among those of held-out images."""
    reading = scene.session.sketch.reading
    if reading is None or reading.score is None:
        return None
    return reading.score, "" if reading.percentile is None else f"; {easier(reading.percentile)} {among(scene)}"


def sketch_class(scene: Scene) -> str | None:
    """The class that the sketch's neighbours vote for."""
    reading = scene.session.sketch.reading
    return None if reading is None or reading.vote is None else reading.class_names[reading.vote[0]]


def end_in_words(name: str) -> Callable[[Scene], str | None]:
    """What an end (`A`, `B`) of the strip is: a class, “code” or “sketch”."""

    def find(scene: Scene) -> str | None:
        end, view = scene.session.strip.ends[name], scene.session.view
        if end is None or view is None:
            return None
        if end.seen is not None:
            return "sketch"
        return view.class_name(end.index) if end.index >= 0 else "code"

    return find


def end_code(name: str) -> Callable[[Scene], np.ndarray | None]:
    """The code (d,) of an end of the strip."""

    def find(scene: Scene) -> np.ndarray | None:
        end = scene.session.strip.ends[name]
        return None if end is None else end.code

    return find


def ends_apart(scene: Scene) -> np.ndarray | None:
    """The way (d,) from A to B."""
    a, b = end_code("A")(scene), end_code("B")(scene)
    return None if a is None or b is None else b - a
