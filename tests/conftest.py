"""What every test stands on: no display, no person's folders, one torch thread, and nothing left running."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Qt's own offscreen display has 800x800 pixels, on which our window has no room.
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={Path(__file__).with_name('screen.json')}")
os.environ.setdefault("OMP_NUM_THREADS", "1")
_HOME = tempfile.TemporaryDirectory(prefix="latentlab-tests-")
for _name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = str(Path(_HOME.name) / _name)

import numpy as np  # noqa: E402
import pytest  # noqa: E402

from models.checkpoint import Run, save_run  # noqa: E402
from models.config import RunConfig  # noqa: E402
from models.datasets import Dataset, load_digits, load_folder  # noqa: E402
from models.facts import RunFinished  # noqa: E402


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """The built-in digits: 1,500 to train on, 297 held out."""
    return load_digits()


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    """The real MNIST, where LATENTLAB_DATA names it; the test is skipped elsewhere."""
    folder = os.environ.get("LATENTLAB_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("LATENTLAB_DATA names no folder with MNIST")
    return load_folder(Path(folder))


def trained(dataset: Dataset, **settings: object) -> Run:
    """A run trained here and now, with small layers unless told otherwise."""
    from models.training import train

    small = {"epochs": 2, "batch_size": 100, "encoder": (32,), "decoder": (32,)}
    config = RunConfig.from_dict({**small, **settings})
    return next(fact.run for fact in train(config, dataset, name="test run") if isinstance(fact, RunFinished))


@pytest.fixture(scope="session")
def vae_file(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved 2-D VAE of the built-in digits."""
    path = tmp_path_factory.mktemp("runs") / "vae.safetensors"
    save_run(trained(digits, kind="vae", epochs=5), path)
    return path


@pytest.fixture(scope="session")
def ae4_file(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved 4-D AE of the built-in digits."""
    path = tmp_path_factory.mktemp("runs") / "ae4.safetensors"
    save_run(trained(digits, kind="ae", latent_dim=4, loss="mse"), path)
    return path


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """A test that leaves one of our threads running fails."""
    yield
    if "PySide6.QtCore" not in sys.modules:
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QThread
    from shiboken6 import Shiboken

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # or closed windows pile up
    threads = [
        each for each in Shiboken.getAllValidWrappers() if isinstance(each, QThread) and type(each) is not QThread
    ]
    left = [each for each in threads if each.isRunning()]
    for each in left:
        each.requestInterruption()
    assert not left, f"still running after the test: {left}"


@pytest.fixture
def rng() -> np.random.Generator:
    """Reproducible random numbers."""
    return np.random.default_rng(0)
