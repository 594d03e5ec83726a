"""A run's configuration: every setting declared once, with default, limits, unit and meaning.

The training form, its tooltips, the command line and the header of every saved run are made from these fields.
Nothing here imports torch: the form must stand before torch does.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from models.settings import ConfigError, check, setting

IMAGE_SIDE = 28
PIXELS = IMAGE_SIDE * IMAGE_SIDE
CONVOLUTIONAL_DENSE = 256  # units of the dense layer between convolutions and code, on either side
MEAN_BOUND = 8.0  # of a code's mean, softly; with it and the next, long runs do not blow up
LOG_VARIANCE_BOUNDS = (-14.0, 2.0)


@dataclass(frozen=True)
class RunConfig:
    """All that decides what a run computes; with the same data and device, equal configurations give equal losses."""

    kind: str = setting(
        "vae",
        "Kind",
        "What is trained: an autoencoder (AE) gives every image one code; a variational one (VAE) gives it a small "
        "cloud of codes and keeps the clouds close to a standard normal distribution.",
        "network",
        choices={"ae": "Autoencoder (AE)", "vae": "Variational autoencoder (VAE)"},
        common=True,
    )
    latent_dim: int = setting(
        2,
        "Latent dimensions",
        "How many numbers a code has: the width of the bottleneck. Two can be drawn as a map without loss.",
        "network",
        minimum=1,
        maximum=64,
        common=True,
    )
    architecture: str = setting(
        "dense",
        "Layers",
        "Dense layers connect every pixel with every unit; convolutional ones look at small neighbourhoods and halve "
        "the picture at each layer, with one dense layer of 256 units before the code.",
        "network",
        choices={"dense": "Dense", "convolutional": "Convolutional"},
        common=True,
    )
    encoder: tuple[int, ...] = setting(
        (256, 128),
        "Encoder",
        "Units of the encoder's hidden layers, from the image to the code (channels, for convolutional layers).",
        "network",
        minimum=1,
        maximum=4096,
        longest=8,
        common=True,
    )
    decoder: tuple[int, ...] = setting(
        (256, 256, 256),
        "Decoder",
        "Units of the decoder's hidden layers, from the code to the image (channels, for convolutional layers).",
        "network",
        minimum=1,
        maximum=4096,
        longest=8,
        common=True,
    )
    activation: str = setting(
        "silu",
        "Activation",
        "The bend after each hidden layer. Without one, and with a linear output, the whole network is a linear map, "
        "and an AE finds the plane of PCA.",
        "network",
        choices={
            "silu": "SiLU",
            "relu": "ReLU",
            "gelu": "GELU",
            "elu": "ELU",
            "tanh": "Tanh",
            "linear": "None (linear)",
        },
    )
    output: str = setting(
        "sigmoid",
        "Output",
        "Sigmoid keeps pixels between 0 and 1; a linear output is free, as PCA's is (squared error only).",
        "network",
        choices={"sigmoid": "Sigmoid", "linear": "Linear"},
    )
    loss: str = setting(
        "bce",
        "Reconstruction loss",
        "How a reconstruction is compared with its image: Bernoulli negative log-likelihood (each pixel a coin), or "
        "squared error. Both are summed over pixels.",
        "objective",
        choices={"bce": "Bernoulli", "mse": "Squared error"},
        common=True,
    )
    beta: float = setting(
        1.0,
        "KL weight (beta)",
        "Weight of the KL term of a VAE. 1 is the negative evidence lower bound (with the Bernoulli loss; squared "
        "error stands for a Gaussian of variance ½); more gives a rounder map and blurrier digits.",
        "objective",
        minimum=0.0,
        maximum=1000.0,
        common=True,
        live=True,
    )
    beta_warmup: float = setting(
        0.0,
        "KL warm-up",
        "Share of the training over which beta rises from 0 to its full weight.",
        "objective",
        minimum=0.0,
        maximum=1.0,
    )
    draws: int = setting(
        1,
        "Codes drawn",
        "Codes that a VAE draws for each image at a step: one, or two that lie opposite each other about the mean, so "
        "that much of the drawing's chance cancels out.",
        "objective",
        minimum=1,
        maximum=2,
    )
    input_dropout: float = setting(
        0.05,
        "Input dropout",
        "Share of the encoder's input pixels set to zero at each step; the loss still compares with the whole image. "
        "Keeps long runs from overfitting.",
        "objective",
        minimum=0.0,
        maximum=0.9,
    )
    leave_out: str = setting(
        "none",
        "Left-out digit",
        "A digit (or class, by its number) whose images are left out of training. Held-out images stay complete, so "
        "that one can see whether the network finds it odd.",
        "objective",
        choices={"none": "None"} | {str(digit): str(digit) for digit in range(10)},
    )
    corruption: str = setting(
        "none",
        "Corruption",
        "How the encoder's images are damaged, afresh at each step; the loss compares with the clean image, so the "
        "network learns to restore (denoising).",
        "objective",
        choices={
            "none": "None",
            "gaussian": "Gaussian noise",
            "salt-and-pepper": "Salt and pepper",
            "patches": "Erased patches",
            "blur": "Blur",
        },
    )
    corruption_level: float = setting(
        0.5,
        "Corruption level",
        "How much is damaged: the noise's standard deviation, the share of pixels replaced, the share of 7 × 7 squares "
        "erased, or the blur's standard deviation in units of 4 pixels.",
        "objective",
        minimum=0.0,
        maximum=1.0,
    )
    sparsity: str = setting(
        "none",
        "Sparsity",
        "What keeps most units of an AE's code quiet: L1, the sum of their sizes; or KL, which pulls each unit's mean "
        "over a batch towards a target and makes the code a sigmoid (0 to 1).",
        "objective",
        choices={"none": "None", "l1": "L1 on the code", "kl": "KL to a target"},
    )
    sparsity_weight: float = setting(
        0.1,
        "Sparsity weight",
        "Weight of the sparsity term, which is summed over units; more leaves fewer of them active, and blurs the "
        "image.",
        "objective",
        minimum=0.0,
        maximum=1000.0,
    )
    sparsity_target: float = setting(
        0.05,
        "Target activation",
        "The mean activation that KL sparsity pulls every unit towards.",
        "objective",
        minimum=0.001,
        maximum=0.999,
    )
    epochs: int = setting(
        20,
        "Epochs",
        "How many times every training image is seen.",
        "optimiser",
        minimum=1,
        maximum=10_000,
        common=True,
    )
    batch_size: int = setting(
        200,
        "Batch size",
        "Images per training step.",
        "optimiser",
        minimum=1,
        maximum=10_000,
        unit="images",
        common=True,
    )
    learning_rate: float = setting(
        0.008,
        "Learning rate",
        "The largest step size of the schedule.",
        "optimiser",
        minimum=1e-7,
        maximum=1.0,
        common=True,
        live=True,
    )
    schedule: str = setting(
        "one-cycle",
        "Schedule",
        "One-cycle rises to the learning rate and falls to a hundredth of it along a cosine; constant stays.",
        "optimiser",
        choices={"one-cycle": "One-cycle", "constant": "Constant"},
    )
    warmup: float = setting(
        0.3,
        "Warm-up",
        "Share of the training over which the one-cycle schedule rises.",
        "optimiser",
        minimum=0.0,
        maximum=0.9,
    )
    optimiser: str = setting(
        "adamw",
        "Optimiser",
        "Adam adapts a step size for each weight; AdamW decays weights apart from the gradient.",
        "optimiser",
        choices={"adamw": "AdamW", "adam": "Adam"},
    )
    weight_decay: float = setting(
        0.0,
        "Weight decay",
        "Pull of the weights towards zero.",
        "optimiser",
        minimum=0.0,
        maximum=1.0,
    )
    gradient_clip: float = setting(
        200.0,
        "Gradient clip",
        "Largest norm of the gradient (of the loss, averaged over images); longer ones are shortened. 0 turns it off.",
        "optimiser",
        minimum=0.0,
        maximum=1e6,
    )
    seed: int = setting(
        0,
        "Seed",
        "The number that all randomness of the run comes from: the same seed gives the same run.",
        "optimiser",
        minimum=0,
        maximum=2**31 - 1,
    )

    def __post_init__(self) -> None:
        """Raises ConfigError with one sentence when a value is not allowed."""
        check(self)
        if self.loss == "bce" and self.output == "linear":
            raise ConfigError("The Bernoulli loss needs the sigmoid output: choose squared error for a linear output.")
        if self.sparsity != "none" and self.kind == "vae":
            raise ConfigError("A VAE's code cannot be sparse: choose the AE, or no sparsity.")
        if self.architecture == "convolutional":
            for name in ("encoder", "decoder"):
                if not 1 <= len(getattr(self, name)) <= 3:
                    raise ConfigError(
                        f"A convolutional {name} takes 1 to 3 layers, because each halves the 28 pixels of a side."
                    )

    @property
    def short_name(self) -> str:
        """Kind and size: “VAE 2-D”."""
        return f"{self.kind.upper()} {self.latent_dim}-D"

    @property
    def other_kind(self) -> str:
        """“ae” of a VAE, “vae” of an AE."""
        return "ae" if self.kind == "vae" else "vae"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, by setting name."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RunConfig:
        """What `to_dict` described; an unknown name raises ConfigError, a missing one takes its default."""
        known = {each.name for each in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ConfigError(f"There is no setting named “{unknown[0]}”.")
        return cls(**values)

    def replace(self, **changes: Any) -> RunConfig:
        """A copy with some settings changed, checked again."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True)
class Hardware:
    """Where and how a run is computed. It changes the speed, and what is learned by rounding alone."""

    device: str = setting(
        "cpu",
        "Device",
        "The processor that trains: the CPU, an NVIDIA GPU (CUDA) or an Apple GPU (MPS).",
        "hardware",
        choices={"cpu": "CPU", "cuda": "CUDA", "mps": "Apple MPS"},
    )
    threads: int = setting(
        1,
        "Threads",
        "CPU threads of the training; one core is best left to the window.",
        "hardware",
        minimum=1,
        maximum=256,
    )
    precision: str = setting(
        "auto",
        "Precision",
        "What wide layers of a dense network are multiplied in while it trains: float32 has 24 significant bits, "
        "bfloat16 8. Automatic is bfloat16 on a CPU with instructions for it, else float32 (CUDA: its 11 bits).",
        "hardware",
        choices={"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16"},
    )
    compile: str = setting(
        "no",
        "Compile",
        "Whether torch.compile translates the training step, which takes up to half a minute at the start and needs a "
        "C++ compiler. It joins the small kernels of a GPU's step; a CPU's is about as quick without.",
        "hardware",
        choices={"no": "No", "yes": "Yes"},
    )

    def __post_init__(self) -> None:
        """Raises ConfigError with one sentence when a value is not allowed."""
        check(self)
