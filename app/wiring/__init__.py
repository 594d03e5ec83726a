"""What connects panels and session, beside the main window itself."""
