"""What every test stands on: no display, no person's folders, one torch thread, and nothing left running."""

from __future__ import annotations

import atexit
import contextlib
import gc
import gzip
import hashlib
import json
import os
import struct
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator
from copy import copy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import offscreen

os.environ.setdefault("OMP_NUM_THREADS", "1")
# As a person's Python does: child processes need not compile the program anew each time, nor pytest the tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
_HOME = tempfile.TemporaryDirectory(prefix="latentlab-tests-")
os.environ.setdefault("QT_QPA_PLATFORM", offscreen.platform(Path(_HOME.name)))
for _name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = str(Path(_HOME.name) / _name)

import numpy as np  # noqa: E402
import pytest  # noqa: E402

from models.checkpoint import Run, save_run  # noqa: E402
from models.config import RunConfig  # noqa: E402
from models.datasets import Dataset, load_digits, load_folder  # noqa: E402
from models.facts import RunFinished  # noqa: E402

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

ROOT = Path(__file__).resolve().parents[1]

# The downloader as it is, but for a subclass of torchvision's MNIST that knows our server and our files' sums.
CHILD = """
import json, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from models.downloads import run_downloader, torchvision_class

def find_class():
    {find}
    known = {{"mirrors": [{url!r}], "resources": json.loads({resources!r})}}
    return type("MNIST", (torchvision_class("MNIST"),), known)

sys.exit(run_downloader(find_class, Path(sys.argv[2])))
"""

# For tests of nothing but the way of the files: torchvision's code without torch, which is most of a child's time.
WITHOUT_TORCH = """
    from unittest.mock import MagicMock
    for name in ("torch", "torch.hub", "torch.utils", "torch.utils.data", "torch.utils.model_zoo", "torchvision.utils"):
        sys.modules[name] = MagicMock()
    sys.modules["torch"].utils.data.Dataset = list  # any class that can be subscripted
    mnist = sys.modules[torchvision_class("MNIST").__module__]
    mnist.read_image_file = mnist.read_label_file = lambda path: Path(path).read_bytes()
"""


class Server:
    """Four small files on 127.0.0.1; with `held`, the last one stops half-way until `release` is set."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.release, self.held, self.half_sent = files, threading.Event(), False, threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = owner.files[self.path.strip("/")]
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command == "HEAD":
                    return
                self.wfile.write(content[: len(content) // 2])
                self.wfile.flush()
                if owner.held and self.path.startswith("/t10k-labels"):
                    owner.half_sent.set()
                    owner.release.wait()
                with contextlib.suppress(ConnectionError):  # who asked may have been ended meanwhile
                    self.wfile.write(content[len(content) // 2 :])

            do_HEAD = do_GET

            def log_message(self, *arguments: object) -> None:
                """Silent."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"

    def plain(self, name: str) -> bytes:
        """What a file holds."""
        return gzip.decompress(self.files[name])

    def command(self, folder: Path, find: str = WITHOUT_TORCH) -> list[str]:
        """What starts a downloader that knows this server and the sums of its files; it is written to `folder`.

        `find` is done before torchvision's class is imported.
        """
        sums = [(name, hashlib.md5(content).hexdigest()) for name, content in self.files.items()]
        script = folder / "child.py"
        script.write_text(CHILD.format(root=str(ROOT), url=self.url, resources=json.dumps(sums), find=find))
        return [sys.executable, str(script)]


@pytest.fixture
def device_ahead(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Trainings as on a device whose work runs ahead of us; how many steps each reading of losses waited for."""
    from models import training
    from models.learner import Learner

    readings: list[int] = []

    class Ahead(Learner):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.at_once = False

        def read_losses(self) -> list[tuple[float, float, float]]:
            losses = super().read_losses()
            readings.append(len(losses))
            return losses

    monkeypatch.setattr(training, "Learner", Ahead)
    return readings


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


@pytest.fixture(scope="session")
def peer_pca(digits: Dataset) -> Callable[[int], PCA]:
    """scikit-learn's PCA, with so many components, of the digits to train on; decomposed once, with the most."""
    from sklearn.decomposition import PCA

    whole = PCA(64, svd_solver="full").fit(digits.train_images.reshape(-1, 784) / 255)

    def first(components: int) -> PCA:
        fewer = copy(whole)
        fewer.n_components_, fewer.components_ = components, whole.components_[:components]
        return fewer

    return first


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Takes down what a test left in cycles, on this thread: a later test's worker thread must not destroy widgets.

    What is there after that is not looked through again: with PyTorch's objects that would take 0.2 s a test. Not in a
    fixture: while those are taken down pytest still holds their values, and a window frozen then would never go.
    """
    result = yield
    gc.collect()
    gc.freeze()
    return result


atexit.register(gc.unfreeze)  # or PyTorch's libraries tell the terminal of leaks at the end


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
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that the system knows nothing of, as a container's bare number is."""
    pwd = pytest.importorskip("pwd")

    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def rng() -> np.random.Generator:
    """Reproducible random numbers."""
    return np.random.default_rng(0)


@pytest.fixture
def server(rng: np.random.Generator) -> Iterator[Server]:
    """Serves 20 random images to train on and 10 held out, as MNIST's four files."""

    def images(count: int) -> bytes:
        return struct.pack(">4i", 2051, count, 28, 28) + rng.integers(0, 256, count * 784, np.uint8).tobytes()

    def labels(count: int) -> bytes:
        return struct.pack(">2i", 2049, count) + bytes(i % 10 for i in range(count))

    contents = {
        "train-images-idx3-ubyte.gz": images(20),
        "train-labels-idx1-ubyte.gz": labels(20),
        "t10k-images-idx3-ubyte.gz": images(10),
        "t10k-labels-idx1-ubyte.gz": labels(10),
    }
    server = Server({name: gzip.compress(content) for name, content in contents.items()})
    thread = threading.Thread(target=server.http.serve_forever, daemon=True)
    thread.start()
    yield server
    server.release.set()
    server.http.shutdown()
    server.http.server_close()
    thread.join()
