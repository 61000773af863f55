"""The report in a terminal: a line a check while they run, then the first failure explained."""

from collections.abc import Collection, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from onduty.reports import timeline
from onduty.reports.model import ChapterResult, CheckResult
from onduty.reports.sheet import earned, points
from onduty.reports.text import evidence_lines, explanation_lines
from onduty.reports.verdict import Verdict
from onduty.reports.visible import visible

SIGNS = {
    Verdict.PASSED: ("✓", "green"),
    Verdict.FAILED: ("✗", "red"),
    Verdict.CRASHED: ("☠", "red"),
    Verdict.TIMED_OUT: ("⧗", "red"),
    Verdict.NOT_GRADED: ("–", "yellow"),
    Verdict.GRADER_ERROR: ("!", "magenta"),
}
INDENT = 2


def check_line(result: CheckResult, *, piped: bool) -> RenderableType:
    sign, colour = SIGNS[result.verdict]
    verdict = "" if result.verdict in {Verdict.PASSED, Verdict.FAILED} else f"{result.verdict}, "
    seconds = f"{verdict}{result.seconds:.1f} s"
    if piped:
        return Text(f"{'':{INDENT}}{sign} {result.id}  {result.promise}  {seconds}")
    line = Table.grid(padding=(0, 1), expand=True)
    line.add_column(width=1)
    line.add_column(ratio=1)
    line.add_column(justify="right", no_wrap=True)
    promise = Text.assemble((result.id, "bold"), "  ", result.promise)
    line.add_row(Text(sign, style=colour), promise, Text(seconds, style="dim"))
    return Padding(line, (0, 0, 0, INDENT))


def explanation(result: CheckResult, *, width: int) -> RenderableType:
    """Everything about one check that did not pass, the most useful first."""
    told = result.explanation
    if told is None:
        return Text("")
    _, colour = SIGNS[result.verdict]
    found: list[tuple[str, str]] = [("Expected", told.expected), ("Observed", told.observed)]
    if told.likely:
        found.append(("Likely", told.likely))
    parts: list[RenderableType] = [Text(f"{result.id} {result.verdict}", style=f"bold {colour}"), _rows(found)]
    drawn = timeline.text(result.timeline, max(36, width - INDENT * 2))
    if drawn:
        parts += [Text(), Text("Timeline", style="bold"), *(Text(visible(line), no_wrap=True) for line in drawn)]
    if told.evidence:
        parts += [
            Text(),
            Text("Evidence", style="bold"),
            *(Text(line, style="dim") for line in map(visible, evidence_lines(told))),
        ]
    # Of a judge that broke or was ended there is nothing to do again.
    again = [("Again", step) for step in told.done[-1:]]
    parts += [Text(), _rows([*again, ("Next", told.next)])]
    return Padding(Group(*parts), (1, 0, 0, INDENT))


def _rows(pairs: Sequence[tuple[str, str]]) -> RenderableType:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="bold", no_wrap=True)
    rows.add_column(overflow="fold")
    for name, value in pairs:
        rows.add_row(name, Text(visible(value)))
    return rows


def explain_failures(
    console: Console, chapter: ChapterResult, *, full: bool = False, failed_before: Collection[str] = ()
) -> None:
    """The newest failure whole, the others in brief or, if `full`, whole; what every check shares is told once."""
    failures = [check for check in chapter.checks if check.verdict is not Verdict.PASSED]
    failures.sort(key=lambda check: check.id in failed_before)
    observed: dict[str, list[CheckResult]] = {}
    for failure in failures:
        observed.setdefault(visible(failure.explanation.observed) if failure.explanation else "", []).append(failure)
    for place, (what, alike) in enumerate(observed.items()):
        if full or not place:
            _print_whole(console, alike[0])
        else:
            if place == 1:
                console.print()
            _print_brief(console, Text.assemble((f"{alike[0].id} {alike[0].verdict}: ", "bold"), what))
        if alike[1:]:
            _print_brief(console, Text.assemble(("The same: ", "bold"), ", ".join(each.id for each in alike[1:])))


def _print_brief(console: Console, line: Text) -> None:
    console.print(Padding(line, (0, 0, 0, INDENT)) if console.is_terminal else line, soft_wrap=not console.is_terminal)


def _print_whole(console: Console, failure: CheckResult) -> None:
    if console.is_terminal:
        console.print(explanation(failure, width=console.width))
        return
    console.print()
    for line in explanation_lines(failure):
        console.print(Text(visible(line)), soft_wrap=True)


def chapter_line(chapter: ChapterResult) -> Text:
    """A chapter on one line."""
    passed = sum(check.verdict is Verdict.PASSED for check in chapter.checks)
    sign, colour = SIGNS[chapter.verdict]
    return Text.assemble(
        (f"{sign} ", colour),
        (f"{chapter.number:02} {chapter.title:<24}", "bold"),
        f"  {passed}/{len(chapter.checks)}",
        (f"  {chapter.seconds:.1f} s", "dim"),
    )


def summary(chapter: ChapterResult, seed: int) -> Text:
    passed = sum(check.verdict is Verdict.PASSED for check in chapter.checks)
    sign, colour = SIGNS[chapter.verdict]
    return Text.assemble(
        (f"{sign} {chapter.verdict}", f"bold {colour}"),
        f"  {passed} of {len(chapter.checks)} checks, {earned(chapter):g} of {points(chapter):g} points, "
        f"{chapter.seconds:.1f} s",
        (f", seed {seed}", "dim"),
    )
