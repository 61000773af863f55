"""The whole service, step by step, on the miniature course."""

import shutil
from pathlib import Path

import pytest

from onduty.authoring.step_rules import broken_steps
from onduty.course.catalog import Course
from onduty.course.problems import CourseError, Problem
from onduty.course.steps import NOT_OF_THE_APP, build_of

MINI = Path(__file__).parents[1] / "mini"
WHY = "solutions/32-on-duty/WHY.md"
STEP = Path("solutions/steps/01-first-light")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MINI, tmp_path / "course"))


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and path.name not in NOT_OF_THE_APP and "__pycache__" not in path.parts
    }


def test_no_step_is_the_starter_and_all_steps_are_the_solution(root: Path, tmp_path: Path) -> None:
    course = Course.load(root)
    build = build_of(course)
    first, last = build.write(0, tmp_path / "first"), build.write(len(build.steps), tmp_path / "last")
    assert contents(first) == contents(build.service.starter)
    assert contents(last) == contents(build.service.solution)
    assert list(broken_steps(course)) == []


def test_a_step_between_has_what_came_before_it(root: Path, tmp_path: Path) -> None:
    build = build_of(Course.load(root))
    text = (build.write(1, tmp_path / "app") / "app/__main__.py").read_text()
    assert '"live"' in text
    assert "ThreadingHTTPServer" not in text
    assert build.lit(1) == ("01-first-light",)


def test_a_fix_in_the_solution_is_in_the_last_step_without_being_told(root: Path) -> None:
    (root / "solutions/32-on-duty/app/added.py").write_text("")
    assert list(broken_steps(Course.load(root))) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda root: shutil.rmtree(root / STEP), "01-first-light is missing"),
        (lambda root: (root / STEP / "step.toml").write_text('takes = ["nothing/**"]'), "takes names nothing/**"),
        (lambda root: (root / STEP / "step.toml").write_text('without = ["nothing"]'), "without names nothing"),
        (lambda root: (root / STEP / "step.toml").write_text('adds = ["x"]'), "there is no key 'adds'"),
        (lambda root: (root / STEP / "step.toml").write_text('takes = "x"'), "must be a list"),
        (lambda root: (root / STEP / "step.toml").write_text("takes"), "cannot be read"),
        (lambda root: (root / STEP / "step.toml").unlink(), "step.toml is missing"),
        (lambda root: (root / STEP / "app/__main__.py").unlink(), "nothing changes with it"),
        (
            lambda root: shutil.copy(root / "solutions/32-on-duty/app/__main__.py", root / STEP / "app/__main__.py"),
            "is the same as solutions/32-on-duty/app/__main__.py",
        ),
        (
            lambda root: (root / "solutions/steps/02-held-kettle/step.toml").write_text(""),
            "app/__main__.py is not as in the solution",
        ),
        (lambda root: (root / WHY).write_text("Lit: 01.\n\n**01 So.**"), "does not say `Lit: 01, 02.`"),
        (lambda root: (root / WHY).write_text("Lit: 01, 02.\n\n**01 So.**"), "how the light of 02-held-kettle"),
    ],
)
def test_each_rule_is_told_in_a_sentence(root: Path, spoil, says: str) -> None:
    spoil(root)
    assert any(says in sentence for sentence in broken_steps(Course.load(root)))


def test_a_step_that_there_is_not_is_refused(root: Path) -> None:
    with pytest.raises(Problem, match="There are 2 steps"):
        build_of(Course.load(root)).require(3)


def test_a_course_without_the_whole_service_has_no_steps(root: Path) -> None:
    shutil.rmtree(root / "chapters/32-on-duty")
    with pytest.raises(CourseError):
        build_of(Course.load(root))
