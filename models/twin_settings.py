"""What may differ between twins: any setting, values that show something, and what is then no longer the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from models.config import RunConfig
from models.settings import ConfigError, settings_of

ABOUT = settings_of(RunConfig)
SETTINGS = tuple(ABOUT)
"""The settings that may differ: all of them."""

LAYERS: dict[str, dict[str, tuple[int, ...]]] = {
    "dense": {"encoder": (256, 128), "decoder": (256, 256, 256)},
    "convolutional": {"encoder": (16, 32), "decoder": (32, 16)},
}
"""Layers that an architecture has where nobody says which: as many channels as the other has units learn for days."""

IN_USE: dict[str, tuple[Callable[[RunConfig], bool], str]] = {
    "activation": (
        lambda config: config.architecture == "convolutional" or bool(config.encoder or config.decoder),
        "There is no hidden layer that could have another activation: give the form's network one.",
    ),
    "beta": (
        lambda config: config.kind == "vae",
        "An AE has no KL term to weigh: choose VAE in the form to compare two betas.",
    ),
    "beta_warmup": (
        lambda config: config.kind == "vae",
        "An AE has no KL term to warm up: choose VAE in the form, or let the kind differ too.",
    ),
    "draws": (
        lambda config: config.kind == "vae",
        "An AE draws no codes: choose VAE in the form, or let the kind differ too.",
    ),
    "corruption_level": (
        lambda config: config.corruption != "none",
        "Nothing is corrupted that could have another level: choose a corruption in the form, or let it differ too.",
    ),
    "sparsity_weight": (
        lambda config: config.sparsity != "none",
        "No code is made sparse that could have another weight: choose a sparsity in the form, or let it differ too.",
    ),
    "sparsity_target": (
        lambda config: config.sparsity == "kl",
        "Only KL sparsity has a target: choose it in the form, or let the sparsity differ too.",
    ),
    "warmup": (
        lambda config: config.schedule == "one-cycle",
        "Only the one-cycle schedule warms up: choose it in the form, or let the schedule differ too.",
    ),
    "optimiser": (
        lambda config: config.weight_decay > 0,
        "Adam and AdamW differ only in how weights decay: set a weight decay in the form, or let it differ too.",
    ),
}
"""Settings that only mean something beside others: what a run must have, and what to say where neither twin has it."""

SUGGESTED: dict[str, tuple[Any, Any]] = {
    "latent_dim": (16, 2),
    "encoder": ((32,), (256, 128)),
    "decoder": ((32,), (256, 256, 256)),
    "activation": ("linear", "silu"),
    "beta": (4.0, 1.0),
    "beta_warmup": (0.5, 0.0),
    "draws": (2, 1),
    "input_dropout": (0.5, 0.0),
    "leave_out": ("4", "none"),
    "corruption": ("gaussian", "none"),
    "corruption_level": (1.0, 0.5),
    "sparsity": ("l1", "none"),
    "sparsity_weight": (1.0, 0.1),
    "sparsity_target": (0.2, 0.05),
    "epochs": (5, 20),
    "batch_size": (1000, 200),
    "learning_rate": (0.001, 0.008),
    "warmup": (0.05, 0.3),
    "weight_decay": (0.1, 0.0),
    "gradient_clip": (20.0, 200.0),
    "seed": (1, 0),
}
"""A value that shows something, and another one for whom the first is the same; else the next choice is taken."""


def twin_of(config: RunConfig, changes: Mapping[str, object]) -> RunConfig:
    """`config` with some settings changed; ConfigError with one sentence where that makes no other run.

    Units of dense layers are no channels: with another architecture come its own `LAYERS`, unless they are changed too.
    """
    other = config.replace(**_with_layers(config, changes))
    for name in changes:
        if getattr(other, name) == getattr(config, name):
            label = ABOUT[name].label
            raise ConfigError(f"Both twins would have the same {label}: give the right one another value.")
        is_used, sentence = IN_USE.get(name, (lambda _: True, ""))
        if not (is_used(config) or is_used(other)):
            raise ConfigError(sentence)
    return other


def suggested(config: RunConfig, name: str) -> object:
    """A value of a setting that shows something beside the one that `config` has."""
    present, choices = getattr(config, name), ABOUT[name].choices
    if name in ("encoder", "decoder") and config.architecture == "convolutional":
        return (8,) if present != (8,) else LAYERS["convolutional"][name]
    first, second = SUGGESTED[name] if name in SUGGESTED else [each for each in choices or () if each != present] * 2
    return first if first != present else second


def not_the_same(config: RunConfig, changes: Mapping[str, object]) -> str:
    """What twins with these changes can't share or only seem to, in a sentence; "" where they see the same batches.

    ConfigError where the changes make no run.
    """
    other = config.replace(**_with_layers(config, changes))
    differ = {name for name in SETTINGS if getattr(config, name) != getattr(other, name)}
    parts = [say(config, other, differ) for name, say in APART.items() if name in differ]
    if not parts:
        return ""
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}; all else is equal."


def _other_images(left: RunConfig, right: RunConfig, differ: set[str]) -> str:
    return "they learn from different images, so each goes through its own in batches of its own"


def _other_seed(left: RunConfig, right: RunConfig, differ: set[str]) -> str:
    return "another seed means other first weights and other batches"


def _other_batches(left: RunConfig, right: RunConfig, differ: set[str]) -> str:
    smaller = "left" if left.batch_size < right.batch_size else "right"
    shared = "go at the same pace" if differ & {"leave_out", "seed"} else "see the same images at the same pace"
    return f"they {shared}, but the {smaller} one in smaller batches, and so in more steps"


def _other_epochs(left: RunConfig, right: RunConfig, differ: set[str]) -> str:
    shorter, config = ("left", left) if left.epochs < right.epochs else ("right", right)
    if config.schedule == "constant":
        return f"the {shorter} one ends sooner and waits"
    return f"the {shorter} one's learning rate falls faster, then it waits: compare them when both are done"


def _other_layers(left: RunConfig, right: RunConfig, differ: set[str]) -> str:
    what = "units" if right.architecture == "dense" else "channels"
    encoder, decoder = ("-".join(map(str, sizes)) or "no" for sizes in (right.encoder, right.decoder))
    return f"channels are not units, so the right one has layers of its own: {encoder} and {decoder} {what}"


APART = {
    "leave_out": _other_images,
    "seed": _other_seed,
    "batch_size": _other_batches,
    "epochs": _other_epochs,
    "architecture": _other_layers,
}
"""Settings by which twins share less than it seems, and who says so, given both twins and all that differs."""


def _with_layers(config: RunConfig, changes: Mapping[str, object]) -> dict[str, object]:
    architecture = str(changes.get("architecture", config.architecture))
    layers = LAYERS.get(architecture, {}) if architecture != config.architecture else {}
    return {**layers, **changes}
