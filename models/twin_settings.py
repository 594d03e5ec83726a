"""What may differ between twins: which settings, values that show something, and what is then no longer the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from models.config import ConfigError, RunConfig, settings_of

SETTINGS = (
    "kind", "latent_dim", "beta", "corruption", "corruption_level", "input_dropout", "encoder", "decoder",
    "activation", "loss", "sparsity", "sparsity_weight", "leave_out", "learning_rate", "seed",
)  # fmt: skip
"""The settings that may differ. Epochs and batch size may not: twins see the same batches, one after the other."""

IN_USE: dict[str, tuple[Callable[[RunConfig], bool], str]] = {
    "beta": (
        lambda config: config.kind == "vae",
        "An AE has no KL term to weigh: choose VAE in the form to compare two betas.",
    ),
    "corruption_level": (
        lambda config: config.corruption != "none",
        "Nothing is corrupted that could have another level: choose a corruption in the form, or let it differ too.",
    ),
    "sparsity_weight": (
        lambda config: config.sparsity != "none",
        "No code is made sparse that could have another weight: choose a sparsity in the form, or let it differ too.",
    ),
}
"""Settings that only mean something beside others: what a run must have, and what to say where neither twin has it."""

SUGGESTED: dict[str, tuple[object, object]] = {
    "beta": (4.0, 1.0),
    "latent_dim": (16, 2),
    "input_dropout": (0.5, 0.0),
    "encoder": ((32,), (256, 128)),
    "decoder": ((32,), (256, 256, 256)),
    "activation": ("linear", "silu"),
    "corruption": ("gaussian", "none"),
    "corruption_level": (1.0, 0.5),
    "sparsity": ("l1", "none"),
    "sparsity_weight": (1.0, 0.1),
    "leave_out": ("4", "none"),
    "learning_rate": (0.001, 0.008),
    "seed": (1, 0),
}
"""A value that shows something, and another one for whom the first is the same; else the next choice is taken."""


def twin_of(config: RunConfig, changes: Mapping[str, object]) -> RunConfig:
    """`config` with some settings changed; ConfigError with one sentence where that makes no other run."""
    other = config.replace(**changes)
    for name in changes:
        if getattr(other, name) == getattr(config, name):
            label = settings_of(RunConfig)[name].label
            raise ConfigError(f"Both twins would have the same {label}: give the right one another value.")
        is_used, sentence = IN_USE.get(name, (lambda _: True, ""))
        if not (is_used(config) or is_used(other)):
            raise ConfigError(sentence)
    return other


def suggested(config: RunConfig, name: str) -> object:
    """A value of a setting that shows something beside the one that `config` has."""
    present, choices = getattr(config, name), settings_of(RunConfig)[name].choices
    first, second = SUGGESTED[name] if name in SUGGESTED else [each for each in choices or () if each != present] * 2
    return first if first != present else second


def not_the_same(config: RunConfig, changes: Mapping[str, object]) -> str:
    """What twins with these changes can't share, in a sentence; nothing where they see the same batches."""
    if changes.get("leave_out", config.leave_out) != config.leave_out:
        return (
            "They learn from different images, so each goes through its own in batches of its own; all else is equal."
        )
    if changes.get("seed", config.seed) != config.seed:
        return "Another seed means other first weights and other batches; all else is equal."
    return ""
