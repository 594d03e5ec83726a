"""What is named on the command line is opened, as it would be if it were dropped on the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app import theme
from app.__main__ import make_window, parse, remembered
from app.main_window import MainWindow
from app.opening import Opened, what_is
from models.checkpoint import Run, load_run, save_run
from models.datasets import Dataset
from models.sweep import Plan, Result
from models.sweep_folder import INDEX, claim_folder, keep_results
from tests.app.conftest import made_ready
from tests.app.test_choosing_data import write_dataset

Open = Callable[..., MainWindow]


@pytest.fixture
def opened(qtbot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Starts the program with these arguments, its settings in a folder of the test's own; ready to look."""
    monkeypatch.setattr("app.settings.own_folder", lambda kept: tmp_path / "settings")
    monkeypatch.delenv("LATENTLAB_DATA", raising=False)
    made: list[MainWindow] = []

    def start(*arguments: str | Path) -> MainWindow:
        qapp.setStyleSheet("")
        chosen = parse([str(each) for each in arguments])
        made.append(make_window(qapp, chosen, remembered(chosen)))
        theme.apply(qapp, "light")
        return made_ready(qtbot, made[-1])

    yield start
    for each in made:
        each.close()
        each.deleteLater()
        QCoreApplication.sendPostedEvents(each, QEvent.Type.DeferredDelete)


@pytest.fixture
def sweep(vae_file: Path, digits: Dataset, tmp_path: Path) -> Path:
    """The folder of a sweep with one run."""
    run: Run = load_run(vae_file)
    plan = Plan.of(run.config, (run.config.latent_dim,), (run.config.beta,), (0,), digits.title, digits.fingerprint)
    claim_folder(tmp_path / "my sweep", plan)
    (cell,) = plan.cells()
    save_run(run, tmp_path / "my sweep" / f"{cell.name}.safetensors")
    keep_results(tmp_path / "my sweep", plan, Result.of_run(cell, run))
    return tmp_path / "my sweep"


def test_a_run_is_looked_at(opened: Open, vae_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(vae_file.parent)
    window = opened("--data", "digits", vae_file.name)
    assert window.session.view.name == load_run(vae_file).name
    assert not window.message_bar.messages


@pytest.mark.parametrize("name", ["", INDEX], ids=["its folder", "its file"])
def test_a_sweep_is_shown(opened: Open, sweep: Path, name: str) -> None:
    window = opened(sweep / name, "--data", "digits")
    assert window.views.current() == "rate"
    assert window.session.sweep.sweep.folder == sweep


def test_images_are_there_to_train_on(opened: Open, tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "my digits", 30, 10)
    dataset = opened(folder).session.data.dataset
    assert (len(dataset.train_images), dataset.source) == (30, str(folder))


@pytest.mark.parametrize(("name", "sentence"), [
    ("gone.safetensors", "There is no file “{path}”."),
    ("gone", "There is no folder “{path}”."),
])  # fmt: skip
def test_what_is_not_there_is_one_sentence(opened: Open, tmp_path: Path, name: str, sentence: str) -> None:
    window = opened(tmp_path / name)
    assert [each.text for each in window.message_bar.messages] == [sentence.format(path=tmp_path / name)]
    assert window.session.view is not None and window.session.data.dataset is not None, "there is still much to see"


def test_no_path_is_no_folder(opened: Open) -> None:
    window = opened("", "--data", "digits")
    assert window.session.data.dataset.name == "digits" and not window.message_bar.messages


def test_a_file_of_a_sweep_is_a_sweep_wherever_it_is_said_to_be(tmp_path: Path) -> None:
    assert what_is(tmp_path / INDEX) is Opened.SWEEP
    assert what_is(tmp_path) is Opened.IMAGES
    assert what_is(tmp_path / "a.safetensors") is Opened.RUN
