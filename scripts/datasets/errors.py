"""The package's one exception."""


class DatasetError(ValueError):
    """Data that cannot be fetched, read or used; the message says what to do."""

    user_error = True  # a program prints the message without a traceback (artifacts.cli)
