"""Components: the parts of inputs and networks that a config chooses by name, with their arguments.

The annotations of a constructor define a component's arguments (`arguments`), and registries map
names to constructors (`registry`). Each purpose has its own random generator (`randomness`).
`inputs` and `nn` build on this package, and on nothing else here.
"""

from .errors import SettingsError
from .randomness import streams
from .registry import arguments_of
