"""Named configurations to start from."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import RunConfig


@dataclass(frozen=True)
class Preset:
    """A configuration with a name for a person: `meaning` says in one sentence what it shows."""

    name: str
    title: str
    meaning: str
    config: RunConfig


_ALL = (
    Preset(
        "ae-2",
        "AE 2-D",
        "An autoencoder with two latents: a map with sharp islands and empty sea between them.",
        RunConfig(
            kind="ae",
            latent_dim=2,
            loss="mse",
            learning_rate=0.005,
            epochs=24,
            input_dropout=0.2,
            batch_size=256,
        ),
    ),
    Preset(
        "vae-2",
        "VAE 2-D",
        "A variational autoencoder with two latents: a round map on which every place decodes to something.",
        RunConfig(kind="vae", latent_dim=2),
    ),
    Preset(
        "vae-16",
        "VAE 16-D",
        "Sixteen latents: sharp reconstructions; the map shows them through a plane of PCA.",
        RunConfig(
            kind="vae",
            latent_dim=16,
            encoder=(512, 256),
            decoder=(256, 512),
            learning_rate=0.004,
        ),
    ),
    Preset(
        "beta-vae",
        "Beta-VAE",
        "The KL term weighs four times as much: less is told of each image, and some latents may go unused.",
        RunConfig(kind="vae", latent_dim=10, beta=4.0, beta_warmup=0.1, learning_rate=0.008),
    ),
    Preset(
        "denoising",
        "Denoising AE",
        "The encoder sees images under Gaussian noise, the loss compares with the clean ones: it learns to restore.",
        RunConfig(
            kind="ae",
            latent_dim=16,
            encoder=(400, 200),
            decoder=(200, 400),
            loss="mse",
            learning_rate=0.004,
            epochs=12,
            batch_size=256,
            input_dropout=0.0,
            corruption="gaussian",
        ),
    ),
    Preset(
        "sparse",
        "Sparse AE",
        "64 units, more than the bottleneck needs, but few are active in an image: each stands for a trait.",
        RunConfig(
            kind="ae",
            latent_dim=64,
            encoder=(400, 200),
            decoder=(200, 400),
            loss="mse",
            learning_rate=0.004,
            epochs=12,
            batch_size=256,
            weight_decay=0.2,
            input_dropout=0.0,
            sparsity="kl",
            sparsity_weight=3.0,
            sparsity_target=0.02,
        ),
    ),
    Preset(
        "small",
        "784-40-2-40-784",
        "The small autoencoder of textbooks: one hidden layer of 40 units on either side, learned in seconds.",
        RunConfig(
            kind="ae",
            latent_dim=2,
            encoder=(40,),
            decoder=(40,),
            loss="mse",
            input_dropout=0.0,
            learning_rate=0.008,
        ),
    ),
    Preset(
        "linear-ae",
        "Linear AE (PCA)",
        "No bends and squared error: the network finds the plane of PCA's first two components (Baldi & Hornik 1989).",
        RunConfig(
            kind="ae",
            latent_dim=2,
            encoder=(),
            decoder=(),
            activation="linear",
            output="linear",
            loss="mse",
            input_dropout=0.0,
            learning_rate=0.01,
            epochs=8,
        ),
    ),
)

PRESETS: dict[str, Preset] = {each.name: each for each in _ALL}
