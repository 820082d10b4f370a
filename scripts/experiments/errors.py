"""The error of this package."""


class ConfigError(ValueError):
    """A mistake in config.yaml: the message names the key, the value and what is allowed."""

    user_error = True
