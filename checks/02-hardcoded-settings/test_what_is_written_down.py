"""What the files of a deployment must not hold. They are parsed; only the starter's own key is searched for."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from onduty.checking import Because, task
from onduty.lab.hosting.service import Service

KEY = re.compile(r"[\w+/=.-]{32,}")
LOCAL = {"", "localhost", "127.0.0.1", "::1", "db", "postgres"}
OLD_KEY = "owl-4f1c9d27e86b50a3-signs-for-night-owl"
NOT_OURS = {"tests", "__pycache__", ".venv", ".git"}
KEY_NAME = re.compile(r"(?:.*_)?secret(?:_key)?", re.IGNORECASE)


@task("02.4", id="no-secret-in-files")
async def test_no_file_holds_a_secret(service: Service) -> None:
    """No file of the deployment holds a key or a password that would work."""
    app = service.directory
    found = [*secrets_in_dotenv(app), *secrets_in_code(app), *old_key_in(app)]
    assert not found, Because(
        "a file that goes into the repository holds a secret",
        observed=f"{' and '.join(found)}",
        likely="it was handy once; whoever has read the repository can sign tokens, and will be able to for ever",
    )


def secrets_in_dotenv(app: Path) -> Iterator[str]:
    for path in sorted(app.rglob("*")):
        if (path.name.startswith(".env") or path.suffix == ".env") and path.is_file() and not ignored_by_git(app, path):
            where = path.relative_to(app)
            values = dotenv_values(stream=StringIO(path.read_text(errors="replace")), interpolate=False)
            if would_work(values.get("SECRET_KEY") or ""):
                yield f"{where} sets SECRET_KEY to a key that works"
            database = urlsplit(values.get("DATABASE_URL") or "")
            if database.password and (database.hostname or "") not in LOCAL:
                yield f"{where} holds the password of a database on {database.hostname}"


def secrets_in_code(app: Path) -> Iterator[str]:
    for path in sorted(app.rglob("*.py")):
        if "tests" in path.relative_to(app).parts:
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for name, line in keys_in(tree):
            yield f"{path.relative_to(app)}, line {line}, gives {name} a key that works"


def old_key_in(app: Path) -> Iterator[str]:
    """The key of the starter, in any file and in comments too: it is in a public repository, and opened the door."""
    for path in sorted(app.rglob("*")):
        where = path.relative_to(app)
        if NOT_OURS.intersection(where.parts) or not path.is_file() or ignored_by_git(app, path):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            if OLD_KEY in line:
                yield f"{where}, line {number}, holds the key that the starter had"


def keys_in(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name for a key that has a working key beside it: assigned, in a dict, passed, or to fall back on."""
    for node in ast.walk(tree):
        for name, beside in named_in(node):
            if KEY_NAME.fullmatch(name) and any(would_work(text) for part in beside for text in texts_in(part)):
                yield name, beside[0].lineno


def named_in(node: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((name_of(target), [value]) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield name_of(target), [value]
        case ast.keyword(arg=str(name), value=value):
            yield name, [value]
        case ast.Dict(keys=keys, values=values):
            yield from ((name_of(key), [value]) for key, value in zip(keys, values, strict=True) if key)
        case ast.Call(args=[ast.Constant(value=str(name)), *others]) if others:
            yield name, others


def name_of(node: ast.expr) -> str:
    """The last name in `SECRET_KEY`, `self.secret_key`, `keys["SECRET_KEY"]` and `"SECRET_KEY"`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
            return name
        case ast.Subscript(slice=inner):
            return name_of(inner)
    return ""


def texts_in(node: ast.AST) -> list[str]:
    return [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def would_work(text: str) -> bool:
    """Whether this is a key as one makes them, and the service would take it. The starter's is looked for elsewhere."""
    return KEY.fullmatch(text) is not None and "changeme" not in text and text != OLD_KEY


def ignored_by_git(app: Path, path: Path) -> bool:
    """Whether the app's own .gitignore keeps a file out of the repository (names and paths, the last match decides)."""
    rules, where = app / ".gitignore", path.relative_to(app)
    ignored = False
    for line in rules.read_text(errors="replace").splitlines() if rules.is_file() else ():
        rule = line.strip()
        pattern = rule.removeprefix("!").removeprefix("/").removeprefix("**/")
        folders = [parent for parent in where.parents if parent.name]
        if fits(where, pattern) or any(fits(folder, pattern.removesuffix("/")) for folder in folders):
            ignored = not rule.startswith("!")
    return ignored


def fits(path: Path, pattern: str) -> bool:
    return fnmatch(path.name, pattern) or fnmatch(str(path), pattern)
