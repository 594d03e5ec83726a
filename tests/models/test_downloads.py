"""Downloads by torchvision's own code from a server on this machine: to the end, cancelled, damaged, unreachable."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.datasets import KNOWN, DatasetError, DownloadCancelled, load_folder
from models.downloads import SILENCE_SECONDS, fetch
from models.mending import pip_command
from tests.conftest import WITHOUT_TORCH

ROOT = Path(__file__).resolve().parents[2]


def never() -> bool:
    return False


def small_mnist(server):
    return replace(KNOWN["mnist"], download_bytes=sum(map(len, server.files.values())))


def test_a_download_shows_its_progress_arrives_whole_over_an_older_half_and_is_read(tmp_path: Path, server) -> None:
    server.held = True
    told: list[tuple[float, str]] = []

    def progress(share: float, words: str) -> None:
        told.append((share, words))
        if share > 0.5:  # the first three files and half of the last are there
            server.release.set()

    target = tmp_path / "data"
    old = target / "MNIST" / "raw" / "train-images-idx3-ubyte"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"half of an older download")
    fetch(small_mnist(server), target, progress, never, server.command(tmp_path, find=""))
    assert old.read_bytes() == server.plain("train-images-idx3-ubyte.gz")
    shares = [share for share, _ in told]
    assert told[0] == (0.0, "connecting")
    assert 0.5 < max(shares) <= 1
    assert shares == sorted(shares), "it never falls back, not while what was fetched is unpacked and tidied up either"
    assert all(words == "connecting" for share, words in told if share == 0)
    assert any(words.endswith(" MB") for _, words in told)
    data = load_folder(target / "MNIST")
    assert (len(data.train_images), data.test_labels.tolist()) == (20, list(range(10)))
    assert [path.name for path in target.iterdir()] == ["MNIST"]
    assert not list(target.rglob("*.gz"))


def test_what_another_process_has_fetched_meanwhile_stays_where_it_is(tmp_path: Path, server) -> None:
    """Several jobs of a cluster that begin at once: one may be reading already what another would replace."""
    server.held, target = True, tmp_path / "data"
    raw, there = target / "MNIST" / "raw", []

    def progress(share: float, words: str) -> None:
        if share > 0.5 and not raw.exists():
            raw.mkdir(parents=True)
            for name in server.files:
                (raw / name.removesuffix(".gz")).write_bytes(server.plain(name))
            there.append(raw.stat().st_ino)
            server.release.set()

    fetch(small_mnist(server), target, progress, never, server.command(tmp_path))
    assert raw.stat().st_ino == there[0]
    assert {path.name for path in target.iterdir()} == {"MNIST"}


def test_of_processes_that_train_together_one_fetches_for_all(tmp_path: Path, server) -> None:
    second = "from models.cli_files import data_for; print(flush=True); print(len(data_for('mnist').train_images))"
    told = {"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    told |= {"XDG_DATA_HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:1"}  # where nobody answers
    command = [sys.executable, "-c", second]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | told, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout.readline()
        target = tmp_path / "latentlab" / "datasets"
        fetch(small_mnist(server), target, lambda share, words: None, never, server.command(tmp_path))
        assert waiting.communicate(timeout=60)[0] == "20\n"


def test_a_download_that_is_looked_through_for_viruses_comes_a_little_later(
    tmp_path: Path, server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows moves no folder while a file in it is open, and all of it was lost."""
    replace, refused = os.replace, [PermissionError(13, "Access is denied") for _ in range(3)]
    for error in refused:
        error.winerror = 32  # type: ignore[attr-defined]

    def refuse(*paths: Path) -> None:
        if refused:
            raise refused.pop()
        replace(*paths)

    monkeypatch.setattr(os, "replace", refuse)
    fetch(small_mnist(server), tmp_path / "data", lambda share, words: None, never, server.command(tmp_path))
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["MNIST"] and not refused


def test_what_a_killed_process_has_left_is_removed_a_day_later(tmp_path: Path, server) -> None:
    for name, age in (("old", 25 * 3600), ("young", 3600)):
        (tmp_path / f".download-{name}" / "MNIST").mkdir(parents=True)
        os.utime(tmp_path / f".download-{name}", (time.time() - age,) * 2)
    fetch(small_mnist(server), tmp_path, lambda share, words: None, never, server.command(tmp_path))
    assert {path.name for path in tmp_path.glob("[.M]*")} == {".download-young", "MNIST"}


def test_what_is_tidied_up_is_not_taken_for_the_beginning(tmp_path: Path) -> None:
    """A downloader that has removed its archives and takes a while to end: the last words are not the first again."""
    size = 1_000_000
    script = tmp_path / "child.py"
    script.write_text(TIDYING)
    told: list[tuple[float, str]] = []

    def progress(share: float, words: str) -> None:
        told.append((share, words))
        (raw,) = (tmp_path / "data").glob(".download-*")
        if share > 0 and not (raw / "go on").exists():
            (raw / "go on").touch()
        elif (raw / "tidy").exists():
            (raw / "end").touch()

    small = replace(KNOWN["mnist"], download_bytes=2 * size)
    fetch(small, tmp_path / "data", progress, never, [sys.executable, str(script)])
    assert told[-1] == (0.5, "unpacking")
    shares = [share for share, _ in told]
    assert shares == sorted(shares)


TIDYING = """
import sys, time
from pathlib import Path
folder = Path(sys.argv[2])
raw = folder / sys.argv[1] / "raw"
raw.mkdir(parents=True)
def wait(name):
    while not (folder / name).exists():
        time.sleep(0.01)
(raw / "images.gz").write_bytes(bytes(1_000_000))
wait("go on")
(raw / "images.gz").unlink()
(folder / "tidy").touch()
wait("end")
"""


def test_cancel_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    """A downloader that would wait for ever; the window's tests cancel torchvision's own."""
    script = tmp_path / "child.py"
    script.write_text(TIDYING)
    told: list[tuple[float, str]] = []
    target = tmp_path / "data"
    start = time.monotonic()
    with pytest.raises(DownloadCancelled) as caught:
        fetch(
            replace(KNOWN["mnist"], download_bytes=2_000_000),
            target,
            lambda share, words: told.append((share, words)),
            lambda: bool(told) and told[-1][0] > 0,
            [sys.executable, str(script)],
        )
    assert time.monotonic() - start < SILENCE_SECONDS, "the downloader is ended, and not waited for"
    assert str(caught.value) == "The download of MNIST was cancelled; nothing of it was kept."
    assert list(target.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="starts the downloader by a shell")
def test_cancel_waits_for_a_downloader_that_its_starter_has_only_started(tmp_path: Path) -> None:
    """As an environment's Python does on Windows, where what is open cannot be removed."""
    script, ended = tmp_path / "child.py", tmp_path / "ended"
    script.write_text(STARTED)
    told: list[float] = []
    with pytest.raises(DownloadCancelled):
        fetch(
            KNOWN["mnist"],
            tmp_path / "data",
            lambda share, words: told.append(share),
            lambda: bool(told) and told[-1] > 0,
            ["sh", "-c", f"exec 3<&0; '{sys.executable}' '{script}' '{ended}' \"$@\" <&3 & wait", "sh"],
        )
    assert ended.exists() and list((tmp_path / "data").iterdir()) == []


STARTED = """
import sys, time
from pathlib import Path
raw = Path(sys.argv[3]) / sys.argv[2] / "raw"
raw.mkdir(parents=True)
(raw / "images.gz").write_bytes(bytes(1_000_000))
sys.stdin.read()
time.sleep(0.3)
Path(sys.argv[1]).touch()
"""


def test_what_was_there_stays_until_a_download_is_whole(tmp_path: Path, server) -> None:
    target = tmp_path / "data"
    old = target / "MNIST" / "raw" / "train-images-idx3-ubyte"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"half of an older download")
    command = server.command(tmp_path)
    server.files["t10k-images-idx3-ubyte.gz"] = gzip.compress(b"altered on the way")
    with pytest.raises(DatasetError) as caught:
        fetch(small_mnist(server), target, lambda share, words: None, never, command)
    assert str(caught.value) == (
        "MNIST could not be downloaded because what arrived was damaged: try again, or choose a folder that holds "
        "its files."
    )
    assert old.read_bytes() == b"half of an older download"
    assert [path.name for path in target.iterdir()] == ["MNIST"]


WITHOUT_CERTIFICATES = (
    WITHOUT_TORCH
    + """
    import urllib.request
    from ssl import SSLCertVerificationError
    from urllib.error import URLError
    def refuse(*given, **named):
        raise URLError(SSLCertVerificationError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"))
    urllib.request.urlopen = refuse
"""
)


def test_a_python_without_certificates_is_not_taken_for_a_lack_of_network(tmp_path: Path, server) -> None:
    """Such is the one from python.org on a Mac, until a person has installed them."""
    command = server.command(tmp_path, WITHOUT_CERTIFICATES)
    with pytest.raises(DatasetError) as caught:
        fetch(small_mnist(server), tmp_path / "data", lambda share, words: None, never, command)
    assert str(caught.value) == (
        "MNIST could not be downloaded because Python could not verify the server's certificate: on a Mac open "
        f"“Install Certificates.command” in Applications/Python {sys.version_info[0]}.{sys.version_info[1]} once, or "
        "choose a folder that holds its files."
    )


@pytest.mark.parametrize(
    "failure", ["raise RuntimeError('operator torchvision::nms does not exist')", "import os; os._exit(139)"]
)
def test_a_broken_torchvision_gives_the_command_that_mends_it(tmp_path: Path, server, failure: str) -> None:
    with pytest.raises(DatasetError) as caught:
        fetch(
            small_mnist(server),
            tmp_path / "data",
            lambda share, words: None,
            never,
            server.command(tmp_path, failure),
        )
    assert str(caught.value) == (
        "MNIST could not be downloaded because torchvision does not work here; this command mends it: "
        + pip_command("--force-reinstall torch torchvision")
    )


def test_a_torchvision_whose_modules_lie_elsewhere_is_imported_whole(tmp_path: Path) -> None:
    (tmp_path / "torchvision" / "datasets").mkdir(parents=True)
    (tmp_path / "torchvision" / "__init__.py").touch()
    (tmp_path / "torchvision" / "datasets" / "__init__.py").write_text("class MNIST: pass")
    code = "from models.downloads import torchvision_class; print(torchvision_class('MNIST').__module__)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=240)
    assert (done.stdout, done.stderr) == ("torchvision.datasets\n", "")


EMNIST_CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from models.downloads import run_downloader, torchvision_class

def find_class():
    {find}
    return type("EMNIST", (torchvision_class("EMNIST"),), {{"url": {url!r}, "md5": {md5!r}}})

sys.exit(run_downloader(find_class, Path(sys.argv[2])))
"""


def test_of_emnists_one_archive_the_digits_are_kept_and_stand_upright(tmp_path: Path, server) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in server.files.items():
            for split in ("digits", "letters"):
                archive.writestr(f"gzip/emnist-{split}-{name.replace('t10k', 'test')}", content)
    plain = server.plain("t10k-images-idx3-ubyte.gz")
    server.files = {"gzip.zip": packed.getvalue()}
    script, md5 = tmp_path / "child.py", hashlib.md5(packed.getvalue()).hexdigest()
    script.write_text(EMNIST_CHILD.format(root=str(ROOT), find=WITHOUT_TORCH, url=server.url + "gzip.zip", md5=md5))
    small = replace(KNOWN["emnist-digits"], download_bytes=len(packed.getvalue()))
    fetch(small, tmp_path / "data", lambda share, words: None, never, [sys.executable, str(script)])
    kept = sorted(path.name for path in (tmp_path / "data" / "EMNIST" / "raw").iterdir())
    assert kept == sorted(
        f"emnist-digits-{part}-{what}-ubyte" for part in ("train", "test") for what in ("images-idx3", "labels-idx1")
    )
    data = load_folder(tmp_path / "data" / "EMNIST")
    lying = np.frombuffer(plain[16:], np.uint8).reshape(10, 28, 28)
    assert np.array_equal(data.test_images, lying.transpose(0, 2, 1))


def test_a_disk_that_gives_out_on_the_way_is_one_sentence(tmp_path: Path, server) -> None:
    full = WITHOUT_TORCH + "    import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))"
    with pytest.raises(DatasetError) as caught:
        fetch(small_mnist(server), tmp_path / "data", lambda share, words: None, never, server.command(tmp_path, full))
    assert str(caught.value) == "MNIST could not be downloaded: file too large."
    assert list((tmp_path / "data").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, server) -> None:
    blocked = tmp_path / "a file"
    blocked.write_bytes(b"")
    with pytest.raises(DatasetError) as caught:
        fetch(small_mnist(server), blocked / "data", lambda share, words: None, never, server.command(tmp_path))
    assert str(caught.value) == f"MNIST could not be saved to “{blocked / 'data'}”: not a directory."
