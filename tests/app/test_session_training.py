"""Training through the real thread: phases, pause, single steps, stop, restart, dials, and a loss that diverges."""

from __future__ import annotations

import gc
from dataclasses import fields

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from app import training_thread
from app.desks import training
from app.desks.training import TrainingControl
from app.phase import Phase
from models.checkpoint import History, load_run
from models.config import Hardware, RunConfig
from models.facts import StepDone

LONG = RunConfig(encoder=(32,), decoder=(32,), batch_size=50, epochs=2000)
SHORT = LONG.replace(epochs=2)


@pytest.fixture
def control(qtbot):
    made = TrainingControl()
    yield made
    made.close()


def record(control):
    seen = {"phases": [], "steps": [], "epochs": [], "runs": [], "failed": [], "stopped": 0, "moved": []}
    control.phase_changed.connect(seen["phases"].append)
    control.steps_done.connect(lambda steps, *_: seen["steps"].extend(steps.tolist()))
    control.epoch_done.connect(seen["epochs"].append)
    control.finished.connect(lambda run, refusal: seen["runs"].append(run))
    control.failed.connect(seen["failed"].append)
    control.codes_moved.connect(seen["moved"].extend)
    control.stopped.connect(lambda: seen.update(stopped=seen["stopped"] + 1))
    return seen


def running(control, seen):
    return lambda: control.phase is Phase.TRAINING and len(seen["steps"]) > 3


def test_a_whole_run_tells_every_step_once_and_in_order(qtbot, control, digits):
    seen = record(control)
    control.start(SHORT, digits, Hardware(), "short")
    qtbot.waitUntil(lambda: control.phase is Phase.IDLE, timeout=30_000)
    assert seen["phases"] == [Phase.STARTING, Phase.TRAINING, Phase.IDLE]
    assert seen["steps"] == list(range(1, 61))
    assert [fact.epoch for fact in seen["epochs"]] == [1, 2]
    (run,) = seen["runs"]
    assert run.codes.shape == (297, 2) and run.name == "short" and load_run(run.path).name == "short"
    assert seen["moved"][0].step == 0 and len(seen["moved"][0].indices) == 297
    history = control.history()
    assert history.steps.tolist() == seen["steps"] and history.epoch_steps.tolist() == [30, 60]
    for each in fields(History):
        told, kept = (getattr(one, each.name) for one in (history, run.history))
        np.testing.assert_allclose(told, kept, rtol=1e-6, err_msg=each.name)


def test_pace_and_what_is_left_fit_together_and_the_epoch_is_the_one_of_the_step(qtbot, control, digits, monkeypatch):
    monkeypatch.setattr(training, "PROGRESS_SECONDS", 0.0)
    told = []
    control.progressed.connect(lambda *each: told.append(each))
    control.start(LONG.replace(batch_size=1500, epochs=200), digits, Hardware(), "paced")
    qtbot.waitUntil(lambda: control.phase is Phase.IDLE, timeout=30_000)
    for epoch, epochs, share, images_per_second, left in told:
        step = round(200 * share)
        assert (epoch, epochs) == (step, 200), "one step is an epoch"
        assert (left is None) == (images_per_second == 0)
        if left is not None:
            assert left * images_per_second == pytest.approx((200 - step) * 1500)
    assert len(told) > 2 and told[-1][2] == 1.0 and told[-1][4] == 0.0


def test_a_pause_does_not_count_as_slowness(qtbot, control, digits, monkeypatch):
    monkeypatch.setattr(training, "PROGRESS_SECONDS", 0.0)
    seen, told = record(control), []
    control.progressed.connect(lambda *each: told.append(each))
    control.start(LONG, digits, Hardware(), "long")
    qtbot.waitUntil(lambda: running(control, seen)() and told[-1][4] is not None, timeout=30_000)
    paused_at(control, seen)
    told.clear()
    control.resume()
    qtbot.waitUntil(lambda: len(told) > 0)
    assert told[0][3:] == (0.0, None), "the pace is not known before two looks"


def let_the_window_look(qtbot, control):
    """Let it take the facts that wait, so often that a training that runs on is noticed."""
    for _ in range(5):
        with qtbot.waitSignal(control.findChild(QTimer).timeout):
            pass


def paused_at(control, seen):
    """Pause, and the last step told by then; one more may be under way and is told later."""
    control.pause()
    assert control.phase is Phase.PAUSED
    control.drain()
    return seen["steps"][-1]


def test_pause_holds_and_each_step_is_one_step(qtbot, control, digits):
    seen = record(control)
    control.start(LONG, digits, Hardware(), "long")
    qtbot.waitUntil(running(control, seen), timeout=30_000)
    before = paused_at(control, seen)
    control.resume()
    qtbot.waitUntil(lambda: seen["steps"][-1] > before + 10)
    at = paused_at(control, seen)
    for count in (1, 2, 3):
        control.step()
        qtbot.waitUntil(lambda count=count: seen["steps"][-1] >= at + count)
    let_the_window_look(qtbot, control)
    control.stop()
    qtbot.waitUntil(lambda: control.phase is Phase.IDLE, timeout=2_000)
    assert seen["steps"][-1] - at in (3, 4), "those asked for, and the one that was under way"
    shown = {fact.step for fact in seen["moved"]}
    assert set(seen["steps"][-3:]) <= shown, "each single step's codes are shown with it"
    assert seen["steps"] == list(range(1, seen["steps"][-1] + 1))


def test_a_device_that_runs_ahead_is_paused_where_its_network_is(qtbot, control, digits, device_ahead):
    seen, ahead = record(control), []
    original = control._tell_steps
    control._tell_steps = lambda steps: (ahead.extend(each.ahead for each in steps), original(steps))
    control.start(LONG, digits, Hardware(), "long")
    qtbot.waitUntil(lambda: running(control, seen)() and max(device_ahead) > 3, timeout=30_000)
    control.pause()
    let_the_window_look(qtbot, control)
    assert ahead[-1] == 0, "all that was learned is told"
    at = seen["steps"][-1]
    for count in (1, 2, 3):
        control.step()
        qtbot.waitUntil(lambda count=count: seen["steps"][-1] == at + count)
    let_the_window_look(qtbot, control)
    assert seen["steps"] == list(range(1, at + 4))
    assert [fact.step for fact in seen["moved"][-3:]] == [at + 1, at + 2, at + 3], "each step's codes come with it"
    control.resume()
    qtbot.waitUntil(lambda: max(ahead[at + 3 :], default=0) > 3)
    control.stop()
    qtbot.waitUntil(lambda: control.phase is Phase.IDLE, timeout=2_000)
    assert ahead[-1] == 0


def test_a_long_training_costs_the_window_no_more_than_a_short_one(qtbot, control, digits):
    """Lessons ask for its losses several times a second."""
    seen = record(control)
    control.start(LONG, digits, Hardware(), "long")
    qtbot.waitUntil(lambda: len(seen["steps"]) > 200, timeout=30_000)
    control.pause()
    let_the_window_look(qtbot, control)
    history, again = control.history(), control.history()
    assert history.steps.tolist() == seen["steps"]
    assert np.shares_memory(history.total, again.total), "nothing is copied or put together"
    kept = sum(isinstance(each, StepDone) for each in gc.get_objects())
    assert kept < 10, "no step's fact is kept, but for those that the thread is about to tell"


def test_stop_in_the_middle_and_start_again(qtbot, control, digits):
    seen = record(control)
    for _ in range(2):
        control.start(LONG, digits, Hardware(), "long")
        qtbot.waitUntil(running(control, seen), timeout=30_000)
        control.stop()
        assert control.phase is Phase.STOPPING
        qtbot.waitUntil(lambda: control.phase is Phase.IDLE, timeout=2_000)
        assert control.history().steps.tolist() == seen["steps"], "of this training alone"
        seen["steps"].clear()
    assert seen["stopped"] == 2 and not seen["runs"] and not seen["failed"]


def test_stop_while_paused(qtbot, control, digits):
    seen = record(control)
    control.start(LONG, digits, Hardware(), "long")
    qtbot.waitUntil(running(control, seen), timeout=30_000)
    control.pause()
    control.stop()
    qtbot.waitUntil(lambda: control.phase is Phase.IDLE, timeout=2_000)
    assert seen["stopped"] == 1


def test_close_in_the_middle_waits_for_the_thread(qtbot, let_turns_pass, control, digits):
    seen = record(control)
    control.start(LONG, digits, Hardware(), "long")
    qtbot.waitUntil(running(control, seen), timeout=30_000)
    control.close()
    told = len(seen["steps"])
    assert not control.findChild(QTimer).isActive(), "nothing is going to be told"
    control.drain()
    let_turns_pass()
    assert len(seen["steps"]) == told


def test_slow_motion_rests_after_a_step_and_can_be_left(qtbot, control, digits, monkeypatch):
    monkeypatch.setattr(training_thread, "SLOW_MOTION_SECONDS", 3600)
    seen = record(control)
    control.set_slow_motion(True)
    control.start(LONG, digits, Hardware(), "long")
    qtbot.waitUntil(lambda: len(seen["steps"]) >= 1, timeout=30_000)
    let_the_window_look(qtbot, control)
    assert seen["steps"] == [1]
    control.set_slow_motion(False)
    qtbot.waitUntil(lambda: len(seen["steps"]) > 60, timeout=10_000)


def test_a_loss_that_is_not_finite_is_one_sentence(qtbot, control, digits):
    seen = record(control)
    config = LONG.replace(kind="ae", loss="mse", output="linear", activation="linear", optimiser="adam",
                          learning_rate=1.0, schedule="constant", gradient_clip=0.0, encoder=(512,) * 8,
                          decoder=(512,) * 8)  # fmt: skip
    control.start(config, digits, Hardware(), "diverges")
    qtbot.waitUntil(lambda: control.phase is Phase.IDLE, timeout=60_000)
    (sentence,) = seen["failed"]
    assert sentence.startswith("The loss stopped being a finite number in epoch")
    assert "\n" not in sentence
    assert not seen["runs"] and seen["stopped"] == 0


def test_what_a_phase_does_not_allow_does_nothing(qtbot, control, digits):
    for method in (control.pause, control.resume, control.step, control.stop):
        method()
    assert control.phase is Phase.IDLE
    seen = record(control)
    control.start(LONG, digits, Hardware(), "one")
    control.start(LONG, digits, Hardware(), "two")
    qtbot.waitUntil(running(control, seen), timeout=30_000)
    control.resume()
    control.step()
    assert control.phase is Phase.TRAINING
    assert seen["phases"] == [Phase.STARTING, Phase.TRAINING]


def test_dials_reach_the_next_steps(qtbot, control, digits):
    rates = []
    control.start(LONG.replace(schedule="constant"), digits, Hardware(), "dials")
    original = control._tell_steps
    control._tell_steps = lambda steps: (rates.extend((s.learning_rate, s.beta) for s in steps), original(steps))
    control._timer.timeout.connect(control.drain)
    qtbot.waitUntil(lambda: len(rates) > 3, timeout=30_000)
    control.set_learning_rate(0.001)
    control.set_beta(7.0)
    qtbot.waitUntil(lambda: rates[-1] == (0.001, 7.0))
    assert rates[0] == (0.008, 1.0)


def test_a_dial_turned_after_the_end_has_no_part_in_the_run(qtbot, control, digits):
    seen = record(control)
    control.start(LONG, digits, Hardware(), "long")
    qtbot.waitUntil(running(control, seen), timeout=30_000)
    control.set_beta(2.0)
    control.stop()
    control.set_beta(50.0)  # as a field does that is switched off before its number was meant
    control.set_learning_rate(0.5)
    qtbot.waitUntil(lambda: control.phase is Phase.IDLE, timeout=2_000)
    control.set_beta(60.0)
    assert control.config_at_end() == LONG.replace(beta=2.0)


def test_a_dial_turned_in_a_pause_has_its_part_from_the_next_step_on(qtbot, control, digits):
    """A network that is stopped in that pause has learned nothing with it."""
    seen = record(control)
    control.start(LONG, digits, Hardware(), "long")
    qtbot.waitUntil(running(control, seen), timeout=30_000)
    control.set_beta(2.0)
    at = paused_at(control, seen)
    control.set_beta(50.0)
    assert control.config_at_end() == LONG.replace(beta=2.0)
    control.step()
    qtbot.waitUntil(lambda: seen["steps"][-1] > at)
    assert control.config_at_end() == LONG.replace(beta=50.0)
    control.set_beta(70.0)
    control.stop()
    qtbot.waitUntil(lambda: control.phase is Phase.IDLE)
    assert control.config_at_end() == LONG.replace(beta=50.0)
