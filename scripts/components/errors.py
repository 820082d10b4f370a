"""The only exception of components, inputs and nn, and messages of limited length for all packages."""


class SettingsError(ValueError):
    """A setting is unknown or cannot work; the message names it and the expected value."""

    user_error = True


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
