"""The facts that lessons can ask and tell of the window: by name, how each is found and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app import lesson_findings as find
from app.amounts import amount, counted, figures, signed
from app.lesson_findings import Scene


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


def _write_part(place: int) -> Callable[[Any], str]:
    def write(parts: tuple[float | None, float | None, float]) -> str:
        part, whole = parts[place], parts[2]
        return f"{whole:.1f} nats with the other term" if part is None else f"{part:.1f} of {whole:.1f} nats"

    return write


def _write_shares(share: float) -> str:
    """Equal steps from 0 to 1; of many the first three and the last."""
    parts = round(1 / share)
    shares = [figures(part / parts) for part in range(parts + 1)]
    return ", ".join(shares if parts <= 3 else [*shares[:3], "… 1"])


def _write_sparsity(place: int) -> Callable[[Any], str]:
    return lambda parts: f"{signed(parts[place], 3)} nats, with ρ = {parts[2]:g}"


def _number(unit: str = "", digits: int = 2) -> Callable[[Any], str]:
    return lambda value: f"{amount(value, digits)} {unit}".rstrip()


def _numbers(digits: int = 2) -> Callable[[Any], str]:
    def write(values: Any) -> str:
        shown = ", ".join(signed(value, digits) for value in list(values)[:4])
        return f"({shown}{', …' if len(values) > 4 else ''})"

    return write


FACTS: dict[str, Fact] = {
    "view": Fact(lambda scene: scene.view),
    "run": Fact(find.run),
    "trained": Fact(find.trained),
    "kind": Fact(find.config("kind"), lambda kind: str(kind).upper()),
    "latent_dim": Fact(find.config("latent_dim"), lambda count: counted(count, "number")),
    "activation": Fact(find.config("activation")),
    "seeks_pca": Fact(find.seeks_pca),
    "beta": Fact(find.beta, lambda beta: figures(beta, 4)),
    "sparsity_kept": Fact(find.sparsity_parts, _write_sparsity(0)),
    "sparsity_silent": Fact(find.sparsity_parts, _write_sparsity(1)),
    "input_dropout": Fact(find.config("input_dropout"), lambda share: f"{100 * share:.0f} % of the pixels"),
    "corruption": Fact(find.corruption),
    "pixels": Fact(lambda scene: 784, lambda count: f"{count} numbers"),
    "unit": Fact(find.error_unit),
    "loss_unit": Fact(find.loss_unit),
    "loss": Fact(find.held_out("loss"), _number(digits=1), "loss_unit"),
    "reconstruction": Fact(find.held_out("reconstruction"), _number(digits=1), "unit"),
    "kl": Fact(find.kl, _number("nats per image", 1)),
    "mse": Fact(find.held_out("mse_per_pixel"), _number("squared error per pixel", 4)),
    "above_pca": Fact(find.above_pca),
    "rate_bits": Fact(find.rate, _number("bits per image", 1)),
    "code_bits": Fact(
        lambda scene: 32 * (find.config("latent_dim")(scene) or 0), lambda bits: f"{bits:,} bits per image"
    ),
    "pinned_index": Fact(find.pinned_index),
    "pinned_code": Fact(find.pinned_code, _numbers()),
    "pinned_inside": Fact(find.pinned_inside),
    "pinned_gap": Fact(find.pinned_gap, _number()),
    "pinned_classes": Fact(find.pinned_classes, ", ".join),
    "pinned_common": Fact(find.pinned_common),
    "pinned_error": Fact(find.pinned_error, _number(digits=1), "unit"),
    "pinned_ink": Fact(find.pinned_parts, _write_part(0)),
    "pinned_paper": Fact(find.pinned_parts, _write_part(1)),
    "pinned_mean": Fact(find.pinned_mean, _numbers(3)),
    "drawn_code": Fact(find.drawn_code, _numbers(3)),
    "drawn_noise": Fact(find.drawn_noise, _numbers(3)),
    "pinned_sigma": Fact(find.pinned_sigma, _numbers(3)),
    "narrowest_sigma": Fact(find.narrowest_sigma, _number(digits=4)),
    "sketch_class": Fact(find.sketch_class),
    "sketch_error": Fact(find.sketch("error"), _number(digits=1), "unit"),
    "sketch_score": Fact(find.sketch_score, lambda pair: f"{signed(pair[0])}{pair[1]}"),
    "sketch_percentile": Fact(find.sketch("percentile"), find.easier, "sketch_among"),
    "sketch_among": Fact(find.among),
    "sketch_noise": Fact(find.sketch("noise")),
    "sketch_psnr": Fact(find.sketch("psnr"), lambda pair: f"{amount(pair[1])} dB, with noise {amount(pair[0])} dB"),
    "sketch_code": Fact(find.sketch("mean"), _numbers()),
    "sketch_sigma": Fact(find.sketch("sigma"), _numbers(3)),
    "strip_a": Fact(find.end_in_words("A")),
    "strip_b": Fact(find.end_in_words("B")),
    "strip_a_code": Fact(find.end_code("A"), _numbers()),
    "strip_b_minus_a": Fact(find.ends_apart, _numbers()),
    "strip_share": Fact(lambda scene: 1.0 / (scene.session.strip.steps - 1), _write_shares),
    "strip_shape": Fact(lambda scene: scene.session.strip.shape),
    "strip_steps": Fact(lambda scene: scene.session.strip.steps, lambda count: f"{count} images"),
}
