"""`onduty contract`."""

import re
from typing import Annotated

import typer

from onduty.cli.console import interactive, out, say
from onduty.course.catalog import Course
from onduty.course.problems import Problem


def contract(
    section: Annotated[
        str | None, typer.Argument(metavar="SECTION", help="Only this section: a part of its heading.")
    ] = None,
) -> None:
    """Show the service contract: everything a check may rely on, and nothing else."""
    page = (Course.find_course().root / "docs" / "reference" / "service.md").read_text(encoding="utf-8")
    text = page if section is None else _section(page, section)
    if not interactive():
        say(text.rstrip())
        return
    from rich.markdown import Markdown

    with out().pager(styles=True) if section is None else out():
        out().print(Markdown(text))


def _section(page: str, wanted: str) -> str:
    """The first section whose heading holds these words, with its subsections."""
    parts = re.split(r"^(?=#{2,3} )", page, flags=re.MULTILINE)[1:]
    headings = [part.splitlines()[0].lstrip("# ") for part in parts]
    for number, heading in enumerate(headings):
        if wanted.lower() in heading.lower():
            depth = len(parts[number]) - len(parts[number].lstrip("#"))
            end = next(
                (n for n in range(number + 1, len(parts)) if len(parts[n]) - len(parts[n].lstrip("#")) <= depth),
                len(parts),
            )
            return "".join(parts[number:end])
    raise Problem(f'The contract has no section "{wanted}". It has {", ".join(headings)}.')
