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
    return content.hexdigest() + " portable" * portable


@cache
def version(package: str) -> str:
    """Return the version of an installed package."""
    return metadata.version(package)


def closure(program: Path) -> tuple[set[Path], set[str]]:
    """Return a program, the project's modules that it imports, and its packages."""
    modules: set[Path] = set()
    packages: set[str] = set()
    waiting = [program]
    while waiting:
        module = waiting.pop()
        # This module decides no bytes. Its own path may be written in another way.
        if module in modules or module.parts[-2:] == Path(__file__).parts[-2:]:
            continue
        modules.add(module)
        for name, imported in _known(module)[0]:
            if name in DECIDING:
                packages.add(DECIDING[name])
            else:
                waiting += _found(module, program.parent, name, tuple(imported))
    return modules, packages


@cache
def _known(module: Path) -> list[Any]:
    """Return the imports of a module, and the SHA-256 of its syntax.

    Both are cached in `__pycache__`: parsing all modules takes 0.6 s.
    """
    content = module.read_bytes()
    made_from = hashlib.sha256(Path(__file__).read_bytes() + content).hexdigest()
    kept = module.parent / "__pycache__" / f"{module.stem}.syntax.json"
    with suppress(OSError, ValueError):
        if (found := json.loads(kept.read_text(encoding="utf-8")))[0] == made_from:
            return found[1:]
    tree = Running().visit(ast.parse(content))
    known = [_imports(tree), hashlib.sha256(_text(tree).encode()).hexdigest()]
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            write_text(kept, json.dumps([made_from, *known]))
    return known


TYPES_ALONE = ("TYPE_CHECKING", "typing.TYPE_CHECKING")


class Running(ast.NodeTransformer):
    """Drops docstrings and code for type checkers."""

    def visit(self, node: ast.AST) -> Any:
        self.generic_visit(node)
        if isinstance(node, ast.If) and ast.unparse(node.test) in TYPES_ALONE:
            return node.orelse
        has_docstring = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if has_docstring and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        return node


def _imports(tree: ast.Module) -> list[tuple[str, tuple[str, ...]]]:
    """Return all imports of a module, also inside functions, as module and imported names.

    Relative modules start with a dot; absolute ones are cut to the top-level name.
    """
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name.split(".")[0], ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names, module = tuple(alias.name for alias in node.names), node.module or ""
            top, _, rest = module.partition(".")
            relative = "." * node.level + module, names
            found.append(relative if node.level else (top, (rest,) if rest else names))
    return found


@cache
def _found(module: Path, scripts: Path, name: str, imported: tuple[str, ...]) -> list[Path]:
    """Return the files behind one import; none for a module outside the project.

    An ``__init__.py`` counts if it does more than import names.
    """
    if name.startswith("."):
        inner = name.lstrip(".")
        place = module.parents[len(name) - len(inner) - 1] / inner.replace(".", "/")
        if inner and not place.is_dir():
            return [place.with_suffix(".py")]
        files = [place / f"{part}.py" for part in imported]
        return [path for path in files if path.exists()] or sorted(place.glob("*.py")) * bool(inner)
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
    return [path if path.exists() else itself for path in files] + [itself] * (not given)


def _text(part: Any) -> str:
    """Dump a syntax tree as `ast.dump` does, without empty fields, which later versions of Python add."""
    if isinstance(part, list):
        return f"[{','.join(map(_text, part))}]"
    if not isinstance(part, ast.AST):
        return repr(part)
    fields = ((name, getattr(part, name, None)) for name in part._fields)
    texts = [f"{name}={_text(value)}" for name, value in fields if value not in (None, [])]
    return f"{type(part).__name__}({','.join(texts)})"
