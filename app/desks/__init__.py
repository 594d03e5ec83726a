"""The parts of the session, each with one thing that a person does; they know no panel."""
