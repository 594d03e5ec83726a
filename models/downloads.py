"""Fetches a dataset with torchvision's own downloader, in a process of its own that can be watched and ended.

torchvision reports to a terminal and cannot be interrupted, and a broken installation of it can take the process down;
so it runs as `python -P -m models.downloads CLASS FOLDER` (whatever is called models in the current folder is not
ours), the growth of its files is the progress, and to cancel is to end it. Nothing reaches the data folder before
everything is there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pathlib import Path

from models.files import put_in_place, reason
from models.idx import DatasetError
from models.idx_folder import find_files
from models.known_data import DatasetInfo
from models.mending import pip_command

LOOKS_PER_SECOND = 5
SILENCE_SECONDS = 60  # after which a server counts as not answering
CHECKOUT = Path(__file__).resolve().parent.parent
STAGING = ".download-"
LONGEST_DOWNLOAD = 24 * 3600  # seconds
LONGEST_SCAN = 10.0  # seconds that a guard against viruses may look through new files
PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"
MENDING = "--force-reinstall torch torchvision"


class DownloadCancelled(Exception):
    """The person gave the download up; nothing of it was kept. The text says so in one sentence."""


def fetch(
    info: DatasetInfo,
    folder: Path,
    progress: Callable[[float, str], None],
    cancelled: Callable[[], bool],
    command: Sequence[str] = (sys.executable, "-P", "-m", "models.downloads"),
) -> None:
    """Puts torchvision's folder of a dataset into `folder`, whole or not at all.

    `command` starts the downloader; torchvision's class name and a folder are appended. Raises DatasetError or
    DownloadCancelled.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _tidy(folder)
        with tempfile.TemporaryDirectory(prefix=STAGING, dir=folder, ignore_cleanup_errors=True) as staging:
            problem = _watched([*command, info.folder, staging], Path(staging), info, progress, cancelled)
            if problem:
                raise DatasetError(problem)
            _put(Path(staging) / info.folder, folder / info.folder)
    except OSError as error:
        raise DatasetError(f"{info.title} could not be saved to “{folder}”: {reason(error)}.") from None


def _tidy(folder: Path) -> None:
    """Removes what processes that were killed have left."""
    for left in folder.glob(f"{STAGING}*"):
        with suppress(FileNotFoundError):  # another process's download may end while we look
            if time.time() - left.stat().st_mtime > LONGEST_DOWNLOAD:
                shutil.rmtree(left, ignore_errors=True)


def _put(fetched: Path, place: Path) -> None:
    """Moves it there, unless another process was first, which may be reading its files already; raises OSError."""
    if _is_whole(place):
        return
    shutil.rmtree(place, ignore_errors=True)  # what is left of an older, incomplete one
    try:
        put_in_place(fetched, place, LONGEST_SCAN)
    except OSError:
        if not _is_whole(place):
            raise


def _is_whole(place: Path) -> bool:
    try:
        find_files(place)
    except DatasetError:
        return False
    return True


def _watched(
    command: list[str],
    staging: Path,
    info: DatasetInfo,
    progress: Callable[[float, str], None],
    cancelled: Callable[[], bool],
) -> str:
    """Runs the downloader to its end; what went wrong, as a sentence, or nothing."""
    paths = [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]  # an empty one would be the current folder
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,  # closed when this process ends, whatever ends it: then the child ends too
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    most = 0
    try:
        while child.poll() is None:
            if cancelled():
                raise DownloadCancelled(f"The download of {info.title} was cancelled; nothing of it was kept.")
            fetched = _fetched(staging)
            most = max(most, fetched)
            progress(*_progress(most, fetched < most, info))
            time.sleep(1 / LOOKS_PER_SECOND)
        answer = child.stdout.read() if child.stdout else b""
        return _problem(info, child.returncode, answer)
    finally:
        child.kill()
        child.communicate()  # until its pipes are closed: an environment's Python on Windows has only started another


def _fetched(staging: Path) -> int:
    """The bytes of the archives that are there."""
    fetched = 0
    for pattern in ("*/raw/*.gz", "*/raw/*.zip"):
        for path in staging.glob(pattern):
            try:
                fetched += path.stat().st_size
            except FileNotFoundError:  # torchvision tidies up while we look
                continue
    return fetched


def _progress(fetched: int, tidying: bool, info: DatasetInfo) -> tuple[float, str]:
    share = min(1.0, fetched / info.download_bytes)
    if fetched == 0:
        return 0.0, "connecting"
    if share < 1 and not tidying:
        return share, f"{fetched / 1e6:.1f} of {info.download_bytes / 1e6:.1f} MB"
    return share, "unpacking"


def _problem(info: DatasetInfo, returncode: int, answer: bytes) -> str:
    if returncode == 0:
        return ""
    try:
        kind, detail = json.loads(answer.splitlines()[-1])  # older versions of torchvision talk before
    except (ValueError, IndexError):  # the process was taken down before it could say why
        kind, detail = "torchvision", ""
    instead = "or choose a folder that holds its files."
    return {
        "network": f"{info.title} could not be downloaded because no server that has it could be reached: check the "
        f"network, {instead}",
        "certificates": f"{info.title} could not be downloaded because Python could not verify the server's "
        f"certificate: on a Mac open “Install Certificates.command” in Applications/{PYTHON} once, {instead}",
        "checksum": f"{info.title} could not be downloaded because what arrived was damaged: try again, {instead}",
        "disk": f"{info.title} could not be downloaded: {detail}.",
        "torchvision": f"{info.title} could not be downloaded because torchvision does not work here; "
        f"this command mends it: {pip_command(MENDING)}",
    }[kind]


def run_downloader(find_class: Callable[[], type], folder: Path) -> int:
    """The child's whole life: download, tidy up, and print what went wrong as one line of JSON; the exit status."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        dataset_class = find_class()
    except Exception as error:  # a torchvision that does not fit its torch fails in many ways
        return _say("torchvision", str(error))
    try:
        _download(dataset_class, folder)
    except OSError as error:
        from urllib.error import URLError

        network = isinstance(error, (URLError, TimeoutError, ConnectionError))
        return _say(_failed_by(error) if network else "disk", reason(error))
    except RuntimeError as error:  # torchvision's word for servers that fail, and for a wrong checksum
        return _say("checksum" if "corrupted" in str(error) else _failed_by(error), str(error))
    return 0


def _failed_by(error: Exception) -> str:
    """Python from python.org has no certificates on a Mac before a person has installed them."""
    return "certificates" if "CERTIFICATE_VERIFY_FAILED" in str(error) else "network"


def _download(dataset_class: type, folder: Path) -> None:
    import socket

    socket.setdefaulttimeout(SILENCE_SECONDS)
    raw = folder / dataset_class.__name__ / "raw"
    split = {"split": "digits"} if dataset_class.__name__ == "EMNIST" else {}
    dataset_class(folder, download=True, **split)
    for path in raw.iterdir():  # unpacked files are read faster; EMNIST brings other sets that nobody asked for
        if path.suffix in (".gz", ".zip") or (split and not path.name.startswith("emnist-digits-")):
            path.unlink()


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # not sys.stdin.read(), whose lock Python wants when it ends
        pass
    os._exit(1)


def _say(kind: str, detail: str) -> int:
    print(json.dumps([kind, detail]))
    return 1


def torchvision_class(name: str) -> type:
    """The class of torchvision for one of the datasets, in a process that needs nothing else of torchvision.

    All of it would import torch's compiler: twice the time, and 100 MB. If they lie elsewhere, all is imported.
    """
    packages = ("torchvision", "torchvision.datasets")
    try:
        for package in packages:
            if (spec := find_spec(package)) is None:
                raise ModuleNotFoundError(package)
            sys.modules[package] = module_from_spec(spec)  # its modules can be found, but it is not run
        return getattr(import_module("torchvision.datasets.mnist"), name)
    except (ImportError, AttributeError):
        for package in packages:
            sys.modules.pop(package, None)
        return getattr(import_module("torchvision.datasets"), name)


if __name__ == "__main__":
    sys.exit(run_downloader(lambda: torchvision_class(sys.argv[1]), Path(sys.argv[2])))
