"""The package's one exception, and the limit that all formats have."""

MOST_CLASSES = 256  # labels are 8-bit


class DatasetError(ValueError):
    """Data that cannot be fetched, read or used; the message says what to do."""

    user_error = True  # a program prints the message without a traceback (artifacts.cli)
