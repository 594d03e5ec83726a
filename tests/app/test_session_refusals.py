"""What the session cannot do, each said in its own sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.phase import Phase
from app.session import Session
from models.config import RunConfig

SMALL = RunConfig(encoder=(32,), decoder=(32,), batch_size=100, epochs=1)
LONG = SMALL.replace(epochs=5000)


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    made = Session()
    yield made
    made.close()


@pytest.fixture
def said(session: Session) -> list[tuple[str, str]]:
    messages: list[tuple[str, str]] = []
    session.message.connect(lambda text, kind: messages.append((text, kind)))
    return messages


@pytest.fixture
def ready(qtbot: QtBot, session: Session, said: list[tuple[str, str]]) -> Session:
    """A session with PyTorch and images, that has said nothing yet."""
    session.warm_up()
    session.data.choose("digits")
    qtbot.waitUntil(lambda: session.torch_is_ready and not session.background.busy, timeout=60_000)
    said.clear()
    return session


def test_without_a_network_nothing_is_saved(session: Session, said: list[tuple[str, str]], tmp_path: Path) -> None:
    session.save_run(tmp_path / "mine.safetensors")
    assert said == [("There is no network to save yet.", "warning")]
    assert list(tmp_path.iterdir()) == []


def test_a_training_under_way_lets_no_other_begin(qtbot: QtBot, ready: Session, said: list[tuple[str, str]]) -> None:
    ready.edit_config(LONG)
    ready.start_training()
    qtbot.waitUntil(lambda: ready.training.phase is Phase.TRAINING, timeout=30_000)
    for refused in (ready.start_training, ready.reset):
        refused()
        assert said.pop() == ("A training is under way: stop it first.", "info")
    ready.training.stop()
    qtbot.waitUntil(lambda: ready.training.phase is Phase.IDLE, timeout=5_000)


def test_a_trained_run_that_cannot_be_kept_is_said_and_stays(
    qtbot: QtBot, ready: Session, said: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    ends: list[str] = []
    ready.training_ended.connect(ends.append)
    ready.edit_config(SMALL)
    ready.start_training()
    qtbot.waitUntil(lambda: bool(ends), timeout=30_000)
    ((sentence, kind),) = said
    assert kind == "warning" and ends == [sentence]
    assert sentence.startswith("Training is done: ")
    assert " nats per held-out image. The run could not be saved to “" in sentence
    assert sentence.endswith(".safetensors”: not a directory. File > Save the run keeps it elsewhere.")
    ready.save_run(tmp_path / "mine.safetensors")
    qtbot.waitUntil(lambda: said[-1] == (f"Saved as “{tmp_path / 'mine.safetensors'}”.", "good"))
