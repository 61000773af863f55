"""A chapter's page: its own texts, with what really happened to the starter and to the solution."""

from collections.abc import Iterator
from html import escape
from io import StringIO
from typing import Final

from rich.console import Console

from onduty.authoring.pages import excerpts, markup
from onduty.authoring.pages.recording import Recording, Run
from onduty.authoring.pages.sections import Document, for_the_site
from onduty.authoring.step_diffs import DIFFS
from onduty.checking.run import Target
from onduty.cli.live import Live
from onduty.course.catalog import Chapter, Course, Task
from onduty.course.solutions import WHY
from onduty.reports.model import CheckResult
from onduty.reports.timeline import span
from onduty.reports.timeline_figure import figure
from onduty.reports.verdict import Verdict

NOTES: Final = "docs/fragments/chapters"
"""One file a chapter for what belongs on the site only: what to read first, and what the articles say."""
COLUMNS: Final = 88
LOG_LINES: Final = 12
ONE_SCALE: Final = 8
"""Two timelines share a scale unless one is so many times as long as the other."""
SHOWN_LINES: Final = 300
"""A longer diff of the service is on the page of its step only."""
HINTS: Final = ("A nudge", "Where to look", "Almost the code")
ANSWERS: Final = {"postgres": "PostgreSQL", "valkey": "Valkey", "payments": "the payment provider"}


def page(course: Course, chapter: Chapter, recording: Recording | None) -> str:
    """The whole page, in Markdown."""
    readme = Document.read(chapter.starter / "README.md")
    why = Document.read(chapter.solution / WHY)
    notes = Document.read(chapter.root / NOTES / f"{chapter.name}.md")
    parts = [
        _front_matter(chapter),
        _opening(course, chapter),
        _the_page(chapter, readme, recording),
        _section("What you know", readme.section("What you know")),
        *(
            _section(title, readme.section(title))
            for title in readme.sections
            if title not in {"What you know", "The contract", "Tasks", "Ship it"}
        ),
        _section("The contract", readme.section("The contract")),
        _section("Read first", notes.section("Read first")),
        _section("The lines in question", _lines(chapter)),
        _section("Tasks", "\n\n".join(_task(task, readme, recording) for task in chapter.tasks)),
        *(_recorded(chapter, recording) if recording else []),
        _section("Why it works", _reasons(why)),
        _section("What the articles say", notes.section("What the articles say")),
        _section("In production", chapter.production),
        _section("Remember", "\n".join(f"- {point}" for point in chapter.learned)),
        _section("Ship it", _ship(course, chapter, readme)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def terminal(chapter: Chapter, run: Run, label: str, seed: int) -> str:
    """What `onduty check` prints in a terminal for these results."""
    console = Console(file=StringIO(), force_terminal=True, color_system=None, width=COLUMNS, emoji=False, markup=False)
    live = Live(console, seed)
    live.chapter_begins(Target(chapter, chapter.starter, label))
    for check in run.result.checks:
        live.check_ends(check)
    live.chapter_ends(run.result)
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in printed.splitlines())


def side_by_side(starter: CheckResult, solution: CheckResult) -> str:
    """One check's timeline on the starter and on the solution."""
    lengths = [span(check.timeline) for check in (starter, solution)]
    shared = max(lengths) if min(lengths) * ONE_SCALE >= max(lengths) else None
    drawn = [
        figure(check.timeline, f"{whose}: {check.verdict}", until=shared)
        for check, whose in ((starter, "Starter"), (solution, "Solution"))
    ]
    return '<div class="beside">\n{}\n</div>'.format("\n".join(drawn)) if all(drawn) else "".join(drawn)


def links(course: Course, chapter: Chapter) -> str:
    """The chapters it builds on, linked from a page beside theirs."""
    found = [other for name in chapter.prerequisites if (other := course.by_id(name)) is not None]
    return ", ".join(f"[{other.number:02} {other.title}]({other.name}.md)" for other in found)


def _front_matter(chapter: Chapter) -> str:
    return (
        f"---\ntitle: {chapter.number:02} {chapter.title}\ndescription: >-\n  {chapter.page}\nsearch:\n  boost: 2\n---"
    )


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _opening(course: Course, chapter: Chapter) -> str:
    facts = [
        f"**Time** {chapter.duration}",
        f"**Builds on** {links(course, chapter) or 'nothing'}",
        f"**Runs** {', '.join(ANSWERS[need] for need in ANSWERS if need in chapter.needs)}",
    ]
    objectives = "\n".join(f"- {objective}" for objective in chapter.objectives)
    return (
        f'<p class="eyebrow">Chapter {chapter.number:02} · {escape(chapter.part_title)}</p>\n\n# {chapter.title}\n\n'
        f'<p class="lead">{markup.inline(chapter.page)}</p>\n\n{" · ".join(facts)}\n{{ .facts }}\n\n'
        f"Afterwards you can\n\n{objectives}"
    )


def _the_page(chapter: Chapter, readme: Document, recording: Recording | None) -> str:
    parts = [markup.pager(readme.notices, f"page {chapter.number:02}"), readme.story]
    if recording:
        parts.append(_log(recording))
    return _section("The page", "\n\n".join(part for part in parts if part))


def _log(recording: Recording) -> str:
    """What the starter printed during the incident."""
    failed = [check.id for check in recording.starter.result.checks if check.verdict is not Verdict.PASSED]
    logs = [(check, recording.starter.logs.get(check, [])) for check in [recording.story.id, *failed]]
    spoken = next(((check, lines) for check, lines in logs if lines), None)
    if spoken is None:
        return "The service's log of the incident is empty: it never said a word."
    check, lines = spoken
    shown = lines[-LOG_LINES:]
    left_out = f" (the last {len(shown)} of {len(lines)} lines)" if len(shown) < len(lines) else ""
    return f"What the service printed meanwhile, recorded during `{check}`{left_out}:\n\n" + markup.fence(
        "\n".join(shown), "text"
    )


def _lines(chapter: Chapter) -> str:
    files: dict[str, list[str]] = {}
    for excerpt in excerpts.marked(chapter):
        files.setdefault(excerpt.path, []).append(markup.fence(excerpt.text, excerpt.language))
    return markup.tabs([(path, "\n\n".join(found)) for path, found in files.items()])


def _task(task: Task, readme: Document, recording: Recording | None) -> str:
    hints = [markup.folded(title, hint, "tip") for title, hint in zip(HINTS, task.hints, strict=True)]
    checks = [check for check in recording.starter.result.checks if check.task == task.id] if recording else []
    verdicts = "\n".join(
        f'<li class="verdicts__check"><code>{check.id.partition("/")[2]}</code> '
        f"<span>{markup.inline(check.promise)}</span></li>"
        for check in checks
    )
    listed = f'<ul class="verdicts" aria-label="Checks of {task.id}">\n{verdicts}\n</ul>' if verdicts else ""
    told = [f"### {task.id} {task.title}", readme.tasks.get(task.id, ""), listed, *hints]
    return "\n\n".join(part for part in told if part)


def _recorded(chapter: Chapter, recording: Recording) -> Iterator[str]:
    number = chapter.number
    taken = f"Recorded on {recording.taken} with seed {recording.seed}."
    command = f"$ onduty check {number} --starter --seed {recording.seed}"
    failing = f"{command}\n{terminal(chapter, recording.starter, 'starter', recording.seed)}"
    command = f"$ onduty check {number} --solution --seed {recording.seed}"
    passing = f"{command}\n{terminal(chapter, recording.solution, 'solution', recording.seed)}"
    yield _section(
        "The check",
        f"{taken} Yours prints the same, with your own copy in place of ours.\n\n"
        + markup.tabs([("Starter", markup.fence(failing, "console")), ("Solution", markup.fence(passing, "console"))]),
    )
    yield _section("The incident", _timelines(chapter, recording))
    yield _section("What the solution changes", _changes(chapter))


def _timelines(chapter: Chapter, recording: Recording) -> str:
    others = []
    solution = recording.solution.checks
    for check in recording.starter.result.checks:
        if check.id not in solution:
            continue
        drawn = side_by_side(check, solution[check.id])
        if check.id == recording.story.id:
            told = [f"**{check.promise}** (`{check.id}`)", drawn]
            if check.explanation is not None:
                told.append(f"{check.explanation.observed} {check.explanation.likely or ''}".strip())
            story = "\n\n".join(told)
        elif drawn:
            others.append(markup.folded(f"{check.id}: {check.promise}", drawn, "abstract"))
    see = f"`onduty replay {chapter.number}` draws the starter beside your own copy."
    return "\n\n".join([story, *others, see])


def _changes(chapter: Chapter) -> str:
    diff = excerpts.changes(chapter)
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    added = sum(line.startswith("+") for line in lines)
    title = f"{added} lines added, {len(lines) - added} taken away"
    return markup.folded(title, markup.fence(diff, "diff"), "example") if diff else ""


def _ship(course: Course, chapter: Chapter, readme: Document) -> str:
    """What to do in the whole service, and how ours has it."""
    diff = course.root / DIFFS / f"{chapter.name}.diff"
    asked = readme.section("Ship it")
    if not asked or not diff.is_file():
        return asked
    page = f"[Step by step](../service/{chapter.name}.md)"
    text = diff.read_text(encoding="utf-8")
    if len(text.splitlines()) > SHOWN_LINES:
        return f"{asked}\n\n{page} shows how our service was changed, after you have changed yours."
    told = f"{page} says why it was done this way.\n\n{markup.fence(text, 'diff')}"
    return f"{asked}\n\n{markup.folded('The same fix at home in our service', told, 'example')}"


def _reasons(why: Document) -> str:
    parts = [for_the_site(why.opening), *(f"### {title}\n\n{why.section(title)}" for title in why.sections)]
    return "\n\n".join(part for part in parts if part)
