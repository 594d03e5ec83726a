"""Losses in words: in which unit one is told, and what is added up in it."""

from __future__ import annotations

from app.amounts import amount
from app.run_library import kept_in_words
from models.checkpoint import Run
from models.config import RunConfig
from models.wording import plain


def held_out_in_words(run: Run) -> str:
    """`137.0 nats per held-out image`; of a loss whose parts are of different kinds, the parts too."""
    config, report = run.config, run.report
    loss, reconstruction = report.get("test_loss"), report.get("test_reconstruction")
    if not isinstance(loss, float):
        return ""
    if not is_a_sum(config) or not isinstance(reconstruction, float):
        if config.loss == "mse" and not is_a_sum(config):
            return f"squared error {brief(loss)} per held-out image"
        return f"{brief(loss)} {'loss' if is_a_sum(config) else 'nats'} per held-out image"
    if config.kind == "vae":
        weighed = "" if config.beta == 1 else f" at beta {plain(float(f'{config.beta:.4g}'))}"
        other = f"KL {brief(float(report.get('test_kl', 0.0)))} nats{weighed}"
    else:
        other = f"sparsity's share {brief(loss - reconstruction)}"
    error = f"{'reconstruction' if config.loss == 'bce' else 'squared error'} {brief(reconstruction)}"
    return f"loss {brief(loss)} per held-out image ({error}, {other})"


def end_in_words(run: Run, refusal: str) -> tuple[str, str, str]:
    """What is said when a training is done: a sentence, the kind of message that it is, and the result in a line.

    Without a path the run could not be kept, and `refusal` says why.
    """
    if run.path is not None:
        where, kind = kept_in_words(run), "good"
    else:
        where, kind = f"{refusal} File > Save the run keeps it elsewhere.", "warning"
    result = held_out_in_words(run)
    if not result:
        return f"Training is done: {where}", kind, "Done."
    return f"Training is done: {result}. {where}", kind, f"Done: {result.split(' (')[0]}."


def held_out(loss: float, config: RunConfig) -> str:
    """The held-out loss for the status line, whatever it is a loss of: `held out 137.0 nats per image`."""
    if config.loss == "bce" and not is_a_sum(config):
        return f"held out {brief(loss)} nats per image"
    return f"held out {'loss' if is_a_sum(config) else 'squared error'} {brief(loss)} per image"


def is_a_sum(config: RunConfig) -> bool:
    """Whether the loss adds to the error what is of another kind, or weighs it: no squared error, no bound in nats."""
    if config.kind == "vae":
        return config.loss != "bce" or config.beta != 1
    return config.sparsity != "none"


def unit(config: RunConfig) -> str:
    """Of all of the plot's curves; with another weight of the KL they are nats all the same."""
    if config.loss == "bce" and config.kind == "vae":
        return "nats per image"
    if is_a_sum(config):
        return "loss per image"
    return "nats per image" if config.loss == "bce" else "squared error per image"


def brief(loss: float) -> str:
    """With as many decimals as it deserves: 137.0, 5.94."""
    return amount(loss, 1 if loss >= 10 else 2)
