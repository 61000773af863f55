"""Notebooks: what makes a page stale, and what a page is made of."""

import json
from pathlib import Path

import pytest

from onduty.authoring.notebooks import Notebook, _as_page, notebooks_of
from onduty.course.problems import Problem

COURSE = Path(__file__).parents[2]


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    """One that says that it runs a chapter's starter."""
    places = {"notebooks/plots.py": "", "chapters/01-first-light/app.py": "", "chapters/01-first-light/README.md": ""}
    for name, text in places.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    path = tmp_path / "notebooks" / "first.ipynb"
    made = Notebook(path, tmp_path / "first.md")
    _store(made, ["chapters/01-first-light"])
    made.page.write_text(f"<!-- inputs: {made.inputs} -->")
    return made


def test_a_page_is_stale_when_something_that_its_notebook_runs_has_changed(notebook: Notebook) -> None:
    assert not notebook.is_stale
    chapter = notebook.path.parents[1] / "chapters" / "01-first-light"
    (chapter / "README.md").write_text("A word more.")
    assert not notebook.is_stale
    (chapter / "app.py").write_text("answer = 42")
    assert notebook.is_stale


def test_an_input_that_is_not_there_is_told(notebook: Notebook) -> None:
    _store(notebook, ["chapters/02-gone"])
    with pytest.raises(Problem, match="chapters/02-gone"):
        assert notebook.inputs


@pytest.mark.parametrize("each", notebooks_of(COURSE), ids=lambda each: each.name)
def test_a_notebook_that_runs_a_chapter_says_which(each: Notebook) -> None:
    text = each.path.read_text(encoding="utf-8")
    if "find_course" in text:
        assert json.loads(text)["metadata"]["onduty"]["inputs"]
        assert each.inputs


def test_a_page_holds_no_colours_of_a_terminal() -> None:
    body = "# Logs\n\n    \x1b[2m2026-11-21\x1b[0m [\x1b[32m\x1b[1minfo     \x1b[0m] paid\n"
    assert _as_page(body) == "# Logs\n\n``` { .text .output }\n2026-11-21 [info     ] paid\n```"


def test_no_published_page_holds_an_escape() -> None:
    assert not [path.name for path in (COURSE / "docs/measured").glob("*.md") if "\x1b" in path.read_text("utf-8")]


def _store(notebook: Notebook, inputs: list[str]) -> None:
    notebook.path.write_text(json.dumps({"cells": [], "metadata": {"onduty": {"inputs": inputs}}}))
