"""What `onduty dev check` holds: the rules of the course that can be read off its files."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from onduty.authoring.bank import unknown_checks
from onduty.authoring.new import UNWRITTEN
from onduty.authoring.step_rules import broken_steps
from onduty.authoring.variants import BANK, Variant, variants_of
from onduty.authoring.whole_bank import broken_whole_bank
from onduty.checking.task import names_in
from onduty.course.catalog import SERVICE, Chapter, Course
from onduty.course.files import listing
from onduty.course.globs import matches
from onduty.course.problems import CourseError

MOST_FILES: Final = 12
MOST_LINES: Final = 120
FEWEST_RIGHT: Final = 3
FEWEST_WRONG: Final = 6
OF_THE_CHAPTER: Final = {"README.md", "chapter.toml"}
OF_THE_SOLUTION: Final = {"WHY.md"}
CI: Final = Path(".github/workflows/ci.yml")
BANK_IN_CI: Final = re.compile(r"^ +chapter: \[(.*)\]$", re.MULTILINE)
LINK_OUT: Final = re.compile(r"\]\((\.\./[^)\s]*)\)")
STRAY: Final = re.compile(r"(\.orig|\.rej|\.swp|~|\.bak|\.DS_Store|\.env)$")


def broken_rules(course: Course) -> Iterator[str]:
    """One sentence for each rule that does not hold."""
    slugs = {chapter.name for chapter in course.chapters}
    for tree in (course.root / "solutions", course.root / "checks", course.root / BANK):
        for directory in sorted(tree.glob("[0-9][0-9]-*")):
            if directory.name not in slugs:
                yield f"{_short(directory, course)} has no chapter of that name."
    yield from _readme(course)
    yield from _ci(course)
    yield from broken_steps(course)
    yield from broken_whole_bank(course)
    known = {chapter.id for chapter in course.chapters}
    for chapter in course.chapters:
        for rule in (_places, _mirror, _checks, _texts, _written):
            yield from rule(chapter)
        if chapter.id != SERVICE:
            yield from _small(chapter)
            yield from _bank(chapter)
        for prerequisite in chapter.prerequisites:
            if prerequisite not in known:
                yield f"{chapter.name}: prerequisite {prerequisite!r} is no chapter."


def _readme(course: Course) -> Iterator[str]:
    readme = course.root / "README.md"
    table = readme.read_text(encoding="utf-8") if readme.exists() else None
    for chapter in course.chapters:
        row = f"| {chapter.number:02} | [{chapter.title}](chapters/{chapter.name}/README.md) | {chapter.page} |"
        if table is not None and row not in table:
            yield f"{chapter.name}: README.md of the course has no row `{row}`"


def _ci(course: Course) -> Iterator[str]:
    """Whether CI grades the bank of every chapter: a job each, named by hand."""
    if not (course.root / CI).is_file():
        return
    matrix = BANK_IN_CI.search((course.root / CI).read_text(encoding="utf-8"))
    told = re.findall(r"\d+", matrix[1]) if matrix else []
    wanted = [str(chapter.number) for chapter in course.incidents]
    if told != wanted:
        line = ", ".join(f'"{number}"' for number in wanted)
        yield f"{CI.as_posix()}: the bank's matrix must be `chapter: [{line}]`, a job for each incident."


def _places(chapter: Chapter) -> Iterator[str]:
    expected = {
        chapter.starter: ("README.md", "Procfile", "app"),
        chapter.solution: ("WHY.md", "Procfile", "app"),
        chapter.checks: ("database.sql",) if "postgres" in chapter.needs else (),
    }
    for place, names in expected.items():
        for name in names:
            if not (place / name).exists():
                yield f"{chapter.name}: {place.parent.name}/{place.name}/{name} is missing."
    for place in expected:
        for path in listing(place):
            if STRAY.search(path):
                yield f"{chapter.name}: {place.parent.name}/{place.name}/{path} is a stray file."


def _mirror(chapter: Chapter) -> Iterator[str]:
    if chapter.id == SERVICE:
        return
    starter = set(listing(chapter.starter)) - OF_THE_CHAPTER
    solution = set(listing(chapter.solution)) - OF_THE_SOLUTION
    for path in sorted(starter | solution):
        if matches(path, chapter.teaches):
            continue
        if path not in starter or path not in solution:
            where = "starter" if path in starter else "solution"
            yield f"{chapter.name}: {path} is only in the {where}, and `teaches` does not name it."
        elif (chapter.starter / path).read_bytes() != (chapter.solution / path).read_bytes():
            yield f"{chapter.name}: {path} differs between starter and solution, and `teaches` does not name it."
    for path in sorted(starter | solution):
        if not matches(path, chapter.submission):
            yield f"{chapter.name}: `submission` would leave {path} behind."


def _small(chapter: Chapter) -> Iterator[str]:
    for place in (chapter.starter, chapter.solution):
        sources = [path for path in listing(place) if path.endswith(".py") and not path.endswith("__init__.py")]
        if len(sources) > MOST_FILES:
            yield f"{chapter.name}: {place.parent.name} has {len(sources)} Python files; {MOST_FILES} is the most."
        for path in sources:
            lines = len((place / path).read_text(encoding="utf-8").splitlines())
            if lines > MOST_LINES and not (place == chapter.starter and matches(path, chapter.teaches)):
                yield f"{chapter.name}: {place.parent.name}/{path} has {lines} lines; {MOST_LINES} is the most."


def _checks(chapter: Chapter) -> Iterator[str]:
    names = names_in(chapter.checks)
    tasks = {task.id for task in chapter.tasks}
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{chapter.name}: {times} checks are called {name}."
        if name.partition("/")[0] not in tasks:
            yield f"{chapter.name}: check {name} belongs to a task that chapter.toml does not have."
    for task in sorted(tasks - {name.partition("/")[0] for name in names}):
        yield f"{chapter.name}: task {task} has no check."
    for file in sorted(chapter.checks.glob("test_*.py")):
        yield from _readable(chapter, file)


def _readable(chapter: Chapter, file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        where = f"{chapter.name}: {file.name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node):
            yield f"{where}: {node.name} has no docstring, the line that the learner reads."
        if isinstance(node, ast.Assert) and node.msg is None:
            yield f"{where}: this assertion does not say because of what it fails."
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sleep"):
            yield f"{where}: a check waits on a state, it does not sleep."
        if isinstance(node, (ast.Import, ast.ImportFrom)) and ast.unparse(node).split()[1].partition(".")[0] == "app":
            yield f"{where}: a check never imports the app."


def _texts(chapter: Chapter) -> Iterator[str]:
    readme = chapter.starter / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    for target in LINK_OUT.findall(text):
        yield f"{chapter.name}: README.md links to {target}, which a learner's copy does not have beside it."
    if chapter.id != SERVICE:
        for task in chapter.tasks:
            if f"**{task.id} {task.title}.**" not in text:
                yield f"{chapter.name}: README.md does not introduce **{task.id} {task.title}.**"
    for path in listing(chapter.solution):
        if path.endswith(".py") and "TODO" in (chapter.solution / path).read_text(encoding="utf-8"):
            yield f"{chapter.name}: solutions/{chapter.name}/{path} still has a TODO."


def _written(chapter: Chapter) -> Iterator[str]:
    bank = chapter.root / BANK / chapter.name
    for place in (chapter.starter, chapter.solution, chapter.checks, bank):
        for file in listing(place).values():
            if UNWRITTEN in file.read_text(encoding="utf-8", errors="replace"):
                yield f"{chapter.name}: {file.relative_to(chapter.root).as_posix()} still says {UNWRITTEN}."


def _bank(chapter: Chapter) -> Iterator[str]:
    try:
        variants = list(variants_of(chapter))
    except CourseError as error:
        yield from error.problems
        return
    kinds: Counter[str] = Counter(variant.kind for variant in variants)
    for kind, fewest in (("right", FEWEST_RIGHT), ("wrong", FEWEST_WRONG)):
        if kinds[kind] < fewest:
            yield f"{chapter.name}: the bank has {kinds[kind]} {kind} answers; {fewest} is the fewest."
    for variant in variants:
        if variant.kind == "starter" and not variant.fails:
            yield f"{variant.id}: the starter must fail something."
        for check in unknown_checks(variant):
            yield f"{variant.id}: there is no check {check}."
        yield from _overlay(variant)


def _overlay(variant: Variant) -> Iterator[str]:
    if variant.overlay is None:
        return
    for path in listing(variant.overlay):
        base = variant.base / path
        if base.exists() and base.read_bytes() == (variant.overlay / path).read_bytes():
            yield f"{variant.id}: {path} is the same as in its base."
    for path in variant.remove:
        if not (variant.base / path).exists():
            yield f"{variant.id}: it removes {path}, which its base does not have."


def _short(path: Path, course: Course) -> str:
    return path.relative_to(course.root).as_posix()
