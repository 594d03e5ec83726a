"""Writing a file whole or not at all: writers at the same time, one that is killed, and what is kept of the old one."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from models import files
from models.files import reason, remove_half_written, write_whole
from tests.conftest import ROOT

# Is killed by the system as soon as the file is longer than 1000 bytes.
KILLED_HALF_WAY = """
import resource, signal, sys
from pathlib import Path
from models.files import mark_half_written, write_whole
mark_half_written(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
write_whole(Path(sys.argv[1]), bytes(100_000))
"""


def test_writers_of_one_process_number_do_not_share_their_half_written_files(tmp_path: Path) -> None:
    """Threads have one number, and so may processes of two containers that share a folder."""
    path = tmp_path / "figures.json"
    contents = [bytes([letter]) * 200_000 for letter in b"abcd"]
    together, wrong = threading.Barrier(len(contents)), []

    def write(content: bytes) -> None:
        together.wait()
        try:
            for _ in range(20):
                write_whole(path, content)
        except OSError as error:
            wrong.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no file's length")
def test_what_a_killed_writer_left_is_found_by_its_mark_and_nobody_elses_is(tmp_path: Path) -> None:
    others = tmp_path / ".run.0123456789abcdef.part"
    others.write_text("half")
    call = [sys.executable, "-c", KILLED_HALF_WAY, str(tmp_path / "run"), "c0ffee"]
    killed = subprocess.run(call, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=60, check=False)
    assert killed.returncode == -signal.SIGXFSZ
    (left,) = set(tmp_path.iterdir()) - {others}
    assert left.stat().st_size == 1000
    remove_half_written(tmp_path, "c0ffee")
    assert list(tmp_path.iterdir()) == [others]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_file_that_is_replaced_keeps_its_mode_and_a_new_one_has_the_usual_one(tmp_path: Path) -> None:
    path, new, usual = tmp_path / "run", tmp_path / "new", tmp_path / "usual"
    usual.touch()
    for mode in (0o600, 0o664, 0o444):
        path.unlink(missing_ok=True)
        path.write_bytes(b"old")
        path.chmod(mode)
        write_whole(path, b"new")
        assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", mode)
    write_whole(new, b"new")
    assert new.stat().st_mode == usual.stat().st_mode


def test_a_new_file_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run"
    write_whole(path, b"first", new=True)
    with pytest.raises(FileExistsError):
        write_whole(path, b"second", new=True)
    assert path.read_bytes() == b"first" and list(tmp_path.iterdir()) == [path]
    assert path.stat().st_nlink == 1


def test_nor_does_it_where_the_file_system_has_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "run"
    write_whole(path, b"first", new=True)
    with pytest.raises(FileExistsError):
        write_whole(path, b"second", new=True)
    assert path.read_bytes() == b"first" and list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_open_elsewhere_is_replaced_as_soon_as_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows has it: a window that looks at sweep.json at that moment ended the sweep."""
    refused = refusals(monkeypatch, 3)
    (tmp_path / "sweep.json").write_bytes(b"old")
    write_whole(tmp_path / "sweep.json", b"new")
    assert (tmp_path / "sweep.json").read_bytes() == b"new" and refused == []
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_stays_open_elsewhere_stays_what_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals(monkeypatch, 1000)
    monkeypatch.setattr(files, "HELD_SECONDS", 0.1)
    (tmp_path / "table.csv").write_bytes(b"old")
    with pytest.raises(PermissionError):
        write_whole(tmp_path / "table.csv", b"new")
    assert (tmp_path / "table.csv").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("number", "said"), [(5, "permission denied, or another program has it open"), (1314, "permission denied")]
)
def test_on_windows_a_table_may_be_open_in_excel(number: int, said: str) -> None:
    error = PermissionError(errno.EACCES, "Access is denied")
    error.winerror = number  # type: ignore[attr-defined]
    assert reason(error) == said


def test_elsewhere_a_lack_of_rights_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of another person's file in a folder for all: the window would stand still for as long as it is tried."""
    waiting = refusals(monkeypatch, 1000, number=None)
    with pytest.raises(PermissionError):
        write_whole(tmp_path / "table.csv", b"new")
    assert len(waiting) == 999, "one look is enough"


def refusals(monkeypatch: pytest.MonkeyPatch, times: int, number: int | None = 5) -> list[PermissionError]:
    """So many renames are refused, on Windows by a number; returns what still will be."""
    replace, waiting = os.replace, [PermissionError(errno.EACCES, "Access is denied") for _ in range(times)]
    for error in waiting:
        error.winerror = number  # type: ignore[attr-defined]

    def refuse(*paths: Path) -> None:
        if waiting:
            raise waiting.pop()
        replace(*paths)

    monkeypatch.setattr(os, "replace", refuse)
    return waiting
