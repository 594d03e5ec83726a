"""What the program remembers, through a real file, whatever state that file is in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QSplitter, QWidget

from app.settings import AppSettings
from models.config import RunConfig

CONFIG = RunConfig(kind="ae", loss="mse", encoder=(40,), decoder=(), latent_dim=5, learning_rate=3e-4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a new folder" / "settings.ini"


def fill(settings: AppSettings) -> None:
    settings.theme = "dark"
    settings.size = 125
    settings.last_dataset = "/data/Größe, 100 %; \\ = “mine”"
    settings.device = "cuda"
    settings.config = CONFIG
    settings.more_settings = True
    settings.brush_size = 2.5
    settings.strip_steps = 25
    settings.strip_shape = "sphere"
    settings.show_blend = False
    settings.geometry = QByteArray(b"\x00\x01window\xff")
    settings.keep_splitter("left", QByteArray(b"\x00\xfe"))


def contents(settings: AppSettings) -> tuple:
    return (
        settings.theme,
        settings.size,
        settings.last_dataset,
        settings.device,
        settings.config,
        settings.more_settings,
        settings.brush_size,
        settings.strip_steps,
        settings.strip_shape,
        settings.show_blend,
        settings.geometry,
        settings.splitter("left"),
    )


DEFAULTS = ("system", 100, "", "cpu", None, False, None, 10, "straight", True, None, None)


def test_a_first_start_finds_the_defaults(path: Path) -> None:
    assert contents(AppSettings(path)) == DEFAULTS
    assert not path.exists()


def test_everything_comes_back_at_the_next_start(path: Path) -> None:
    settings = AppSettings(path)
    fill(settings)
    assert settings.save() and path.is_file()
    again = contents(AppSettings(path))
    assert again == contents(settings)
    assert again == (
        "dark",
        125,
        "/data/Größe, 100 %; \\ = “mine”",
        "cuda",
        CONFIG,
        True,
        2.5,
        25,
        "sphere",
        False,
        QByteArray(b"\x00\x01window\xff"),
        QByteArray(b"\x00\xfe"),
    )


def test_a_real_window_and_splitter_come_back(path: Path, qtbot) -> None:
    window, splitter = QWidget(), QSplitter(Qt.Orientation.Horizontal)
    qtbot.addWidget(window)
    qtbot.addWidget(splitter)
    window.setGeometry(40, 50, 333, 222)
    for _ in range(2):
        splitter.addWidget(QWidget())
    splitter.resize(300, 50)
    splitter.setSizes([60, 200])
    kept = splitter.sizes()
    settings = AppSettings(path)
    settings.geometry, _ = window.saveGeometry(), settings.keep_splitter("columns", splitter.saveState())
    settings.save()
    window.setGeometry(0, 0, 100, 100)
    splitter.setSizes([200, 60])
    again = AppSettings(path)
    assert again.geometry is not None and window.restoreGeometry(again.geometry)
    state = again.splitter("columns")
    assert state is not None and splitter.restoreState(state)
    assert window.size().width() == 333 and window.size().height() == 222
    assert splitter.sizes() == kept


def test_reset_layout_forgets_sizes_and_nothing_else(path: Path) -> None:
    settings = AppSettings(path)
    fill(settings)
    settings.reset_layout()
    settings.save()
    again = AppSettings(path)
    assert again.geometry is None and again.splitter("left") is None
    assert again.theme == "dark" and again.config == CONFIG


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\x00\xff\xfe garbage \x01" * 50,
        b"look]\ntheme=dark",
        b"[look]\ntheme=pink\nsize=120\n[training]\ndevice=tpu\nconfig={\n[drawing]\nbrush_size=-3\n[strip]\nsteps=2\nshape=knot\nshow_blend=perhaps\n",
        b"[look]\ntheme=dark, light\n[training]\nconfig=[1]\nmore_settings=1\n[drawing]\nbrush_size=nan\n",
        b'[training]\nconfig="{\\"latent_dim\\": 1000}"\n[window]\ngeometry=\n[splitters]\nleft=@ByteArray(\\0)\n',
        b'[training]\nconfig="{\\"no_such_setting\\": 1}"\n[look]\ntheme=@Variant(\\0\\0\\0\\x7f)\n',
        b'[training]\nconfig="{\\"kind\\": [\\"ae\\"]}"\n',
        b'[training]\nconfig="' + 100_000 * b"[" + b'"\n',
    ],
)
def test_a_damaged_file_means_the_defaults(path: Path, damage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    assert contents(AppSettings(path)) == DEFAULTS


def test_a_damaged_file_can_be_written_again(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\x00\xff\xfe[[[")
    settings = AppSettings(path)
    fill(settings)
    settings.save()
    assert contents(AppSettings(path)) == contents(settings)


def test_a_cut_file_keeps_what_is_whole(path: Path) -> None:
    settings = AppSettings(path)
    fill(settings)
    settings.save()
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        for found, kept, default in zip(contents(AppSettings(path)), contents(settings), DEFAULTS, strict=True):
            assert type(found) in (type(kept), type(default))


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, where a folder would have to be")
    settings = AppSettings(blocked / "settings.ini")
    fill(settings)
    assert not settings.save()
    assert settings.theme == "dark"  # for this start at least


def test_without_a_path_it_lies_in_the_users_configuration_folder() -> None:
    path = AppSettings().path
    assert path.parts[-2:] == ("latentlab", "settings.ini")
    if os.environ.get("XDG_CONFIG_HOME") and os.name == "posix":
        assert path.is_relative_to(os.environ["XDG_CONFIG_HOME"]) or "Library" in path.parts
