"""Figures that fit their place, however large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.amounts import amount, counted, extent, figures, per_pixel, percent, signed
from app.losses_in_words import held_out_in_words, unit
from app.panels.decoded.original import error_text
from app.panels.draw.words import amount as amount_of_sketch
from app.session import Session
from models.checkpoint import load_run
from models.config import RunConfig


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (92.42, 1, "92.4"),
        (0.0326, 2, "0.03"),
        (227_847.0, 1, "227,847.0"),
        (999_999.0, 0, "999,999"),
        (1.0726e34, 1, "1.1e34"),
        (-2_500_000.0, 2, "−2.5e6"),
        (-13.04, 1, "−13.0"),
        (-0.04, 1, "0.0"),
        (float("inf"), 1, "∞"),
        (float("-inf"), 1, "−∞"),
        (float("nan"), 1, "–"),
    ],
)
def test_an_amount_is_short(value: float, decimals: int, text: str) -> None:
    assert amount(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(1.25, 2, "1.25"), (-0.5, 2, "−0.50"), (-0.004, 2, "0.00"), (np.float32(-0.0), 3, "0.000"), (-12.3, 0, "−12")],
)
def test_a_number_below_zero_has_a_real_minus_sign_and_zero_none(value: float, decimals: int, text: str) -> None:
    assert signed(value, decimals) == text


@pytest.mark.parametrize(("value", "text"), [(-0.00123, "−0.00123"), (-1e-7, "−1e−07"), (-0.0, "0"), (-20.0, "−20")])
def test_figures_below_zero_have_real_minus_signs(value: float, text: str) -> None:
    assert figures(value) == text


@pytest.mark.parametrize(
    ("value", "count", "text"),
    [(0.5, 2, "0.50"), (1.0, 2, "1.0"), (48.0, 2, "48"), (0.3, 3, "0.300"), (-2.0, 3, "−2.00"), (0.0, 2, "0.0")],
)
def test_figures_that_stand_in_a_row_or_change_in_place_keep_their_zeros(value: float, count: int, text: str) -> None:
    assert figures(value, count, zeros=True) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.0052, "0.5 %"),
        (0.01, "1 %"),
        (0.857, "86 %"),
        (0.995, "99.5 %"),
        (0.9996, "> 99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_0_or_100_percent_only_where_it_is(share: float, text: str) -> None:
    assert percent(share) == text


def test_with_a_decimal_a_share_is_0_or_100_percent_only_where_it_is_too() -> None:
    shares = [0.0, 0.0004, 0.0052, 0.1468, 0.9996, 1.0]
    assert [percent(share, 1) for share in shares] == ["0.0 %", "< 0.1 %", "0.5 %", "14.7 %", "> 99.9 %", "100.0 %"]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.52, 2, "0.52"), (0.005, 2, "0.01"), (0.0046, 2, "0.005"), (0.00091, 2, "0.0009"), (2.1e-5, 2, "2e−05"),
     (0.0, 2, "0.00"), (0.00091, 3, "0.001"), (0.0004, 3, "0.0004"), (float("nan"), 2, "nan")],
)  # fmt: skip
def test_a_width_or_distance_is_0_only_where_it_is(value: float, decimals: int, text: str) -> None:
    assert extent(value, decimals) == text


def test_one_of_a_kind_has_no_s() -> None:
    assert [counted(number, "image") for number in (0, 1, 2000)] == ["0 images", "1 image", "2,000 images"]


@pytest.mark.parametrize(
    ("error", "whole", "short"),
    [
        (0.0412, "0.0412", ".0412"),
        (0.99996, "1.0000", "1.000"),
        (1.4926, "1.4926", "1.493"),
        (12.3456, "12.3456", "12.35"),
        (12_345.6, "12,345.6000", "12,346"),
        (8.15e33, "8.2e33", "8.2e33"),
        (float("inf"), "∞", "∞"),
        (float("nan"), "–", "–"),
    ],
)
def test_where_room_is_short_an_error_keeps_its_figures(error: float, whole: str, short: str) -> None:
    assert (per_pixel(error), per_pixel(error, short=True)) == (whole, short)


def test_the_error_of_a_network_that_ran_wild_is_short() -> None:
    assert error_text(8.15e33, "squared error") == "Squared error 8.2e33 per image"
    assert error_text(float("inf"), "nats") == "Error ∞ nats"
    assert amount_of_sketch(8.15e33) == "8.2e33"
    assert [amount_of_sketch(value) for value in (0.034, 12.4, 118.2, 227_847.0)] == ["0.034", "12.4", "118", "227,847"]


VAE, AE = RunConfig(kind="vae"), RunConfig(kind="ae", loss="mse")
SPARSE = AE.replace(sparsity="kl", sparsity_weight=3.0)


@pytest.mark.parametrize(
    ("config", "loss", "words", "status"),
    [
        (VAE, 137.0, "137.0 nats per held-out image", "held out 137.0 nats per image"),
        (AE, 5.64, "squared error 5.64 per held-out image", "held out squared error 5.64 per image"),
        (
            VAE.replace(loss="mse"),
            41.6,
            "loss 41.6 per held-out image (squared error 5.64, KL 7.10 nats)",
            "held out loss 41.6 per image",
        ),
        (
            VAE.replace(beta=4.0),
            165.2,
            "loss 165.2 per held-out image (reconstruction 5.64, KL 7.10 nats at beta 4)",
            "held out loss 165.2 per image",
        ),
        (
            VAE.replace(beta=1000.0),
            7105.6,
            "loss 7,105.6 per held-out image (reconstruction 5.64, KL 7.10 nats at beta 1000)",
            "held out loss 7,105.6 per image",
        ),
        (
            SPARSE,
            5.94,
            "loss 5.94 per held-out image (squared error 5.64, sparsity's share 0.30)",
            "held out loss 5.94 per image",
        ),
    ],
)
def test_only_a_loss_of_one_kind_is_told_in_its_unit(vae_file, config, loss, words, status) -> None:
    report = {"test_loss": loss, "test_reconstruction": 5.64, "test_kl": 7.1}
    run = replace(load_run(vae_file), config=config, report=report)
    assert held_out_in_words(run) == words
    session = Session()
    told: list[str] = []
    session.losses.status_changed.connect(told.append)
    session.losses.finish_training(run)
    session.close()
    assert told[-1] == status
    assert not held_out_in_words(replace(run, report={}))


def test_the_status_of_a_run_that_ran_wild_is_short(qtbot, vae_file) -> None:
    session = Session()
    told: list[str] = []
    session.losses.status_changed.connect(told.append)
    session.losses.finish_training(replace(load_run(vae_file), report={"test_loss": 1.0726e34}))
    assert told[-1] == "held out 1.1e34 nats per image"
    session.close()


def test_the_curves_of_a_weighed_bound_are_all_nats_and_no_other_sum_is() -> None:
    vae, ae = RunConfig(kind="vae"), RunConfig(kind="ae")
    assert [unit(vae.replace(beta=beta)) for beta in (1.0, 4.0)] == ["nats per image"] * 2
    assert unit(vae.replace(loss="mse")) == unit(ae.replace(sparsity="l1")) == "loss per image"
    assert (unit(ae), unit(ae.replace(loss="mse"))) == ("nats per image", "squared error per image")
