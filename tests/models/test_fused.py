"""The training step's fused parts against the plain networks, the library's loss, and autograd."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.nn import functional as F

from models.flat_parameters import FlatParameters
from models.fused import BENDS, BernoulliSum, DensePass
from models.networks import ACTIVATIONS, Dense


def twins(activation: str, sizes: list[int]) -> tuple[Dense, Dense, DensePass]:
    """A stack for autograd, its copy with flat parameters, and the copy's training pass; in double precision."""
    plain = Dense(sizes, activation).double()
    flat = copy.deepcopy(plain)
    FlatParameters(flat)
    return plain, flat, DensePass(flat, activation)


def test_every_activation_of_the_networks_can_be_trained_with() -> None:
    assert set(BENDS) == set(ACTIVATIONS)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_a_dense_pass_has_the_stacks_outputs_and_autograds_gradients(activation: str) -> None:
    plain, flat, dense_pass = twins(activation, [9, 7, 6, 5])
    for images in (4, 3, 4):  # a smaller last batch between two whole ones; gradients are overwritten each time
        x = torch.randn(images, 9, dtype=torch.float64)
        ours, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
        weights = torch.randn(images, 5, dtype=torch.float64)
        plain.zero_grad()
        outputs, expected = dense_pass(ours), plain(theirs)
        torch.testing.assert_close(outputs, expected)
        (outputs * weights).sum().backward()
        (expected * weights).sum().backward()
        torch.testing.assert_close(ours.grad, theirs.grad)
        for mine, autograds in zip(flat.parameters(), plain.parameters(), strict=True):
            torch.testing.assert_close(mine.grad, autograds.grad)


def test_the_first_input_needs_no_gradient() -> None:
    plain, flat, dense_pass = twins("silu", [9, 5])
    x = torch.randn(4, 9, dtype=torch.float64)
    dense_pass(x).square().sum().backward()
    plain(x).square().sum().backward()
    assert x.grad is None
    torch.testing.assert_close(flat.layers[0].weight.grad, plain.layers[0].weight.grad)


def test_the_summed_bernoulli_loss_is_the_librarys() -> None:
    logits = (20 * torch.randn(50, 784)).requires_grad_()
    images = torch.rand(50, 784)
    library = logits.detach().double().requires_grad_()
    expected = F.binary_cross_entropy_with_logits(library, images.double(), reduction="sum")
    loss = BernoulliSum.apply(logits, images)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    (loss / 50).backward()
    (expected / 50).backward()
    torch.testing.assert_close(logits.grad, library.grad.float())


def test_logits_beyond_a_floats_exponent_give_a_finite_loss() -> None:
    logits = torch.tensor([[-1e4, -90.0, 90.0, 1e4]], requires_grad=True)
    images = torch.tensor([[0.0, 0.5, 0.5, 0.0]])
    loss = BernoulliSum.apply(logits, images)
    assert loss.item() == pytest.approx(45.0 + 45.0 + 1e4)
    loss.backward()
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad, torch.tensor([[0.0, -0.5, 0.5, 1.0]]))


def test_flat_parameters_change_nothing_but_where_the_numbers_lie() -> None:
    network = Dense([9, 7, 5], "silu")
    before = copy.deepcopy(network.state_dict())
    flat = FlatParameters(network)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])
    with torch.no_grad():
        flat.vector.fill_(3.0)
    flat.gradient.fill_(4.0)
    assert all(bool((each == 3.0).all()) for each in network.parameters())
    assert all(each.grad is not None and bool((each.grad == 4.0).all()) for each in network.parameters())


@pytest.mark.parametrize(("longest", "expected"), [(1.0, 1.0), (100.0, 5.0)])
def test_a_long_gradient_is_shortened_and_a_short_one_kept(longest: float, expected: float) -> None:
    network = Dense([2, 1], "silu")
    flat = FlatParameters(network)
    network.layers[0].weight.grad.copy_(torch.tensor([[3.0, 0.0]]))
    network.layers[0].bias.grad.copy_(torch.tensor([-4.0]))
    flat.clip(longest)
    torch.testing.assert_close(flat.gradient.norm(), torch.tensor(expected))
    assert network.layers[0].weight.grad[0, 0] == pytest.approx(3.0 * expected / 5.0)
