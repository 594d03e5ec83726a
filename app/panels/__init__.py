"""The panels of the window, one file each: signals out, `show_*` in; none knows the session."""
