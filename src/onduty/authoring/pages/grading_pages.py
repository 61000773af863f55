"""What `onduty grade` prints for a class of two, recorded: one handed in our solution, the other our starter."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from onduty.authoring.pages import markup
from onduty.authoring.pages.recording import PLACE, inputs_of
from onduty.course.catalog import Chapter, Course
from onduty.course.problems import Problem

CHAPTER: Final = "blocked-event-loop"
NOT_HANDED_IN: Final = shutil.ignore_patterns("__pycache__", "chapter.toml", "*.md")
COMMANDS: Final = {
    "grading-run": "onduty grade handed-in/ --out ledger --chapter 5 --roster class.csv --jobs 2",
    "grading-summary": "onduty grade --out ledger --summary",
}


def stands(course: Course) -> bool:
    """Whether what is recorded was graded with the chapter as it is now, or there is nothing to record."""
    chapter = course.by_id(CHAPTER)
    return chapter is None or _recorded(course).get("inputs") == inputs_of(chapter)


def record(course: Course) -> None:
    """Grade the class and keep what was printed."""
    chapter = course.by_id(CHAPTER)
    if chapter is None:
        return
    with tempfile.TemporaryDirectory(prefix="onduty-") as place:
        _hand_in(chapter, Path(place))
        printed = {name: _printed(command, Path(place), course) for name, command in COMMANDS.items()}
    kept = {"inputs": inputs_of(chapter), "taken": f"{datetime.now(UTC):%Y-%m-%d}", **printed}
    _file(course).write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def shown(course: Course, name: str) -> str:
    """One of the commands with what it printed, as a fence."""
    found = _recorded(course)
    command = f"$ {COMMANDS[name]}\n{found.get(name, '')}".rstrip()
    return f"{markup.fence(command, 'console')}\n\nRecorded on {found['taken']}.\n" if found else ""


def _hand_in(chapter: Chapter, place: Path) -> None:
    for learner, tree in (("ada", chapter.solution), ("bob", chapter.starter)):
        shutil.copytree(tree, place / "handed-in" / learner / chapter.name, ignore=NOT_HANDED_IN)
    with (place / "class.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("submission", "id", "name"), ("ada", "a1", "Ada Lovelace"), ("bob", "b2", "Bob")])


def _printed(command: str, place: Path, course: Course) -> str:
    program, *words = command.split()
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *words],
        cwd=place,
        env={"PATH": os.environ["PATH"], "HOME": str(place), "ONDUTY_COURSE": str(course.root), "COLUMNS": "88"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or done.stderr:
        raise Problem(f"`{command}` cannot be recorded: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


def _recorded(course: Course) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(_file(course).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _file(course: Course) -> Path:
    return course.root / PLACE / "grading.json"
