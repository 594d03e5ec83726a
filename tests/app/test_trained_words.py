"""What is said of how a network was trained: what damage it learned to undo, and what keeps its units quiet."""

from __future__ import annotations

import pytest

from app.panels.denoising.words import trained_words as of_damage
from app.panels.sparsity.words import trained_words as of_units
from models.config import RunConfig


@pytest.mark.parametrize(
    ("share", "done", "words"),
    [
        (0.0, True, "This network was trained on clean images: it has not learned to remove damage."),
        (0.0, False, "This network sees clean images in training: it does not learn to remove damage."),
        (0.15, True, "Trained with 15 % of pixels dropped: it has not learned to remove other damage."),
        (0.15, False, "Training with 15 % of pixels dropped: it does not learn to remove other damage."),
    ],
)
def test_dropped_pixels_are_a_damage_that_a_network_learns_to_undo(share: float, done: bool, words: str) -> None:
    assert of_damage(RunConfig(input_dropout=share), done) == words


def test_a_vae_s_prior_keeps_units_quiet_that_tell_too_little() -> None:
    vae = RunConfig(kind="vae", latent_dim=32)
    assert of_units(vae).startswith(
        "A VAE has no sparsity term; its KL keeps codes near N(0,\N{NO-BREAK SPACE}I), and units that"
    )
    assert of_units(vae.replace(beta=0.0)).endswith("nothing keeps its units quiet.")
