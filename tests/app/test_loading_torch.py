"""PyTorch behind the window, in processes of their own: here it has long been imported."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from models.mending import pip_command

SCRIPT = """
import gc, json, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer

from app.loading_torch import load_libraries_ahead
from app.phase import Phase
from app.session import Session
from models.config import RunConfig

app = QCoreApplication([])
load_libraries_ahead()
session = Session()
session.open_run(Path(sys.argv[1]))
session.data.choose("digits")
found = {"statuses": []}
images = []
session.look.decoded_shown.connect(lambda code, image, words: images.append(image))
session.losses.status_changed.connect(found["statuses"].append)

def look():
    if session.torch_is_ready and session.data.dataset is not None:
        timer.stop()
        found["decoded"] = images[-1] is not None
        found["optimiser was there"] = "torch._dynamo" in sys.modules
        found["status when looking"] = found["statuses"][-1]
        session.edit_config(RunConfig(encoder=(8,), decoder=(8,), epochs=1))
        session.start_training()

def devices_came(devices):
    found["devices"] = [each.name for each in devices]
    end()

def ended(sentence):
    found["ended"] = sentence
    end()

def end():
    if "ended" in found and "devices" in found:
        found["frozen"] = gc.get_freeze_count()
        QTimer.singleShot(0, app.quit)

session.torch_ready.connect(devices_came)
session.training_ended.connect(ended)
timer = QTimer(interval=1)
timer.timeout.connect(look)
timer.start()
session.warm_up()
QTimer.singleShot(200_000, app.quit)
app.exec()
session.close()
print(json.dumps(found))
"""


def test_the_network_is_alive_before_the_optimiser_and_train_waits_for_it(vae_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(vae_file)], stdout=subprocess.PIPE, text=True, timeout=240, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["decoded"] and not found["optimiser was there"]
    assert found["status when looking"].startswith("held out ")  # no longer that PyTorch is being loaded
    assert found["ended"].startswith("Training is done")
    assert found["devices"] == ["cpu", "cuda", "mps"]
    assert found["frozen"] > 100_000


LOAD = """
from app import loading_torch
loading_torch.load_libraries_ahead()
try:
    loading_torch.import_to_look()
except ImportError as error:
    print(error)
"""


def said_beside(folder: Path) -> str:
    """What loading PyTorch says in a process that finds the folder's packages first."""
    script = f"import sys\nsys.path.insert(0, {str(folder)!r})\n{LOAD}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=240, check=True)
    assert not done.stderr
    return done.stdout


def test_without_pytorch_loading_its_libraries_is_quiet_and_the_import_says_why(tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise ImportError('libcudart.so.13: cannot open shared object')")
    (tmp_path / "torch" / "lib").mkdir()
    (tmp_path / "torch" / "lib" / "libtorch_global_deps.so").write_text("not a library")
    said = said_beside(tmp_path)
    assert "libcudart.so.13" in said and said.count("\n") == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names Linux's libraries")
@pytest.mark.parametrize(
    ("library", "why"),
    [("libtorch_global_deps.so", "file too short"), ("libtorch_cpu.so", "cannot open shared object file")],
)
def test_a_pytorch_with_a_library_lost_or_cut_off_gets_its_pip_command(tmp_path: Path, library: str, why: str) -> None:
    """The real one but for that file: torch raises OSError for the first, ImportError for the second."""
    spec = find_spec("torch")
    assert spec is not None and spec.origin is not None
    torch = Path(spec.origin).parent
    (tmp_path / "torch" / "lib").mkdir(parents=True)
    for part in [*torch.iterdir(), *(torch / "lib").iterdir()]:
        if part.name not in ("lib", library):
            (tmp_path / part.relative_to(torch.parent)).symlink_to(part)
    if why == "file too short":
        (tmp_path / "torch" / "lib" / library).touch()
    said = said_beside(tmp_path)
    assert said.startswith("torch cannot be loaded (") and f"{library}: {why}" in said
    assert said.endswith(f"; this command installs it again: {pip_command('--force-reinstall torch')}\n")


SESSION = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from PySide6.QtCore import QCoreApplication, QTimer
from app.session import Session

app = QCoreApplication([])
session = Session()
session.open_run(Path(sys.argv[2]))
session.losses.status_changed.connect(print)
session.message.connect(lambda sentence, kind: (print(kind, sentence), QTimer.singleShot(0, app.quit)))
session.warm_up()
QTimer.singleShot(200_000, app.quit)
app.exec()
session.close()
"""


def test_without_pytorch_the_status_no_longer_says_that_it_is_being_loaded(tmp_path: Path, vae_file: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module', name='torch')")
    command = [sys.executable, "-c", SESSION, str(tmp_path), str(vae_file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    status, said = done.stdout.splitlines()
    assert status.startswith("held out ")
    assert said == f"error torch is not installed; this command gets it: {pip_command('torch')}"
