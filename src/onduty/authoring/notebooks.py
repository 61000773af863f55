"""Runs the notebooks, and publishes what a full run found as pages of the site."""

import hashlib
import json
import os
import platform
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from onduty.authoring.pages.recording import TEXTS
from onduty.course import files
from onduty.course.problems import Problem

CELL_LIMIT = 300
"""Seconds: more than any cell takes on two busy cores."""
NO_JUPYTER = "The notebooks need Jupyter: `uv sync --group notebooks` installs it."
FENCE = "```python"
OUTPUT = "``` { .text .output }"
FIGURE = "![The figure of: "
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
"""What colours a terminal; a page shows it as rubbish."""


@dataclass(frozen=True)
class Notebook:
    """One experiment, stored without outputs, and the page made from a run of it.

    What it runs besides its own cells it names in its metadata, as paths from the root of the course:
    `"onduty": {"inputs": ["chapters/20-dropped-on-deploy"]}`.
    """

    path: Path
    page: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def inputs(self) -> str:
        """Changes whenever what runs does: the code, not the words around it."""
        digest = hashlib.sha256(self.path.with_name("plots.py").read_bytes())
        for kind, source in self.cells():
            digest.update(source.encode() + b"\0" if kind == "code" else b"")
        for named in self._named_inputs():
            digest.update(named.relative_to(self._root).as_posix().encode() + b"\0" + named.read_bytes() + b"\0")
        return digest.hexdigest()[:16]

    @property
    def is_stale(self) -> bool:
        """Whether the page was made by other code than this."""
        return not self.page.exists() or f"inputs: {self.inputs}" not in self.page.read_text(encoding="utf-8")

    def cells(self) -> list[tuple[str, str]]:
        """Return the kind of each cell, and its source."""
        cells = json.loads(self.path.read_text(encoding="utf-8"))["cells"]
        return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]

    @property
    def _root(self) -> Path:
        return self.path.parents[1]

    def _named_inputs(self) -> Iterator[Path]:
        metadata = json.loads(self.path.read_text(encoding="utf-8"))["metadata"]
        for name in metadata.get("onduty", {}).get("inputs", ()):
            place = self._root / name
            if place.is_dir():
                yield from files.listing(place, TEXTS).values()
            elif place.is_file():
                yield place
            else:
                raise Problem(f'notebooks/{self.path.name} names "{name}" as its input, which is not there.')


def notebooks_of(root: Path, names: Sequence[str] = ()) -> list[Notebook]:
    """The notebooks of these names, or all of them."""
    found = {path.stem: Notebook(path, root / f"docs/measured/{path.stem}.md") for path in _sources(root)}
    if unknown := [name for name in names if name not in found]:
        raise Problem(f'There is no notebook "{unknown[0]}". There are {", ".join(found)}.')
    return [found[name] for name in names or found]


def with_outputs(root: Path) -> list[Path]:
    """Notebooks that were stored after a run: their outputs would grow old unseen."""
    return [path for path in _sources(root) if _has_outputs(path)]


def run(notebook: Notebook, *, fast: bool) -> None:
    """Execute every cell; one that raises fails the whole notebook. A full run is published."""
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
    except ImportError:
        raise Problem(NO_JUPYTER) from None
    document = nbformat.read(notebook.path, as_version=4)
    os.environ["ONDUTY_FAST"] = "1" if fast else "0"
    client = NotebookClient(
        document,
        timeout=CELL_LIMIT,
        resources={"metadata": {"path": str(notebook.path.parent)}},
        kernel_name="python3",
        extra_arguments=["--log-level=40"],
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise Problem(f"{notebook.name}: a cell raised {error.ename}: {error.evalue}\n{error}") from None
    if not fast:
        _publish(notebook, document)


def has_old_words(notebook: Notebook) -> bool:
    """Whether the words of a page that is not stale are others than its notebook's."""
    return not notebook.is_stale and _squeezed(reworded(notebook)) != _squeezed(_read(notebook))


def reworded(notebook: Notebook) -> str:
    """Return the page with the notebook's words as they are now, around the outputs as they were."""
    page = _read(notebook)
    ran = list(_ran(page))
    if notebook.is_stale or [code for code, _ in ran] != [code for kind, code in notebook.cells() if kind == "code"]:
        raise Problem(
            f"{notebook.name} runs other code than its page shows: run `onduty dev notebooks {notebook.name}`."
        )
    outputs = iter(ran)
    parts = [
        source if kind == "markdown" else f"{FENCE}\n{source}\n```\n\n{next(outputs)[1]}".rstrip()
        for kind, source in notebook.cells()
    ]
    return "\n\n".join(parts) + page[page.rindex("\n\n---\n\n") :]


def _ran(page: str) -> Iterator[tuple[str, str]]:
    """Every cell of code that a page shows, with the outputs and figures that follow it."""
    for part in page.split(f"{FENCE}\n")[1:]:
        code, rest = part.split("\n```\n", 1)
        outputs: list[str] = []
        inside = False
        for line in rest.splitlines():
            if not (inside or not line or line.startswith((OUTPUT, FIGURE))):
                break
            inside = line.startswith(OUTPUT) or (inside and line != "```")
            outputs.append(line)
        yield code, "\n".join(outputs).strip("\n")


def _read(notebook: Notebook) -> str:
    return notebook.page.read_text(encoding="utf-8")


def _squeezed(page: str) -> list[str]:
    return [line for line in page.splitlines() if line]


def _publish(notebook: Notebook, document: object) -> None:
    from nbconvert import MarkdownExporter

    body, resources = MarkdownExporter().from_notebook_node(document)
    figures = notebook.page.with_suffix("")
    figures.mkdir(parents=True, exist_ok=True)
    for old in figures.iterdir():
        old.unlink()
    for name, content in sorted(resources["outputs"].items()):
        (figures / name).write_bytes(content)
        body = body.replace(f"({name})", f"({notebook.name}/{name})")
    body = _as_page(body)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    foot = (
        f"Run on {datetime.now(UTC):%Y-%m-%d} by `onduty dev notebooks {notebook.name}`: {machine}. "
        f"The notebook is `notebooks/{notebook.path.name}`."
    )
    notebook.page.write_text(
        f"{body.rstrip()}\n\n---\n\n{foot}\n\n<!-- inputs: {notebook.inputs} -->\n", encoding="utf-8"
    )


def _as_page(body: str) -> str:
    """Outputs, which nbconvert indents, in a fence that says what they are; figures with a text in their place."""
    lines: list[str] = []
    title, fenced = "", False
    for kind, block in _blocks(ESCAPES.sub("", body)):
        if not any(line.strip() for line in block):
            lines.append("")
        elif kind == "output":
            lines += [OUTPUT, *(line[4:] for line in block), "```"]
        else:
            for line in block:
                fenced ^= line.startswith("```")
                if line.startswith("![svg]("):
                    lines.append(line.replace("![svg]", f"{FIGURE}{title}]"))
                else:
                    title = line.lstrip("# ") if line.startswith("#") and not fenced else title
                    lines.append(line)
    return "\n".join(lines)


def _blocks(body: str) -> Iterator[tuple[str, list[str]]]:
    """Split Markdown into runs of indented lines outside fences, and everything else."""
    block: list[str] = []
    kind, fenced = "text", False
    for line in body.splitlines():
        fenced ^= line.startswith("```")
        here = "output" if not fenced and line.startswith("    ") else "text"
        if here != kind:
            yield kind, block
            kind, block = here, []
        block.append(line)
    yield kind, block


def _sources(root: Path) -> list[Path]:
    return sorted((root / "notebooks").glob("*.ipynb"))


def _has_outputs(path: Path) -> bool:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
