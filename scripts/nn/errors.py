"""The one exception of this package."""


class SettingsError(ValueError):
    """A setting is unknown or cannot work; the message says which, and what is expected."""

    user_error = True
