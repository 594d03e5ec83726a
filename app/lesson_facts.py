"""What lessons can ask and tell of the window: named facts, read off the session when somebody looks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.amounts import amount, counted, figures, signed
from app.losses_in_words import unit as unit_of_loss
from app.run_library import shipped_runs
from app.seen.denoised import damage_words
from models.chunks import unit
from models.compression import rate_bits
from models.latent_space import nearest

if TYPE_CHECKING:
    from app.seen.sketch import SketchReading
    from app.session import Session

COLUMNS = {"loss": "held_out_total", "reconstruction": "held_out_reconstruction", "kl": "held_out_kl"}
LEAST = 1e-6  # that a share is kept off 0 and 1, for its logarithm
AROUND = 20  # held-out codes that say what lies around a place


@dataclass(frozen=True)
class Scene:
    """What facts are read off: the session, the view of the centre by name, and what was last read of the sketch.

    `noise` (d,) was drawn from N(0, I) for the pinned code.
    """

    session: Session
    view: str = ""
    sketch: SketchReading | None = None
    noise: np.ndarray | None = None


@dataclass(frozen=True)
class Fact:
    """How a fact is found (None where there is none now) and how it is written; `unit` names the fact with its unit."""

    find: Callable[[Scene], Any]
    write: Callable[[Any], str] = str
    unit: str = ""


def facts_of(scene: Scene) -> dict[str, Any]:
    """All facts by name; those that are not there now are None."""
    return {name: fact.find(scene) for name, fact in FACTS.items()}


def written(name: str, facts: Mapping[str, Any]) -> str:
    """A fact in words, with its unit."""
    fact, value = FACTS[name], facts.get(name)
    if value is None:
        return "there is none"
    return f"{fact.write(value)} {facts.get(fact.unit) or ''}".rstrip()


def _config(name: str) -> Callable[[Scene], Any]:
    def find(scene: Scene) -> Any:
        view = scene.session.view
        return None if view is None else getattr(view.config, name)

    return find


def _seeks_pca(scene: Scene) -> bool | None:
    """Whether the least squared error of a linear code is what the network learns, and nothing else."""
    view = scene.session.view
    if view is None:
        return None
    seen = view.config
    plain = seen.corruption == seen.sparsity == "none" and seen.input_dropout == 0.0
    return plain and (seen.kind, seen.activation, seen.output, seen.loss) == ("ae", "linear", "linear", "mse")


def _run(scene: Scene) -> str | None:
    view = scene.session.view
    return None if view is None or view.path is None else view.path.stem


def _trained(scene: Scene) -> bool:
    """Whether a network of the person's own training is looked at, one in training included."""
    session = scene.session
    if session.view is None or session.view.run is None:
        return session.view is not None and (session.view is session.trained or session.view.history is not None)
    return session.view.path not in [entry.path for entry in shipped_runs()]


def _held_out(part: str) -> Callable[[Scene], float | None]:
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


def _kl(scene: Scene) -> float | None:
    return _held_out("kl")(scene) if _config("kind")(scene) == "vae" else None


def _unit(scene: Scene) -> str | None:
    return None if scene.session.view is None else f"{scene.session.view.error_unit} per image"


def _loss_unit(scene: Scene) -> str | None:
    view = scene.session.view
    return None if view is None else unit_of_loss(view.config).removeprefix("loss ")


def _rate_bits(scene: Scene) -> float | None:
    kl = _kl(scene)
    return None if kl is None else rate_bits(kl)


def _pinned_index(scene: Scene) -> int | None:
    pin = scene.session.look.pin
    return None if pin is None else pin.index


def _pinned_code(scene: Scene) -> np.ndarray | None:
    pin = scene.session.look.pin
    return None if pin is None else pin.code


def _around(scene: Scene) -> tuple[np.ndarray, np.ndarray] | None:
    """Indices and distances of the held-out codes nearest to the pin."""
    view, code = scene.session.view, _pinned_code(scene)
    if view is None or code is None or len(view.codes) < AROUND or len(code) != view.codes.shape[1]:
        return None
    return nearest(view.codes, code, AROUND)


def _pinned_gap(scene: Scene) -> float | None:
    around = _around(scene)
    return None if around is None else float(around[1][0])


def _pinned_classes(scene: Scene) -> tuple[str, ...] | None:
    around, view = _around(scene), scene.session.view
    return None if around is None or view is None else tuple(sorted({view.class_name(int(i)) for i in around[0]}))


def _pinned_error(scene: Scene) -> float | None:
    """The reconstruction error of the picked held-out image, as the run's file holds it."""
    view, index = scene.session.view, _pinned_index(scene)
    if view is None or view.run is None or view.run.errors is None or index is None or index < 0:
        return None
    return float(view.run.errors[index])


def _pinned_parts(scene: Scene) -> tuple[float | None, float | None, float] | None:
    """The Bernoulli loss of the picked image: of its ink, of its paper (None where it is not loaded), and the whole."""
    session, index, whole = scene.session, _pinned_index(scene), _pinned_error(scene)
    if session.view is None or index is None or whole is None or session.view.config.loss != "bce":
        return None
    image = session.view.original(index, session.data.dataset)
    decoder = session.view.decoder
    if image is None or decoder is None:
        return None, None, whole
    ink = unit(image).astype(np.float64).ravel()
    # not from pixels, for a sigmoid of -33 is 0 to them; and of the code as it is kept, perhaps in 16 bits
    logits = decoder.logits(session.view.codes[[index]]).astype(np.float64).ravel()
    of_ink, of_paper = (ink * np.logaddexp(0.0, -logits)).sum(), ((1.0 - ink) * np.logaddexp(0.0, logits)).sum()
    return float(of_ink), float(of_paper), float(of_ink + of_paper)


def _write_part(place: int) -> Callable[[Any], str]:
    def write(parts: tuple[float | None, float | None, float]) -> str:
        part, whole = parts[place], parts[2]
        return f"{whole:.1f} nats with the other term" if part is None else f"{part:.1f} of {whole:.1f} nats"

    return write


def _pinned_inside(scene: Scene) -> bool | None:
    """Whether held-out codes lie around the pin on all sides, so that no line parts it from them; of two numbers."""
    view, code = scene.session.view, _pinned_code(scene)
    if view is None or code is None or len(code) != 2 or view.codes.shape[1] != 2:
        return None
    across, up = (view.codes - code).T
    angles = np.sort(np.arctan2(up, across))
    return bool(np.diff(angles, append=angles[0] + 2 * math.pi).max() < math.pi)


def _pinned_mean(scene: Scene) -> np.ndarray | None:
    """The middle of the picked held-out image's cloud."""
    return None if _pinned_sigma(scene) is None else _pinned_code(scene)


def _drawn_noise(scene: Scene) -> np.ndarray | None:
    mean, noise = _pinned_mean(scene), scene.noise
    return None if mean is None or noise is None or len(noise) != len(mean) else noise


def _drawn_code(scene: Scene) -> np.ndarray | None:
    mean, sigma, noise = _pinned_mean(scene), _pinned_sigma(scene), _drawn_noise(scene)
    return None if mean is None or sigma is None or noise is None else mean + sigma * noise


def _pinned_sigma(scene: Scene) -> np.ndarray | None:
    view, index = scene.session.view, _pinned_index(scene)
    if view is None or view.log_variances is None or index is None or index < 0:
        return None
    sigma: np.ndarray = np.exp(view.log_variances[index] / 2)
    return sigma


def _narrowest_sigma(scene: Scene) -> float | None:
    sigma = _pinned_sigma(scene)
    return None if sigma is None else float(sigma.min())


def _sketch(name: str) -> Callable[[Scene], Any]:
    return lambda scene: None if scene.sketch is None else getattr(scene.sketch, name)


def _easier(percentile: float) -> str:
    return f"{math.floor(percentile)} %"


def _among(scene: Scene) -> str | None:
    if scene.sketch is None:
        return None
    count = f"{scene.sketch.among:,}" if scene.sketch.among else "the"
    return f"of {count} held-out images are easier"


def _sketch_score(scene: Scene) -> tuple[float, str] | None:
    """The sketch's anomaly score, and where it stands among those of held-out images."""
    reading = scene.sketch
    if reading is None or reading.score is None:
        return None
    return reading.score, "" if reading.percentile is None else f"; {_easier(reading.percentile)} {_among(scene)}"


def _sketch_class(scene: Scene) -> str | None:
    reading = scene.sketch
    return None if reading is None or reading.vote is None else reading.class_names[reading.vote[0]]


def _end(name: str) -> Callable[[Scene], str | None]:
    def find(scene: Scene) -> str | None:
        end, view = scene.session.strip.ends[name], scene.session.view
        if end is None or view is None:
            return None
        if end.seen is not None:
            return "sketch"
        return view.class_name(end.index) if end.index >= 0 else "code"

    return find


def _end_code(name: str) -> Callable[[Scene], np.ndarray | None]:
    def find(scene: Scene) -> np.ndarray | None:
        end = scene.session.strip.ends[name]
        return None if end is None else end.code

    return find


def _write_shares(share: float) -> str:
    """Equal steps from 0 to 1; of many the first three and the last."""
    parts = round(1 / share)
    shares = [figures(part / parts) for part in range(parts + 1)]
    return ", ".join(shares if parts <= 3 else [*shares[:3], "… 1"])


def _ends_apart(scene: Scene) -> np.ndarray | None:
    a, b = _end_code("A")(scene), _end_code("B")(scene)
    return None if a is None or b is None else b - a


def _beta(scene: Scene) -> float | None:
    """The KL weight of the network looked at; while it learns, that of the dial."""
    session = scene.session
    if session.view is not None and session.view is session.trained and session.training.beta is not None:
        return session.training.beta
    return _config("beta")(scene)


def _sparsity_parts(scene: Scene) -> tuple[float, float, float] | None:
    """Both parts of KL sparsity, summed over the units' mean activations on held-out images, and the target."""
    view = scene.session.view
    if view is None or view.config.sparsity != "kl" or not len(view.codes):
        return None
    target, mean = view.config.sparsity_target, np.abs(view.codes).mean(axis=0, dtype=np.float64)
    mean = np.clip(mean, LEAST, 1.0 - LEAST)
    kept = target * np.log(target / mean)
    silent = (1.0 - target) * np.log((1.0 - target) / (1.0 - mean))
    return float(kept.sum()), float(silent.sum()), target


def _write_sparsity(place: int) -> Callable[[Any], str]:
    return lambda parts: f"{signed(parts[place], 3)} nats, with ρ = {parts[2]:g}"


def _corruption(scene: Scene) -> str | None:
    """What the network was trained to undo."""
    kind, level = _config("corruption")(scene), _config("corruption_level")(scene)
    return None if kind in (None, "none") else damage_words(kind, level)


def _number(unit: str = "", digits: int = 2) -> Callable[[Any], str]:
    return lambda value: f"{amount(value, digits)} {unit}".rstrip()


def _numbers(digits: int = 2) -> Callable[[Any], str]:
    def write(values: Any) -> str:
        shown = ", ".join(signed(value, digits) for value in list(values)[:4])
        return f"({shown}{', …' if len(values) > 4 else ''})"

    return write


FACTS: dict[str, Fact] = {
    "view": Fact(lambda scene: scene.view),
    "run": Fact(_run),
    "trained": Fact(_trained),
    "kind": Fact(_config("kind"), lambda kind: str(kind).upper()),
    "latent_dim": Fact(_config("latent_dim"), lambda count: counted(count, "number")),
    "activation": Fact(_config("activation")),
    "seeks_pca": Fact(_seeks_pca),
    "beta": Fact(_beta, lambda beta: figures(beta, 4)),
    "sparsity_kept": Fact(_sparsity_parts, _write_sparsity(0)),
    "sparsity_silent": Fact(_sparsity_parts, _write_sparsity(1)),
    "input_dropout": Fact(_config("input_dropout"), lambda share: f"{100 * share:.0f} % of the pixels"),
    "corruption": Fact(_corruption),
    "pixels": Fact(lambda scene: 784, lambda count: f"{count} numbers"),
    "unit": Fact(_unit),
    "loss_unit": Fact(_loss_unit),
    "loss": Fact(_held_out("loss"), _number(digits=1), "loss_unit"),
    "reconstruction": Fact(_held_out("reconstruction"), _number(digits=1), "unit"),
    "kl": Fact(_kl, _number("nats per image", 1)),
    "mse": Fact(_held_out("mse_per_pixel"), _number("squared error per pixel", 4)),
    "rate_bits": Fact(_rate_bits, _number("bits per image", 1)),
    "code_bits": Fact(lambda scene: 32 * (_config("latent_dim")(scene) or 0), lambda bits: f"{bits} bits per image"),
    "pinned_index": Fact(_pinned_index),
    "pinned_code": Fact(_pinned_code, _numbers()),
    "pinned_inside": Fact(_pinned_inside),
    "pinned_gap": Fact(_pinned_gap, _number()),
    "pinned_classes": Fact(_pinned_classes, ", ".join),
    "pinned_error": Fact(_pinned_error, _number(digits=1), "unit"),
    "pinned_ink": Fact(_pinned_parts, _write_part(0)),
    "pinned_paper": Fact(_pinned_parts, _write_part(1)),
    "pinned_mean": Fact(_pinned_mean, _numbers(3)),
    "drawn_code": Fact(_drawn_code, _numbers(3)),
    "drawn_noise": Fact(_drawn_noise, _numbers(3)),
    "pinned_sigma": Fact(_pinned_sigma, _numbers(3)),
    "narrowest_sigma": Fact(_narrowest_sigma, _number(digits=4)),
    "sketch_class": Fact(_sketch_class),
    "sketch_error": Fact(_sketch("error"), _number(digits=1), "unit"),
    "sketch_score": Fact(_sketch_score, lambda pair: f"{signed(pair[0])}{pair[1]}"),
    "sketch_percentile": Fact(_sketch("percentile"), _easier, "sketch_among"),
    "sketch_among": Fact(_among),
    "sketch_noise": Fact(_sketch("noise")),
    "sketch_psnr": Fact(_sketch("psnr"), lambda pair: f"{amount(pair[1])} dB, with noise {amount(pair[0])} dB"),
    "sketch_code": Fact(_sketch("mean"), _numbers()),
    "sketch_sigma": Fact(_sketch("sigma"), _numbers(3)),
    "strip_a": Fact(_end("A")),
    "strip_b": Fact(_end("B")),
    "strip_a_code": Fact(_end_code("A"), _numbers()),
    "strip_b_minus_a": Fact(_ends_apart, _numbers()),
    "strip_share": Fact(lambda scene: 1.0 / (scene.session.strip.steps - 1), _write_shares),
    "strip_shape": Fact(lambda scene: scene.session.strip.shape),
    "strip_steps": Fact(lambda scene: scene.session.strip.steps, lambda count: f"{count} images"),
}
