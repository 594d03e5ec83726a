"""One training step as a whole, on the built-in digits: against autograd's gradient and the library's optimiser."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.distributions import Bernoulli, kl_divergence

from models import objectives
from models.adam import Adam
from models.config import RunConfig
from models.datasets import Dataset
from models.flat_parameters import FlatParameters
from models.learner import BETAS, Learner
from models.networks import Autoencoder, Dense
from models.snapshot import flat_images, to_unit

SMALL = {"encoder": (20, 12), "decoder": (15, 30), "batch_size": 64, "gradient_clip": 0.0, "input_dropout": 0.0}
KINDS = {
    "vae": {},
    "two draws": {"draws": 2},
    "sixteen latents, beta 3, relu": {"latent_dim": 16, "activation": "relu", "beta": 3.0},
    "adam with decay": {"optimiser": "adam", "weight_decay": 0.01},
    "adamw with decay": {"weight_decay": 0.01},
    "clipped": {"gradient_clip": 1.0},
    "a quarter dropped": {"input_dropout": 0.25},
    "gaussian noise beside dropout": {"corruption": "gaussian", "corruption_level": 0.4, "input_dropout": 0.25},
    "salt and pepper": {"corruption": "salt-and-pepper", "corruption_level": 0.3},
    "patches erased": {"corruption": "patches", "corruption_level": 0.3},
    "blurred": {"corruption": "blur", "corruption_level": 0.3},
    "l1 sparsity": {"kind": "ae", "loss": "mse", "sparsity": "l1", "sparsity_weight": 0.7, "latent_dim": 8},
    "kl sparsity": {"kind": "ae", "sparsity": "kl", "sparsity_weight": 2.0, "sparsity_target": 0.1, "latent_dim": 8},
    "ae": {"kind": "ae", "loss": "mse"},
    "linear": {"kind": "ae", "activation": "linear", "output": "linear", "loss": "mse"},
    "convolutional": {"architecture": "convolutional", "encoder": (4, 8), "decoder": (8, 4)},
}


def plain_losses(config: RunConfig, network: Autoencoder, images: Tensor, noise: torch.Generator) -> list[Tensor]:
    """(reconstruction, KL, sparsity) of a batch as the objectives say, with a gradient."""
    clean, images = images, damaged(config, images, noise)
    kept = objectives.kept_pixels(images, config.input_dropout, noise)
    seen = images if kept is None else images * kept / (1.0 - config.input_dropout)
    mean, log_variance = network.posterior(seen)
    codes, kl = [mean], torch.zeros(())
    if log_variance is not None:
        drawn = torch.empty(mean.shape).normal_(generator=noise)
        codes = [objectives.sample(mean, log_variance, each) for each in (drawn, -drawn)[: config.draws]]
        kl = objectives.divergence_per_image(mean, log_variance).mean()
    each_draw = [objectives.reconstruction_per_image(config, network.logits(each), clean).mean() for each in codes]
    return [torch.stack(each_draw).mean(), kl, sparsity_of(config, mean)]


def damaged(config: RunConfig, images: Tensor, noise: torch.Generator) -> Tensor:
    """The plain way to damage a batch, with the numbers that the run's own generator gives."""
    level, pixels = config.corruption_level, torch.empty_like(images)
    if config.corruption == "gaussian":
        return torch.clamp(images + level * pixels.normal_(generator=noise), 0, 1)
    if config.corruption == "salt-and-pepper":
        drawn = pixels.uniform_(generator=noise)
        return torch.where(drawn < level / 2, torch.zeros(()), torch.where(drawn >= 1 - level / 2, 1.0, images))
    if config.corruption == "patches":
        erased = torch.empty(len(images), 1, 4, 4).uniform_(generator=noise) < level
        return images * ~torch.nn.functional.interpolate(erased.float(), (28, 28)).flatten(1).bool()
    if config.corruption == "blur":
        rows = [gaussian_filter(each.view(28, 28).numpy(), 4 * level, mode="constant", truncate=9) for each in images]
        return torch.from_numpy(np.stack(rows)).flatten(1)
    return images


def sparsity_of(config: RunConfig, codes: Tensor) -> Tensor:
    """The sparsity term, by the library's own divergence."""
    if config.sparsity == "kl":
        units, target = Bernoulli(probs=codes.mean(dim=0)), Bernoulli(probs=torch.tensor(config.sparsity_target))
        return kl_divergence(target, units).sum()
    return codes.abs().sum(dim=1).mean() if config.sparsity == "l1" else torch.zeros(())


@pytest.mark.parametrize("settings", list(KINDS.values()), ids=list(KINDS))
def test_steps_are_those_of_autograd_and_the_librarys_optimiser(settings: dict, digits: Dataset) -> None:
    config = RunConfig.from_dict(SMALL | settings)
    learner = Learner(config, digits, torch.device("cpu"))
    plain = Autoencoder(config)
    plain.load_state_dict(learner._network.state_dict())
    images, noise = flat_images(digits.train_images), torch.Generator().manual_seed(config.seed + 2)
    kind = torch.optim.AdamW if config.optimiser == "adamw" else torch.optim.Adam
    optimiser = kind(plain.parameters(), lr=0.003, betas=BETAS, weight_decay=config.weight_decay)
    for indices in torch.arange(160).split(64):  # the last batch is smaller
        learner.step(indices, 0.003, config.beta)
        expected, kl, sparsity = plain_losses(config, plain, to_unit(images[indices]), noise)
        optimiser.zero_grad()
        (expected + config.beta * kl + config.sparsity_weight * sparsity).backward()
        if config.gradient_clip > 0:
            assert torch.nn.utils.clip_grad_norm_(plain.parameters(), config.gradient_clip) > config.gradient_clip
        for mine, autograds in zip(learner._network.parameters(), plain.parameters(), strict=True):
            torch.testing.assert_close(mine.grad, autograds.grad, rtol=1e-4, atol=1e-4 * float(autograds.grad.norm()))
        optimiser.step()
        told = (expected.item(), kl.item(), sparsity.item())
        assert learner.read_losses()[0] == pytest.approx(told, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("kind", ["adam", "adamw"])
def test_rate_and_betas_may_differ_at_every_step(kind: str) -> None:
    network = Dense([5, 4], "silu")
    flat = FlatParameters(network)
    ours = Adam(flat, kind, weight_decay=0.1)
    theirs = flat.vector.clone().requires_grad_()
    library = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind]([theirs], weight_decay=0.1)
    for rate, betas in ((0.1, (0.9, 0.99)), (torch.tensor(0.03), (0.85, 0.95)), (0.01, (0.95, 0.999))):
        flat.gradient.normal_()
        theirs.grad = flat.gradient.clone()
        library.param_groups[0].update(lr=float(rate), betas=betas)
        ours.step(rate, betas)
        library.step()
        torch.testing.assert_close(flat.vector, theirs.detach())


def test_short_numbers_are_for_all_layers_but_the_two_beside_the_code(digits: Dataset) -> None:
    learner = Learner(RunConfig.from_dict(SMALL), digits, torch.device("cpu"), precision="bfloat16")
    learner.step(torch.arange(64), 0.003, 1.0)
    network = learner._network
    slopes = [each.get_parameter("weight").grad for each in (*network.encoder.layers, *network.decoder.layers)]
    short = [each is not None and torch.equal(each, each.bfloat16().float()) for each in slopes]
    assert short == [True, True, False, False, True, True]


FREED = ("vae", "ae", "clipped", "gaussian noise beside dropout", "kl sparsity", "convolutional")


@pytest.mark.parametrize("compiled", [False, True], ids=["by hand", "to be translated"])
@pytest.mark.parametrize("settings", [KINDS[kind] for kind in FREED], ids=FREED)
def test_a_learner_gives_its_memory_back_at_once(settings: dict, compiled: bool, digits: Dataset) -> None:
    """It holds the images and the network: in a cycle they would wait for the collector, run after run."""
    gc.disable()
    try:
        learner = Learner(RunConfig(**SMALL | settings), digits, torch.device("cpu"), compiled=compiled)
        learner.step(torch.arange(64), 0.003, 1.0)  # a translation begins at the second step
        learner.read_losses()
        known = weakref.ref(learner)
        del learner
        assert known() is None
    finally:
        gc.enable()
