"""Mistakes of the user, and messages of limited length."""


class UserError(ValueError):
    """A mistake of the user: a program prints the message without a traceback (cli.run)."""


class SettingsError(UserError):
    """A setting is unknown or cannot work; the message names it and the expected value."""


def as_errors(message: Exception | str) -> str:
    """Return a message for the screen: each of its lines is an error."""
    return "\n".join(f"error: {line}" for line in str(message).split("\n"))


def shortened(message: str, longest_line: int, room: int) -> str:
    """Return a message of about `room` characters: long lines lose their middle, many lines the last."""
    kept, lines, half = [], message.split("\n"), longest_line // 2
    for number, line in enumerate(lines):
        if len(line) > longest_line:
            line = f"{line[:half]} [...] {line[-half:]}"
        room -= len(line) + 1
        if room < 0:
            kept.append(f"and {len(lines) - number} more")
            break
        kept.append(line)
    return "\n".join(kept)
