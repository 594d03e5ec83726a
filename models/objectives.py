"""What training makes small: reconstruction, KL divergence, sparsity; and the dropout of the encoder's input.

Everything is summed over pixels or latent dimensions and then averaged over images; any other reduction silently
rescales beta.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from models.config import RunConfig

LEAST_ACTIVITY = 1e-6


def pixels(config: RunConfig, logits: Tensor) -> Tensor:
    """Pixel values of logits: their sigmoid, or the logits themselves with a linear output."""
    return logits if config.output == "linear" else torch.sigmoid(logits)


def reconstruction_per_image(config: RunConfig, logits: Tensor, images: Tensor) -> Tensor:
    """The reconstruction loss of each image, (N,): Bernoulli nats, or squared error."""
    if config.loss == "bce":
        return F.binary_cross_entropy_with_logits(logits, images, reduction="none").sum(dim=1)
    return (pixels(config, logits) - images).square().sum(dim=1)


def divergence_per_image(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, I)) of each image in nats, (N,) (Kingma & Welling 2013, appendix B)."""
    return 0.5 * torch.addcmul(torch.expm1(log_variance) - log_variance, mean, mean).sum(dim=1)


def sample(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """Codes mean + sigma * noise with sigma = exp(log_variance / 2); noise is N(0, I) (Kingma & Welling 2013)."""
    return torch.addcmul(mean, torch.exp(0.5 * log_variance), noise)


def sparsity(config: RunConfig, activity: Tensor) -> Tensor:
    """The sparsity term, a scalar, of the units' mean absolute activations (d,) over a batch.

    L1: their sum, which is the sum over units of |z|, averaged over images. KL: summed over units,
    rho log(rho / activity) + (1 - rho) log((1 - rho) / (1 - activity)), rho the target (Ng 2011, CS294A notes).
    """
    if config.sparsity == "l1":
        return activity.sum()
    target, mean = config.sparsity_target, inside(activity)
    kept = target * (math.log(target) - mean.log())
    return (kept + (1.0 - target) * (math.log1p(-target) - torch.log1p(-mean))).sum()


def inside(activity: Tensor) -> Tensor:
    """Mean activations kept off 0 and 1, which a sigmoid reaches by rounding."""
    return activity.clamp(LEAST_ACTIVITY, 1.0 - LEAST_ACTIVITY)


def kept_pixels(images: Tensor, share: float, generator: torch.Generator) -> Tensor | None:
    """Which pixels of images (N, 784) stay when `share` of them is dropped, uint8 0 and 1; None where all do.

    The share is rounded to a 256th: on the CPU one random byte a pixel is drawn, eight at a time, which costs a
    tenth of what the library's own mask does; and a comparison of bytes takes seven times what these two steps do.
    """
    share = in_256ths(share)
    if share == 0.0:
        return None
    if images.device.type == "cpu":
        words = torch.empty(images.numel() // 8, dtype=torch.int64).random_(-(2**63), None, generator=generator)
        drawn, highest = words.view(torch.uint8).view_as(images), round(256 * share) - 1
        return drawn.clamp_(highest, highest + 1).sub_(highest)  # what is higher stays
    return torch.empty_like(images, dtype=torch.uint8).bernoulli_(1.0 - share, generator=generator)


def dropped_out(images: Tensor, kept: Tensor | None, share: float, room: Tensor) -> Tensor:
    """Images (N, 784), those pixels at 0 that are not kept and the others scaled up, so that the mean stays.

    The result lies in `room`, of the images' shape; where all are kept it is the images themselves.
    """
    if kept is None:
        return images
    left = torch.mul(images, kept, out=room) if room.is_cuda else room.copy_(kept).mul_(images)
    return left.mul_(1.0 / (1.0 - in_256ths(share)))


def in_256ths(share: float) -> float:
    """The share of pixels that `kept_pixels` really drops."""
    return round(256 * share) / 256
