"""What the message bar offers to do about what it says: the main window's third sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.phase import IN_A_MOMENT, MEND_FIRST, Phase
from models.config import RunConfig

if TYPE_CHECKING:
    from app.panels.message_bar import MessageBar
    from app.panels.training.panel import TrainingPanel
    from app.session import Session


def make_offers(session: Session, form: TrainingPanel, bar: MessageBar) -> None:
    """To use the images that have come; to train again with less where memory ran out; to keep what was stopped.

    What was said before a training, such as “press Train”, is past when it starts.
    """

    def offer_dataset(sentence: str, name: str) -> None:
        bar.show_message(sentence, "good", "Use it", lambda: session.data.choose(name))

    def offer_less() -> None:
        config, device = session.config, session.device
        less = {}
        if config.batch_size > 1:
            less["Halve the batch"] = lambda: train_again(config.replace(batch_size=config.batch_size // 2), device)
        if device != "cpu":
            less["Use the CPU"] = lambda: train_again(config, "cpu")
        bar.offer(less)

    def train_again(config: RunConfig, device: str) -> None:
        if session.may_train():  # another training may have begun since
            form.choose(config, device)
            session.start_training()

    def offer_to_keep() -> None:
        view = session.view
        if view is not None and view.history is not None and len(view.history.steps):
            bar.offer({"Keep it": lambda: session.keep(view)})

    def withdraw(phase: Phase) -> None:
        if phase is Phase.STARTING:
            bar.withdraw()

    session.training.phase_changed.connect(withdraw)
    session.data.fetched.connect(offer_dataset)
    session.training.memory_ran_out.connect(offer_less)
    session.training.stopped.connect(offer_to_keep)  # the session, which was there before, has said what was stopped


def tell_what_bars(session: Session, form: TrainingPanel, bar: MessageBar) -> None:
    """A form that is not right, and twins in training, bar a training: the session and the form's buttons know both.

    Who came too early is told when the moment has come: the sentence would stand for good.
    """

    def tell_that_it_can_start() -> None:
        said = bar.messages[-1].text if bar.messages else ""
        if said.endswith(IN_A_MOMENT) and session.torch_is_ready and session.data.dataset is not None:
            bar.show_message("All is loaded: training can start now.", "good")

    session.torch_ready.connect(lambda *_: tell_that_it_can_start())
    session.data.dataset_changed.connect(lambda *_: tell_that_it_can_start())
    form.validity_changed.connect(session.note_form)
    form.validity_changed.connect(lambda right: bar.withdraw_failure(MEND_FIRST) if right else None)
    form.refused.connect(lambda sentence: bar.show_message(sentence, "info"))
    session.twins.runs.training.phase_changed.connect(lambda phase: form.show_twins(phase is not Phase.IDLE))
