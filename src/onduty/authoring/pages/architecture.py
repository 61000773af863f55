"""The diagram of the engine's packages, drawn from what they import."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ABOUT: Final = {
    "cli": "one file a command",
    "authoring": "rules, bank, pages",
    "grading": "many submissions",
    "checking": "fixtures, judge, verdicts",
    "reports": "one object, many drawings",
    "course": "chapters, workspace, progress",
    "lab": "servers, platform, provider",
}
HEAD: Final = """flowchart TB
    accTitle: The engine's packages
    accDescr: Which package imports which. The list below says the same in words."""


def diagram() -> str:
    """A diagram of which package uses which, and the same in words."""
    packages = {place.name: set(_uses(place)) for place in sorted(ROOT.iterdir()) if (place / "__init__.py").is_file()}
    packages = {name: uses & packages.keys() - {name} for name, uses in packages.items()}
    nodes = [f'    {name}["<b>{name}</b><br/>{ABOUT.get(name, "")}"]' for name in packages]
    arrows = [f"    {name} --> {used}" for name, uses in packages.items() for used in sorted(uses)]
    words = [f"- `{name}` uses {_listed(uses) if uses else 'none of the others'}." for name, uses in packages.items()]
    drawn = "\n".join([HEAD, *nodes, *arrows])
    return f"```mermaid\n{drawn}\n```\n\n" + "\n".join(words) + "\n"


def _uses(package: Path) -> Iterator[str]:
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            yield from (name.split(".")[1] for name in names if name.startswith("onduty."))


def _listed(names: set[str]) -> str:
    *most, last = (f"`{name}`" for name in sorted(names))
    return f"{', '.join(most)} and {last}" if most else last
