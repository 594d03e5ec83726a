"""Dense stacks by hand, in full and in short numbers, against the plain stacks and autograd."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from models.dense_pass import BENDS, DensePass
from models.flat_parameters import FlatParameters
from models.networks import ACTIVATIONS, Dense

ROUNDING = 2.0**-9  # of a number with 8 significant bits, relative to it


pytestmark = pytest.mark.usefixtures("double_precision")


def test_every_activation_of_the_networks_can_be_trained_with() -> None:
    assert set(BENDS) == set(ACTIVATIONS)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_a_dense_pass_has_the_stacks_outputs_and_autograds_gradients(activation: str) -> None:
    plain = Dense([9, 7, 6, 5], activation)
    flat = copy.deepcopy(plain)
    FlatParameters(flat)
    dense = DensePass(flat, activation, first=False)
    for images in (4, 3, 4):  # a smaller last batch between two whole ones; gradients are overwritten each time
        x, slope = torch.randn(images, 9).requires_grad_(), torch.randn(images, 5)
        plain.zero_grad()
        expected = plain(x)
        expected.backward(slope)
        with torch.no_grad():
            torch.testing.assert_close(dense.forward(x.detach()), expected)
            torch.testing.assert_close(dense.backward(slope), x.grad)
        for mine, autograds in zip(flat.parameters(), plain.parameters(), strict=True):
            torch.testing.assert_close(mine.grad, autograds.grad)


def test_the_first_stack_gives_no_gradient_of_its_inputs() -> None:
    stack = Dense([9, 5], "silu")
    FlatParameters(stack)
    through = DensePass(stack, "silu", first=True)
    with torch.no_grad():
        through.forward(torch.randn(4, 9))
        assert through.backward(torch.randn(4, 5)) is None


def error(found: Tensor, expected: Tensor) -> float:
    """The Euclidean length of the difference, relative to the expected."""
    return float(torch.linalg.vector_norm(found - expected) / torch.linalg.vector_norm(expected))


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("first", [True, False], ids=["encoder", "decoder"])
def test_short_numbers_err_by_their_rounding(activation: str, first: bool) -> None:
    plain = Dense([90, 70, 60, 50], activation)
    flat = copy.deepcopy(plain)
    FlatParameters(flat)
    dense = DensePass(flat, activation, first, short=torch.bfloat16)
    most = (50 if activation == "relu" else 10) * ROUNDING  # a sum that is rounded over its kink has the other slope
    for images in (40, 30, 40):
        x, slope = torch.randn(images, 90).requires_grad_(), torch.randn(images, 50)
        plain.zero_grad()
        expected = plain(x)
        expected.backward(slope)
        with torch.no_grad():
            found = dense.forward(x.detach())
            by_inputs = dense.backward(slope)
            for each in (*plain.parameters(), *flat.parameters()):
                each.mul_(1.01)  # as a step changes them: the next pass takes the new ones
        assert found.dtype == torch.float64
        assert 0.05 * ROUNDING < error(found, expected.detach()) < 4 * ROUNDING
        for mine, autograds in zip(flat.parameters(), plain.parameters(), strict=True):
            assert mine.grad is not None
            assert autograds.grad is not None
            assert error(mine.grad, autograds.grad) < most
        if first:
            assert by_inputs is None
        else:
            assert x.grad is not None
            assert by_inputs is not None
            assert by_inputs.dtype == torch.float64
            assert error(by_inputs, x.grad) < most


def is_short(numbers: Tensor | None) -> bool:
    assert numbers is not None
    return torch.equal(numbers.bfloat16().double(), numbers)


@pytest.mark.parametrize("first", [True, False], ids=["encoder", "decoder"])
def test_the_layer_beside_the_code_is_never_rounded(first: bool) -> None:
    stack = Dense([9, 7, 6, 5], "silu")
    FlatParameters(stack)
    through = DensePass(stack, "silu", first, short=torch.bfloat16)
    with torch.no_grad():
        through.forward(torch.randn(4, 9))
        through.backward(torch.randn(4, 5))
    short = [is_short(each.get_parameter("weight").grad) for each in stack.layers]
    assert short == ([True, True, False] if first else [False, True, True])


def test_a_stack_of_one_layer_is_never_rounded() -> None:
    plain, flat = Dense([9, 5], "silu"), Dense([9, 5], "silu")
    flat.load_state_dict(plain.state_dict())
    FlatParameters(flat)
    x = torch.randn(4, 9)
    for first in (True, False):
        with torch.no_grad():
            found = DensePass(flat, "silu", first, short=torch.bfloat16).forward(x)
            torch.testing.assert_close(found, plain(x), rtol=0, atol=0)
