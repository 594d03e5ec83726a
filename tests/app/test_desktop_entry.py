"""Latent Lab in the user's menu: written, valid by the freedesktop validator, and gone without a trace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest
from PIL import Image

from app import desktop_entry
from app.__main__ import main

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="menu entries of this kind are Linux's")


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own data folder of a user, with a space in its name."""
    folder = tmp_path / "user data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def test_the_entry_is_put_in_and_taken_out_again(data_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--install-desktop-entry"]) == 0
    entry = data_home / "applications" / "latentlab.desktop"
    assert capsys.readouterr().out == f"Latent Lab is in the menu now ({entry}).\n"
    assert "@" not in entry.read_text(encoding="utf-8")
    assert main(["--remove-desktop-entry"]) == 0
    assert capsys.readouterr().out == "Latent Lab is out of the menu again.\n"
    assert [path for path in data_home.rglob("*") if path.is_file()] == []
    assert main(["--remove-desktop-entry"]) == 0
    assert capsys.readouterr().out == "Latent Lab was not in the menu.\n"


def test_a_terminal_without_our_characters_gets_others(tmp_path: Path) -> None:
    environ = os.environ | {"XDG_DATA_HOME": str(tmp_path / "Ä"), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "app", "--install-desktop-entry"]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "\\xc4/applications/latentlab.desktop" in result.stdout


def test_the_icons_have_the_sizes_of_their_folders(data_home: Path) -> None:
    desktop_entry.install()
    pictures = sorted((data_home / "icons" / "hicolor").glob("*/apps/latentlab.png"))
    assert len(pictures) == len(desktop_entry.ICON_SIDES)
    for picture in pictures:
        with Image.open(picture) as image:
            assert f"{image.width}x{image.height}" == picture.parent.parent.name
    assert (data_home / "icons" / "hicolor" / "scalable" / "apps" / "latentlab.svg").read_text().startswith("<svg")


def test_the_command_of_the_entry_starts_this_app(data_home: Path) -> None:
    desktop_entry.install()
    entry = RawConfigParser()
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(data_home / "applications" / "latentlab.desktop")
    section = entry["Desktop Entry"]
    result = subprocess.run(
        f"{section['Exec']} --version", cwd=section["Path"], shell=True, capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("Latent Lab ")


def test_special_characters_are_quoted_as_the_specification_asks(
    data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", r'/opt/a "b" $c `d` 100% e\f/python')
    desktop_entry.install()
    text = (data_home / "applications" / "latentlab.desktop").read_text(encoding="utf-8")
    # Twice: `Exec` quotes with a backslash, and the file format takes one level of backslashes away.
    assert r'Exec="/opt/a \\"b\\" \\$c \\`d\\` 100%% e\\\\f/python" -m app %f' in text.splitlines()
    validate(data_home)


def test_the_entry_is_valid(data_home: Path) -> None:
    desktop_entry.install()
    validate(data_home)


def validate(data_home: Path) -> None:
    """Ask freedesktop's own validator, where it is installed."""
    validator = shutil.which("desktop-file-validate")
    if validator is None:
        pytest.skip("desktop-file-validate is not installed")
    result = subprocess.run(
        [validator, data_home / "applications" / "latentlab.desktop"], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (0, "")


def said(option: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr with which the app refused."""
    assert main([option]) == 1
    heard = capsys.readouterr()
    assert heard.out == "" and heard.err.endswith("\n")
    return heard.err[:-1]


def test_a_folder_that_cannot_be_written_gets_one_sentence(data_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data_home.write_text("a file where the folder should be")
    place = data_home / "icons" / "hicolor" / "16x16" / "apps"
    sentence = said("--install-desktop-entry", capsys)
    assert sentence == f"The menu entry could not be written to “{place}”: not a directory."


def test_an_entry_that_cannot_be_removed_gets_one_sentence(data_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = data_home / "applications" / "latentlab.desktop"
    entry.mkdir(parents=True)
    assert said("--remove-desktop-entry", capsys) == f"The menu entry “{entry}” could not be removed: is a directory."


def test_on_other_systems_there_is_no_entry(
    data_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    for option in ("--install-desktop-entry", "--remove-desktop-entry"):
        assert said(option, capsys) == "Menu entries of this kind exist on Linux only."
    assert not data_home.exists()


def test_an_entry_that_leads_nowhere_is_removed_too(data_home: Path) -> None:
    entry = data_home / "applications" / "latentlab.desktop"
    entry.parent.mkdir(parents=True)
    entry.symlink_to(data_home / "nowhere")
    assert desktop_entry.remove() == "Latent Lab is out of the menu again."
    assert not entry.is_symlink()
