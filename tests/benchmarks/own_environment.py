"""A display and folders for a benchmark that opens a window; to be called before Qt and numpy are imported."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from app.__main__ import compute_on_one_core
from tests import offscreen

_home: list[tempfile.TemporaryDirectory] = []


def add_platform_option(parser: argparse.ArgumentParser) -> None:
    """`--platform NAME`, by default what QT_QPA_PLATFORM says, else offscreen."""
    parser.add_argument(
        "--platform",
        default=os.environ.get("QT_QPA_PLATFORM") or "offscreen",
        help="Qt's platform: offscreen, or for instance xcb under `xvfb-run -s '-screen 0 1280x800x24 -noreset'`",
    )


def prepare(platform: str) -> None:
    """Choose the display and the program's threads, and keep what it saves out of the person's own folders."""
    compute_on_one_core()
    _home.append(tempfile.TemporaryDirectory(prefix="latentlab-benchmark-"))
    own = offscreen.platform(Path(_home[-1].name))
    os.environ["QT_QPA_PLATFORM"] = own if platform == "offscreen" else platform
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        os.environ[name] = str(Path(_home[-1].name) / name)
