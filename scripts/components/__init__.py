"""Components: the parts of inputs and networks that a config chooses by name, with their arguments.

What a component may be is told by its constructor's annotations (`arguments`); one is found by its
name in a registry, a plain dictionary (`registry`). Random numbers come from generators, one a
purpose (`randomness`). `inputs` and `nn` build on this package, and on nothing else here.
"""

from .errors import SettingsError
from .randomness import streams
from .registry import arguments_of

__all__ = ["SettingsError", "arguments_of", "streams"]
