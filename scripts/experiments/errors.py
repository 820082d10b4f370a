"""The error of this package."""

LONGEST_LINE, LONGEST_MESSAGE = 800, 1900  # characters


class ConfigError(ValueError):
    """A mistake in config.yaml: the message names the key, the value and what is allowed.

    It has a line for each mistake: a line that is too long loses its middle, a message its last lines.
    """

    user_error = True

    def __init__(self, message: str, room: int = LONGEST_MESSAGE):
        half, lines = LONGEST_LINE // 2, message.split("\n")
        lines = [x if len(x) <= 2 * half else f"{x[:half]} [...] {x[-half:]}" for x in lines]
        kept = [line for line in lines if (room := room - len(line) - 1) >= 0]
        kept += [f"and {len(lines) - len(kept)} more"] * (len(kept) < len(lines))
        super().__init__("\n".join(kept))
