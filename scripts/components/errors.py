"""The only exception of components, inputs and nn."""


class SettingsError(ValueError):
    """A setting is unknown or cannot work; the message names it and what is expected."""

    user_error = True
