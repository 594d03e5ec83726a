"""A session with real networks, files and threads, what it last told, and a stroke that a hand draws."""

from __future__ import annotations

import numpy as np
import pytest

from app.session import Session
from models.checkpoint import load_run
from models.config import RunConfig

SMALL = RunConfig(encoder=(32,), decoder=(32,), batch_size=100, epochs=2)


class Seen:
    """The last arguments of each signal, and all messages."""

    def __init__(self, session):
        self.last = {}
        self.messages = []
        look, sketch, strip = session.look, session.sketch, session.strip
        for name, signal in {
            "codes": session.codes_shown,
            "view": session.view_shown,
            "projection": session.projection_shown,
            "pin": look.pin_shown,
            "decoded": look.decoded_shown,
            "original": look.original_shown,
            "hover": look.hover_shown,
            "reading": sketch.read,
            "placed": sketch.placed,
            "sketch_cleared": sketch.cleared,
            "strip": strip.strip_shown,
            "path": strip.path_shown,
            "ends": strip.ends_shown,
            "lines": session.losses.lines_shown,
        }.items():
            signal.connect(lambda *args, name=name: self.last.__setitem__(name, args))
        session.message.connect(lambda text, kind: self.messages.append((text, kind)))


def saved(qtbot, session, path):
    """What the session looks at, saved and read again."""
    session.save_run(path)
    qtbot.waitUntil(path.exists, timeout=20_000)
    return load_run(path)


@pytest.fixture
def session(qtbot):
    made = Session()
    yield made
    made.close()


@pytest.fixture
def seen(session):
    return Seen(session)


@pytest.fixture
def awake(qtbot, session, seen, vae_file):
    """A session that looks through the small VAE, torch being there."""
    session.open_run(vae_file)
    session.warm_up()
    qtbot.waitUntil(lambda: session.torch_is_ready, timeout=60_000)
    return session


def use(qtbot, session, name):
    session.data.choose(name)
    qtbot.waitUntil(lambda: session.data.dataset is not None, timeout=20_000)


def stroke():
    ink = np.zeros((200, 200), np.float32)
    ink[40:160, 95:110] = 1
    return ink
