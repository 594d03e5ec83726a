"""Rate and distortion of a sweep's runs."""
