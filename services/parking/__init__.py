"""The parking service: keeps what could not be handled, shows it, sends it again."""
