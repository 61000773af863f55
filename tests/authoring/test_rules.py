"""`onduty dev check` finds what breaks the course's rules, and `onduty dev new` keeps to them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from onduty.authoring.new import make_chapter
from onduty.authoring.rules import broken_rules
from onduty.checking.judge import Job, Judge
from onduty.course.catalog import Course
from onduty.course.problems import Problem
from onduty.reports.verdict import Verdict


def change(path: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new))

    return spoil


def add(path: str, text: str = "x = 1\n") -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    return spoil


CHECKS = "checks/01-first-light/test_first_light.py"
CASES = [
    (add("chapters/02-held-kettle/README.md", "[x](../../docs/x.md)\n"), "README.md links to ../../docs/x.md"),
    (add("solutions/01-first-light/Procfile", "web: other\n"), "Procfile differs between starter and solution"),
    (add("chapters/01-first-light/extra.txt"), "extra.txt is only in the starter"),
    (add("chapters/01-first-light/data.bin"), "`submission` would leave data.bin behind"),
    (add("chapters/01-first-light/app/main.py.orig"), "is a stray file"),
    (add("checks/77-nothing/test_it.py"), "checks/77-nothing has no chapter"),
    (change(CHECKS, '"01.2", id="ends', '"01.1", id="ends'), "task 01.2 has no check"),
    (change(CHECKS, 'id="ends-at-sigterm"', 'id="says-live"'), "there is no check 01.2/ends-at-sigterm"),
    (add(CHECKS, 'async def test_x():\n    """x"""\n    assert 1\n'), "does not say because of what"),
    (add(CHECKS, "async def test_x():\n    pass\n"), "has no docstring"),
    (add(CHECKS, 'async def test_x():\n    """x"""\n    await asyncio.sleep(1)\n'), "does not sleep"),
    (add(CHECKS, "import app.main\n"), "never imports the app"),
    (change("chapters/01-first-light/README.md", "01.1", "01.9"), "README.md does not introduce **01.1"),
    (add("solutions/01-first-light/app/more.py", "# TODO: more\n"), "still has a TODO"),
    (add("tests/variants/01-first-light/wrong/no-health/app/health.py", ""), None),
    (lambda root: shutil.rmtree(root / "tests/variants/01-first-light/right"), "the bank has 0 right answers"),
    (lambda root: (root / "solutions/01-first-light/WHY.md").unlink(), "WHY.md is missing"),
]


@pytest.mark.parametrize(("spoil", "sentence"), CASES)
def test_a_broken_rule_is_told(root: Path, spoil: Callable[[Path], None], sentence: str | None) -> None:
    before = set(broken_rules(Course.load(root)))
    spoil(root)
    found = set(broken_rules(Course.load(root))) - before
    if sentence is None:
        assert not found
    else:
        assert any(sentence in told for told in found), found


@pytest.mark.parametrize(
    ("jobs", "told"), [('["1", "2"]', 0), ('["1"]', 1), ('["1", "2", "3"]', 1), ("${{ fromJSON(found) }}", 1)]
)
def test_ci_grades_the_bank_of_every_chapter(root: Path, jobs: str, told: int) -> None:
    add(".github/workflows/ci.yml", f"matrix:\n        chapter: {jobs}\n")(root)
    sentences = [sentence for sentence in broken_rules(Course.load(root)) if sentence.startswith(".github")]
    assert sentences == told * [
        '.github/workflows/ci.yml: the bank\'s matrix must be `chapter: ["1", "2"]`, a job for each incident.'
    ]


def test_a_new_chapter_runs_and_says_what_is_left_to_write(course: Course, root: Path) -> None:
    made = list(make_chapter(course, 15, "retry-storm", "Retry storm"))
    assert root / "chapters/15-retry-storm/app/main.py" in made
    grown = Course.load(root)
    told = [sentence for sentence in broken_rules(grown) if sentence.startswith("15-")]
    assert any("still says" in sentence for sentence in told)
    chapter = grown.find("15")
    assert Judge(Job(chapter, chapter.starter, "starter", 1)).run().verdict is Verdict.PASSED


@pytest.mark.parametrize(("number", "name"), [(1, "other"), (16, "first-light"), (16, "Not an id")])
def test_a_chapter_is_never_overwritten(course: Course, number: int, name: str) -> None:
    with pytest.raises(Problem):
        list(make_chapter(course, number, name, "Title"))


@pytest.mark.parametrize("title", ['The "big" one', "A \\ b", "Two\nlines", " "])
def test_a_title_that_chapter_toml_could_not_hold_is_refused(course: Course, root: Path, title: str) -> None:
    with pytest.raises(Problem, match="The title cannot"):
        list(make_chapter(course, 40, "big-one", title))
    assert not (root / "chapters/40-big-one").exists()
