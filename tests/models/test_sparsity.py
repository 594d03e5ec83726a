"""Sparsity of an AE's code: the term and its gradient against autograd, between partners too, and what it does."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, kl_divergence

from models import activations, objectives
from models.checkpoint import Run, load_run, save_run
from models.cli import run as command
from models.config import RunConfig
from models.datasets import Dataset
from models.evaluation import evaluate, held_out_losses
from models.facts import StepDone
from models.fused import PosteriorPass, SparsityPass
from models.networks import Autoencoder
from models.parallel import Alone
from models.settings import ConfigError
from models.snapshot import Snapshot
from models.training import train
from tests.conftest import trained

SPARSE = {"kind": "ae", "loss": "mse", "latent_dim": 8, "sparsity_weight": 0.7}
KL = RunConfig.from_dict(SPARSE | {"sparsity": "kl", "sparsity_target": 0.05})
L1 = RunConfig.from_dict(SPARSE | {"sparsity": "l1"})


class Part(Alone):
    """One of two processes whose partner's activations are known."""

    def __init__(self, others: Tensor) -> None:
        self.others = others

    def sum(self, values: Tensor) -> None:
        values += self.others


def plain(config: RunConfig, codes: Tensor) -> Tensor:
    """The term per image by the library."""
    if config.sparsity == "l1":
        return codes.abs().sum(dim=1).mean()
    return kl_divergence(Bernoulli(probs=torch.tensor(0.05)), Bernoulli(probs=codes.mean(dim=0))).sum()


@pytest.mark.parametrize("config", [KL, L1], ids=["kl", "l1"])
def test_a_step_s_loss_has_its_share_of_sparsity(config: RunConfig, digits: Dataset) -> None:
    config = config.replace(encoder=(32,), decoder=(32,), epochs=1)
    steps = [fact.losses for fact in train(config, digits) if isinstance(fact, StepDone)]
    for losses in steps:
        assert losses.sparsity > 0
        assert losses.total == pytest.approx(losses.reconstruction + 0.7 * losses.sparsity)
    run = trained(digits, **config.replace(epochs=1).to_dict())
    assert run.history.total == pytest.approx([losses.total for losses in steps], rel=1e-4)


@pytest.mark.parametrize("config", [KL, L1], ids=["kl", "l1"])
def test_the_term_and_its_gradient_are_autograds(config: RunConfig) -> None:
    torch.manual_seed(1)
    raw = torch.randn(50, 8, dtype=torch.float64)
    codes = (torch.sigmoid(raw) if config.sparsity == "kl" else raw).requires_grad_()
    expected = plain(config, codes)
    (slope,) = torch.autograd.grad(0.7 * expected, codes)
    by_codes = torch.randn(50, 8, dtype=torch.float64)
    through = SparsityPass(config, Alone())
    with torch.no_grad():
        torch.testing.assert_close(through.forward(codes, 50) / 50, expected.detach())
        torch.testing.assert_close(through.backward(by_codes.clone(), 0.7 / 50), by_codes + slope)


@pytest.mark.parametrize("split", [20, 50], ids=["two parts", "one has no image"])
def test_two_processes_find_what_one_does(split: int) -> None:
    codes = torch.sigmoid(torch.randn(50, 8, generator=torch.Generator().manual_seed(2)))
    whole = SparsityPass(KL, Alone())
    term, gradient = whole.forward(codes, 50), whole.backward(torch.zeros(50, 8), 0.1)
    terms, gradients = [], []
    for mine, others in ((codes[:split], codes[split:]), (codes[split:], codes[:split])):
        through = SparsityPass(KL, Part(others.sum(dim=0)))
        terms.append(through.forward(mine, 50))
        gradients.append(through.backward(torch.zeros(len(mine), 8), 0.1))
    torch.testing.assert_close(sum(terms), term)
    torch.testing.assert_close(torch.cat(gradients), gradient)


def test_a_code_under_kl_is_a_sigmoid_and_goes_back_like_one() -> None:
    network = Autoencoder(KL.replace(encoder=(), decoder=()))
    outputs, slope = torch.randn(50, 8).requires_grad_(), torch.randn(50, 8)
    expected = torch.sigmoid(outputs)
    (by_hand,) = torch.autograd.grad((expected * slope).sum(), outputs)
    through = PosteriorPass(network)
    with torch.no_grad():
        torch.testing.assert_close(through.forward(outputs, torch.zeros(50, 8))[0], expected.detach())
        torch.testing.assert_close(through.backward(slope, 1.0), by_hand)


def test_units_that_are_always_off_or_on_give_a_finite_term() -> None:
    term = objectives.sparsity(KL, torch.tensor([0.0, 1.0, 0.05]))
    assert torch.isfinite(term) and term > 5
    assert objectives.sparsity(KL, torch.full((8,), 0.05)).item() == pytest.approx(0.0, abs=1e-6)


BASE = {"kind": "ae", "loss": "mse", "latent_dim": 24, "epochs": 15, "learning_rate": 0.01}


@pytest.fixture(scope="module")
def dense(digits: Dataset) -> Run:
    """A run that nothing makes sparse."""
    return trained(digits, **BASE)


@pytest.mark.parametrize("settings", [{"sparsity": "kl", "sparsity_weight": 3.0}, {"sparsity": "l1"}], ids=str)
def test_a_sparse_run_is_sparser_and_tells_its_loss(digits, dense: Run, tmp_path, settings: dict) -> None:
    sparse = trained(digits, **BASE, **{"sparsity_weight": 1.0} | settings)
    shares = [
        activations.active_per_image(run.codes, activations.threshold(run.codes)).mean() for run in (dense, sparse)
    ]
    assert shares[1] < 0.8 * shares[0]
    snapshot = Snapshot.from_weights(sparse.config, sparse.weights)
    codes = torch.from_numpy(snapshot.encode(digits.test_images)).double()
    term = plain(sparse.config, codes).item()
    losses = held_out_losses(snapshot, digits.test_images)
    assert losses.sparsity == pytest.approx(term, rel=1e-4)
    assert losses.total == pytest.approx(losses.reconstruction + sparse.config.sparsity_weight * term, rel=1e-4)
    assert sparse.report["test_loss"] == pytest.approx(losses.total, rel=1e-4), "training says the same"
    report = evaluate(sparse, digits, snapshot)
    assert report["test_sparsity"] == pytest.approx(term, rel=1e-4)
    assert report["active_share"] == pytest.approx(shares[1], abs=0.002)
    assert "test_sparsity" not in evaluate(dense, digits)
    save_run(sparse, tmp_path / "sparse.safetensors")
    again = load_run(tmp_path / "sparse.safetensors")
    assert again.config == sparse.config
    np.testing.assert_array_equal(Snapshot.from_weights(again.config, again.weights).encode(digits.test_images), codes)


def test_a_vae_cannot_be_sparse() -> None:
    with pytest.raises(ConfigError, match="^A VAE's code cannot be sparse: choose the AE, or no sparsity.$"):
        RunConfig(kind="vae", sparsity="l1")


def test_a_configuration_saved_before_there_was_sparsity_has_none() -> None:
    new = ("corruption", "corruption_level", "sparsity", "sparsity_weight", "sparsity_target")
    old = {name: value for name, value in RunConfig(kind="ae").to_dict().items() if name not in new}
    config = RunConfig.from_dict(old)
    assert (config.sparsity, config.corruption) == ("none", "none")


def test_the_command_line_measures_what_is_restored(digits, tmp_path, capsys) -> None:
    save_run(trained(digits, kind="ae", loss="mse", epochs=1), tmp_path / "run.safetensors")
    path, report = str(tmp_path / "run.safetensors"), tmp_path / "report.json"
    damage = ["--corruption", "salt-and-pepper", "--corruption-level", "0.2"]
    assert command(["evaluate", path, "--data", "digits", *damage, "--report", str(report)]) == 0
    figures = json.loads(report.read_text())
    assert (figures["corruption"], figures["corruption_level"]) == ("salt-and-pepper", 0.2)
    assert 5 < figures["noisy_psnr"] < 15 and 5 < figures["restored_psnr"] < 25
    assert command(["evaluate", path, "--data", "digits", "--corruption", "fog"]) == 2
    assert "Corruption must be one of none, gaussian" in capsys.readouterr().err


# units


def test_activity_is_numpys(rng) -> None:
    codes = rng.normal(size=(300, 6)).astype(np.float32)
    assert activations.threshold(codes) == pytest.approx(0.1 * max(codes.max(), -codes.min()))
    shares = activations.active_per_image(codes, 0.5)
    assert shares == pytest.approx([np.count_nonzero(abs(code) > 0.5) / 6 for code in codes])
    counts, edges = activations.histogram(codes, 20)
    expected, theirs = np.histogram(codes.ravel(), bins=20)
    assert counts.sum() == 1800 and edges[0] == codes.min() and edges[-1] == codes.max()
    np.testing.assert_array_equal(counts, expected)
    np.testing.assert_allclose(edges, theirs, atol=1e-6)
    for unit in range(6):
        assert activations.most_exciting(codes, unit).tolist() == np.argsort(-abs(codes[:, unit]))[:20].tolist()
