"""Digest the code of a program and of all that it imports.

As a parameter of its rule, the digest reruns a stage after a change of its code, but not after a touch, a
fresh checkout, or a change of comments, docstrings or layout.
"""

import ast
import hashlib
import json
import sys
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from files.artifacts import write_text

# Packages that decide the bytes of results, by import name.
DECIDING = {
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "PIL": "pillow",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
}


def digest(program: str | Path, portable: bool = False) -> str:
    """Return the SHA-256 of a program, the project's modules that it imports, and its packages.

    Of a package only modules that define an imported name count, or all if the package itself is
    imported. Portable kernels give other bits, so the digest then ends in " portable".
    """
    content = hashlib.sha256()
    modules, packages = closure(Path(program))
    for path in sorted(modules, key=lambda path: path.parts[-2:]):
        content.update(f"{path.stem} {_known(path)[1]}\n".encode())
    for package in sorted(packages):
        content.update(f"{package} {version(package)}\n".encode())
    return f"{content.hexdigest()} portable" if portable else content.hexdigest()


@cache
def version(package: str) -> str:
    """Return the version of an installed package."""
    return metadata.version(package)


def closure(program: Path) -> tuple[set[Path], set[str]]:
    """Return a program, the project's modules that it imports, and its packages."""
    modules: set[Path] = set()
    packages: set[str] = set()
    waiting = {program}
    while waiting:
        module = waiting.pop()
        modules.add(module)
        files, names = _behind(module, program.parent)
        waiting |= files - modules
        packages |= names
    return modules, packages


@cache
def _behind(module: Path, scripts: Path) -> tuple[set[Path], set[str]]:
    """Return the project's modules that a module imports, and its packages."""
    imports = _known(module)[0]
    files = {
        file
        for name, imported in imports
        if name not in DECIDING
        for file in _found(module, scripts, name, imported)
        # This module decides no bytes. Its own path may be written in another way.
        if file.parts[-2:] != Path(__file__).parts[-2:]
    }
    return files, {DECIDING[name] for name, _ in imports if name in DECIDING}


@cache
def _known(module: Path) -> list[Any]:
    """Return the imports of a module, and the SHA-256 of its syntax.

    Both are cached in `__pycache__`: parsing all modules takes 0.6 s.
    """
    content = module.read_bytes()
    made_from = hashlib.sha256(Path(__file__).read_bytes() + content).hexdigest()
    kept = module.parent / "__pycache__" / f"{module.stem}.syntax.json"
    with suppress(OSError, ValueError):
        before, *known = json.loads(kept.read_text(encoding="utf-8"))
        if before == made_from:
            return known
    running = Running()
    tree = running.visit(ast.parse(content))
    known = [running.imports, hashlib.sha256(_text(tree).encode()).hexdigest()]
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            write_text(kept, json.dumps([made_from, *known]))
    return known


TYPES_ALONE = ("TYPE_CHECKING", "typing.TYPE_CHECKING")


class Running(ast.NodeTransformer):
    """Drops docstrings and code for type checkers, and lists all imports, also those inside functions.

    An import is a module with the imported names. Relative modules start with a dot; absolute ones are
    cut to the top-level name.
    """

    def __init__(self) -> None:
        self.imports: list[tuple[str, list[str]]] = []

    def visit_Import(self, node: ast.Import) -> ast.AST:
        self.imports += [(alias.name.split(".")[0], []) for alias in node.names]
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        names = [alias.name for alias in node.names]
        top, _, rest = (node.module or "").partition(".")
        if node.level:
            self.imports.append((f"{'.' * node.level}{node.module or ''}", names))
        else:
            self.imports.append((top, [rest] if rest else names))
        return node

    def visit_If(self, node: ast.If) -> Any:
        if ast.unparse(node.test) not in TYPES_ALONE:
            return self.generic_visit(node)
        node.body = []
        return self.generic_visit(node).orelse

    def _without_docstring(self, node: Any) -> ast.AST:
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        return self.generic_visit(node)

    visit_Module = visit_ClassDef = visit_FunctionDef = _without_docstring


def _found(module: Path, scripts: Path, name: str, imported: list[str]) -> list[Path]:
    """Return the files behind one import; none for a module outside the project.

    An ``__init__.py`` counts if it does more than import names.
    """
    if name.startswith("."):
        inner = name.lstrip(".")
        place = module.parents[len(name) - len(inner) - 1] / inner.replace(".", "/")
        if inner and not place.is_dir():
            return [place.with_suffix(".py")]
        files = [place / f"{part}.py" for part in imported]
        found = [path for path in files if path.exists()]
        return sorted(place.glob("*.py")) if inner and not found else found
    if (scripts / f"{name}.py").exists():
        return [scripts / f"{name}.py"]
    package = scripts / name
    if not package.is_dir():
        return []
    if not imported:
        return sorted(package.glob("*.py"))
    itself = package / "__init__.py"
    given = {part: source[1:] for source, parts in _known(itself)[0] for part in parts}
    files = [package / f"{given.get(part, part).replace('.', '/')}.py" for part in imported]
    found = [path if path.exists() else itself for path in files]
    return found if given else [*found, itself]


def _text(part: Any) -> str:
    """Dump a syntax tree as `ast.dump` does, without empty fields, which later versions of Python add."""
    if isinstance(part, list):
        return f"[{','.join(map(_text, part))}]"
    if not isinstance(part, ast.AST):
        return repr(part)
    fields = ((name, getattr(part, name, None)) for name in part._fields)
    texts = [f"{name}={_text(value)}" for name, value in fields if value not in (None, [])]
    return f"{type(part).__name__}({','.join(texts)})"
