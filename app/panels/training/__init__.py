"""The training form: fields, buttons, devices and progress."""
