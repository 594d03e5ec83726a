"""While PyTorch is being imported: what can be decoded already, and what has to wait for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from app.session import Session
from models.checkpoint import Run, save_run
from models.config import RunConfig
from models.networks import initialised
from models.snapshot import Snapshot


@pytest.fixture
def convolutional(tmp_path: Path, rng: np.random.Generator) -> Path:
    """A saved run of an untrained convolutional VAE."""
    config = RunConfig(architecture="convolutional", encoder=(4, 8), decoder=(8, 4))
    weights = Snapshot(config, initialised(config, torch.full((784,), 0.2))).weights()
    codes = rng.normal(size=(20, 2)).astype(np.float32)
    run = Run("Convolutional", config, weights, codes, None, np.arange(20, dtype=np.uint8) % 10, "Digits", "0" * 64)
    save_run(run, tmp_path / "run.safetensors")
    return tmp_path / "run.safetensors"


def test_a_convolutional_decoder_waits_for_the_network(qtbot: QtBot, convolutional: Path) -> None:
    session, decoded, strips = Session(), [], []
    session.look.decoded_shown.connect(lambda *told: decoded.append(told))
    session.strip.strip_shown.connect(lambda *told: strips.append(told))
    try:
        assert session.open_run(convolutional)
        assert decoded[-1][1:] == (None, "loading the decoder…") and not strips
        session.warm_up()
        qtbot.waitUntil(lambda: session.torch_is_ready, timeout=60_000)
        assert session.view is not None and session.view.snapshot is not None
        code, image, words = decoded[-1]
        np.testing.assert_array_equal(image, session.view.snapshot.decode(code[None])[0])
        assert words == "pinned" and strips
    finally:
        session.close()
