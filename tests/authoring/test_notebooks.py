"""Notebooks: what makes a page stale, and what a page is made of."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from onduty.authoring.notebooks import Notebook, _as_page, has_old_words, notebooks_of, reworded
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


def test_words_are_taken_over_without_a_run_and_outputs_stay(notebook: Notebook) -> None:
    outputs = "``` {{ .text .output }}\n1\n\n2\n```\n\n![The figure of: It](x.svg)"
    page = f"{{}}\n\n```python\nprint(1)\n```\n\n{outputs}\n\n{{}}\n\n---\n\nRun."
    _store(notebook, [], [("markdown", "# It"), ("code", "print(1)"), ("markdown", "An end.")])
    notebook.page.write_text(page.format("# It", "An end.") + f"<!-- inputs: {notebook.inputs} -->")
    assert not has_old_words(notebook)
    _store(notebook, [], [("markdown", "# It is"), ("code", "print(1)"), ("markdown", "The end.")])
    assert has_old_words(notebook)
    assert reworded(notebook).startswith(page.format("# It is", "The end."))
    notebook.page.write_text(reworded(notebook))
    assert not has_old_words(notebook)


def test_words_are_not_taken_over_where_the_code_has_changed(notebook: Notebook) -> None:
    _store(notebook, [], [("code", "print(2)")])
    with pytest.raises(Problem, match="onduty dev notebooks first"):
        reworded(notebook)


def test_a_figure_is_named_by_the_heading_above_it() -> None:
    body = "# Logs\n\n```python\n# a comment\n```\n\n![svg](x.svg)\n"
    assert "![The figure of: Logs](x.svg)" in _as_page(body)


def test_a_page_holds_no_colours_of_a_terminal() -> None:
    body = "# Logs\n\n    \x1b[2m2026-11-21\x1b[0m [\x1b[32m\x1b[1minfo     \x1b[0m] paid\n"
    assert _as_page(body) == "# Logs\n\n``` { .text .output }\n2026-11-21 [info     ] paid\n```"


def test_no_published_page_holds_an_escape() -> None:
    assert not [path.name for path in (COURSE / "docs/measured").glob("*.md") if "\x1b" in path.read_text("utf-8")]


def _store(notebook: Notebook, inputs: list[str], cells: Sequence[tuple[str, str]] = ()) -> None:
    stored = [{"cell_type": kind, "source": [source]} for kind, source in cells]
    notebook.path.write_text(json.dumps({"cells": stored, "metadata": {"onduty": {"inputs": inputs}}}))
