"""The checkout that an author works in, and what is kept in it for the site."""

from onduty.cli.console import note
from onduty.course.catalog import Course
from onduty.course.problems import Problem


def checkout() -> Course:
    """Find the course that the author is in; an installed one cannot be changed."""
    course = Course.find_course()
    if not course.is_checkout:
        raise Problem("This is for authors: it needs a checkout of the course, not the installed package.")
    return course


def keep(course: Course, name: str, text: str) -> None:
    """Write a fragment of the site."""
    target = course.root / "docs" / "fragments" / name
    target.write_text(text, encoding="utf-8")
    note(f"Written to {target.relative_to(course.root)}.")
