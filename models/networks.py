"""Encoders and decoders, dense and convolutional: image to code and code to logits."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.config import CONVOLUTIONAL_DENSE, IMAGE_SIDE, LOG_VARIANCE_BOUNDS, MEAN_BOUND, PIXELS, RunConfig

FIRST_LOG_VARIANCE = -4.0

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "silu": F.silu,
    "relu": F.relu,
    "gelu": F.gelu,
    "elu": F.elu,
    "tanh": torch.tanh,
    "linear": lambda x: x,
}


class Stack(nn.Module):
    """Layers with weights, in order, with the same bend between them."""

    def __init__(self, layers: list[nn.Module], activation: str) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.bend = ACTIVATIONS[activation]


class Dense(Stack):
    """Dense layers: (N, sizes[0]) -> (N, sizes[-1])."""

    def __init__(self, sizes: list[int], activation: str) -> None:
        super().__init__([nn.Linear(a, b) for a, b in pairwise(sizes)], activation)

    def forward(self, x: Tensor) -> Tensor:
        """All layers in turn, no bend after the last."""
        *hidden, last = self.layers
        for layer in hidden:
            x = self.bend(layer(x))
        return last(x)


class ConvolutionalEncoder(Stack):
    """Convolutions that halve the picture, then two dense layers: (N, 784) -> (N, outputs).

    Kernels of 4 at stride 2 cover every pixel equally often, which leaves no checkerboard (Odena et al. 2016). The
    dense layer between convolutions and code is worth twenty nats with two latents.
    """

    def __init__(self, channels: tuple[int, ...], outputs: int, activation: str) -> None:
        convolutions = [nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in pairwise([1, *channels])]
        side = halved_sides(len(channels))[-1]
        flat = channels[-1] * side * side
        dense = [nn.Linear(flat, CONVOLUTIONAL_DENSE), nn.Linear(CONVOLUTIONAL_DENSE, outputs)]
        super().__init__([*convolutions, *dense], activation)

    def forward(self, x: Tensor) -> Tensor:
        """Flat images (N, 784) to the outputs (N, outputs) of the last dense layer."""
        *convolutions, dense, last = self.layers
        x = x.view(-1, 1, IMAGE_SIDE, IMAGE_SIDE)
        for layer in convolutions:
            x = self.bend(layer(x))
        return last(self.bend(dense(x.flatten(1))))


class ConvolutionalDecoder(Stack):
    """The encoder's mirror: two dense layers, then transposed convolutions that double: (N, latent_dim) -> (N, 784)."""

    def __init__(self, latent_dim: int, channels: tuple[int, ...], activation: str) -> None:
        sides = halved_sides(len(channels))[::-1]
        first = (channels[0], sides[0], sides[0])
        convolutions = [
            nn.ConvTranspose2d(a, b, 4, stride=2, padding=1, output_padding=after - 2 * before)
            for (a, b), (before, after) in zip(pairwise([*channels, 1]), pairwise(sides), strict=True)
        ]
        dense = [nn.Linear(latent_dim, CONVOLUTIONAL_DENSE), nn.Linear(CONVOLUTIONAL_DENSE, math.prod(first))]
        super().__init__([*dense, *convolutions], activation)
        self.first = first

    def forward(self, z: Tensor) -> Tensor:
        """Codes (N, latent_dim) to flat logits (N, 784)."""
        dense, wide, *convolutions = self.layers
        x = wide(self.bend(dense(z))).view(-1, *self.first)
        for layer in convolutions:
            x = layer(self.bend(x))
        return x.flatten(1)


def halved_sides(times: int) -> list[int]:
    """The picture's side before and after each of `times` halvings: [28, 14, 7, 3]."""
    sides = [IMAGE_SIDE]
    for _ in range(times):
        sides.append(sides[-1] // 2)
    return sides


class Autoencoder(nn.Module):
    """An encoder and a decoder; of the AE and the VAE alike, which differ in what the encoder's last layer returns."""

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        self.variational = config.kind == "vae"
        self.bounded = config.activation != "linear"
        self.sigmoid_code = config.sparsity == "kl"
        outputs = config.latent_dim * (2 if self.variational else 1)
        if config.architecture == "convolutional":
            self.encoder: Stack = ConvolutionalEncoder(config.encoder, outputs, config.activation)
            self.decoder: Stack = ConvolutionalDecoder(config.latent_dim, config.decoder, config.activation)
        else:
            self.encoder = Dense([PIXELS, *config.encoder, outputs], config.activation)
            self.decoder = Dense([config.latent_dim, *config.decoder, PIXELS], config.activation)

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Mean and log-variance (N, latent_dim) of images (N, 784) in 0..1; an AE has the mean alone.

        The mean is bounded softly and the log-variance clamped: without either, long runs blow up. Under KL sparsity
        the code is a sigmoid, between 0 and 1.
        """
        return self.posterior_of(self.encoder(images))

    def posterior_of(self, outputs: Tensor) -> tuple[Tensor, Tensor | None]:
        """The same of the encoder's outputs: (N, 2 latent_dim) of a VAE, (N, latent_dim) of an AE."""
        if not self.variational:
            return self._bound(outputs), None
        mean, log_variance = outputs.chunk(2, dim=1)
        return self._bound(mean), log_variance.clamp(*LOG_VARIANCE_BOUNDS)

    def logits(self, codes: Tensor) -> Tensor:
        """Logits (N, 784) of codes (N, latent_dim); with a linear output they are the pixels themselves."""
        return self.decoder(codes)

    def _bound(self, mean: Tensor) -> Tensor:
        if self.sigmoid_code:
            return torch.sigmoid(mean)
        return MEAN_BOUND * torch.tanh(mean / MEAN_BOUND) if self.bounded else mean


def unfilled(config: RunConfig) -> Autoencoder:
    """A network whose tensors have shapes and no memory yet; making it draws no random numbers."""
    with torch.device("meta"):
        return Autoencoder(config)


def initialised(config: RunConfig, mean_image: Tensor) -> Autoencoder:
    """A network on the CPU with the initial weights of `config.seed`; `mean_image` (784,) is in 0..1.

    Hidden layers after He et al. 2015. A VAE's encoder ends in a small layer, so that codes begin near 0, and with
    narrow posteriors (sigma 0.14): the first gradients are less noisy, which gains a nat after four epochs. An AE's,
    which no prior holds there, ends in one five times larger, and under KL sparsity about the target. The decoder's
    first layer is N(0, 1) in weights and biases, so that its kinks spread over the latent plane (divided by the root
    of half the dimensions above two, which keeps the sums' spread). The output begins close to the mean image: ten
    times smaller weights than the layer's width asks for gain half a nat after four epochs.
    """
    network = unfilled(config)
    rooms = {name: torch.empty(each.shape) for name, each in network.state_dict().items()}
    network.load_state_dict(rooms, assign=True)  # `to_empty` would import a second of symbolic algebra first
    generator = torch.Generator().manual_seed(config.seed)
    layers = [*network.encoder.layers, *network.decoder.layers]
    output, first = layers[-1], network.decoder.layers[0]
    with torch.no_grad():
        for layer in layers:
            bent = config.activation != "linear" and layer is not output
            _draw(layer, math.sqrt((2.0 if bent else 1.0) / _fan_in(layer)), 0.0, generator)
        code = network.encoder.layers[-1]
        _draw(code, (0.5 if network.variational else 2.5) / math.sqrt(_fan_in(code)), 0.0, generator)
        if network.variational:
            code.get_parameter("bias")[config.latent_dim :].fill_(FIRST_LOG_VARIANCE)
        if config.sparsity == "kl":
            code.get_parameter("bias").fill_(math.log(config.sparsity_target / (1.0 - config.sparsity_target)))
        if first is not output:
            _draw(output, 0.1 / math.sqrt(_fan_in(output)), 0.0, generator)
            _draw(first, math.sqrt(2.0 / max(2, config.latent_dim)), 1.0, generator)
        output.get_parameter("bias").copy_(_output_bias(config, mean_image))
    return network


def _draw(layer: nn.Module, weight_spread: float, bias_spread: float, generator: torch.Generator) -> None:
    layer.get_parameter("weight").normal_(0.0, weight_spread, generator=generator)
    layer.get_parameter("bias").normal_(0.0, bias_spread, generator=generator)


def _fan_in(layer: nn.Module) -> float:
    weight = layer.get_parameter("weight")
    if isinstance(layer, nn.ConvTranspose2d):
        return weight[:, 0].numel() / (layer.stride[0] * layer.stride[1])
    return weight[0].numel()


def _output_bias(config: RunConfig, mean_image: Tensor) -> Tensor:
    mean = mean_image if config.architecture == "dense" else mean_image.mean(dim=0, keepdim=True)
    return mean if config.output == "linear" else torch.logit(mean.clamp(1e-3, 1 - 1e-3))
