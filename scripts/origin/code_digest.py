"""Digests of the code behind a stage: an edit of what a program imports is seen, one of a comment is not.

As a parameter of its rule, the digest reruns a stage where its code changed, and not after a touch, a
fresh checkout, a comment, a docstring or another layout.
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

# Packages that decide the bytes of what a stage writes, by the name they are imported under.
DECIDING = {
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "PIL": "pillow",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
}


def digest(program: str | Path) -> str:
    """Return the SHA-256 of a program, of all modules beside it that it imports, and of its packages.

    Of a package beside it, the modules count that define an imported name (``from nn import
    Trainer``), or all of them where the package itself is imported. The packages of DECIDING count
    by their version.
    """
    content = hashlib.sha256()
    modules, packages = closure(Path(program))
    for path in sorted(modules, key=lambda path: path.parts[-2:]):
        content.update(f"{path.stem} {_known(path)[1]}\n".encode())
    for package in sorted(packages):
        content.update(f"{package} {version(package)}\n".encode())
    return content.hexdigest()


@cache
def version(package: str) -> str:
    """Return the version of an installed package."""
    return metadata.version(package)


def closure(program: Path) -> tuple[set[Path], set[str]]:
    """Return all modules beside ``program`` that it imports, itself included, and its packages."""
    modules: set[Path] = set()
    packages: set[str] = set()
    waiting = [program]
    while waiting:
        module = waiting.pop()
        # A digest decides no bytes; and the path of this file may be another way to write it.
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

    Both are kept in `__pycache__`, as Python keeps what it compiled: parsing all modules takes 0.6 s.
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
    """Leaves out docstrings, and what is for type checkers alone."""

    def visit(self, node: ast.AST) -> Any:
        self.generic_visit(node)
        if isinstance(node, ast.If) and ast.unparse(node.test) in TYPES_ALONE:
            return node.orelse
        has_docstring = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if has_docstring and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        return node


def _imports(tree: ast.Module) -> list[tuple[str, tuple[str, ...]]]:
    """Return what a module imports, wherever in it: names of modules, and what is taken from each.

    A relative import begins with a dot; of an absolute one only the top-level name is kept.
    """
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name.split(".")[0], ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            top, _, rest = (node.module or "").partition(".")
            if node.level:
                found.append((f".{node.module or ''}", names))
            else:
                found.append((top, (rest,) if rest else names))
    return found


@cache
def _found(module: Path, scripts: Path, name: str, imported: tuple[str, ...]) -> list[Path]:
    """Return the files behind one import; none for a module that is not beside the program.

    An ``__init__.py`` counts where it is more than a list of what the package has.
    """
    if name == ".":
        files = [module.with_name(f"{part}.py") for part in imported]
        return [path for path in files if path.exists()]
    if name.startswith("."):
        return [module.with_name(f"{name[1:]}.py")]
    if (scripts / f"{name}.py").exists():
        return [scripts / f"{name}.py"]
    package = scripts / name
    if not package.is_dir():
        return []
    if not imported:
        return sorted(package.glob("*.py"))
    itself = package / "__init__.py"
    given = {part: source[1:] for source, parts in _known(itself)[0] for part in parts}
    files = [package / f"{given.get(part, part)}.py" for part in imported]
    return [path if path.exists() else itself for path in files] + [itself] * (not given)


def _text(part: Any) -> str:
    """Write a syntax tree as `ast.dump` does, but alike in all versions of Python.

    Those that came later have further fields, which are empty where nothing new is used.
    """
    if isinstance(part, list):
        return f"[{','.join(map(_text, part))}]"
    if not isinstance(part, ast.AST):
        return repr(part)
    fields = [
        f"{name}={_text(value)}"
        for name in part._fields
        if (value := getattr(part, name, None)) is not None and value != []
    ]
    return f"{type(part).__name__}({','.join(fields)})"
