"""The only exception of components, inputs and nn."""


class SettingsError(ValueError):
    """A setting is unknown or cannot work; the message names it and the expected value."""

    user_error = True
