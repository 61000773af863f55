"""What the site says of all chapters together: the map, what each builds on, and its place in the navigation."""

from collections.abc import Iterator
from typing import Final

from onduty.authoring.pages import markup
from onduty.authoring.pages.chapter_page import ANSWERS, links, side_by_side
from onduty.authoring.pages.recording import Recording
from onduty.course.catalog import Chapter, Course

BEGIN: Final = "      # The lines to the next comment are written by `onduty dev pages`.\n"
END: Final = "      # End of what `onduty dev pages` writes.\n"
SHOWN_AT_HOME: Final = "blocked-event-loop"


def course_map(course: Course) -> str:
    """Every chapter under the part it belongs to."""
    parts: dict[str, list[Chapter]] = {}
    for chapter in course.chapters:
        parts.setdefault(chapter.part_title, []).append(chapter)
    return "\n\n".join(_part(course, title, chapters) for title, chapters in parts.items()) + "\n"


def prerequisites(course: Course) -> str:
    """One row a chapter: what it builds on, what it runs, how long it takes."""
    rows = [
        (
            f"[{chapter.number:02} {chapter.title}](../chapters/{chapter.name}.md)",
            links(course, chapter).replace("](", "](../chapters/") or "nothing",
            ", ".join(ANSWERS[need] for need in ANSWERS if need in chapter.needs),
            chapter.duration,
        )
        for chapter in course.chapters
    ]
    return markup.table(("chapter", "builds on", "runs", "time"), rows) + "\n"


def replay(course: Course) -> str:
    """The incident of the home page: one check, on the starter and on the solution."""
    chapter = course.find(SHOWN_AT_HOME)
    recording = Recording.read(chapter)
    if recording is None:
        return ""
    story = recording.story
    promise = f'<p class="replay__promise">{markup.inline(story.promise)}</p>\n'
    return promise + side_by_side(story, recording.solution.checks[story.id]) + "\n"


def navigation(course: Course, mkdocs: str) -> str:
    """The site's configuration with every chapter, and every step of the whole service, in its navigation."""
    before, _, rest = mkdocs.partition(BEGIN)
    _, _, after = rest.partition(END)
    entries = "".join(
        f"      - {chapter.number:02} {chapter.title}: chapters/{chapter.name}.md\n" for chapter in course.chapters
    )
    steps = sorted(
        (course.root / "docs" / "service").glob("*.md"), key=lambda page: (page.name != "index.md", page.name)
    )
    if steps:
        entries += "      - The service, light by light:\n"
        entries += "".join(f"          - service/{page.name}\n" for page in steps)
    return f"{before}{BEGIN}{entries}{END}{after}"


def _part(course: Course, title: str, chapters: list[Chapter]) -> str:
    entries = "\n".join(_entry(course, chapter) for chapter in chapters)
    return f'## {title}\n\n<ol class="map" markdown="block">\n{entries}\n</ol>'


def _entry(course: Course, chapter: Chapter) -> str:
    return "\n".join(_lines(course, chapter))


def _lines(course: Course, chapter: Chapter) -> Iterator[str]:
    builds_on = links(course, chapter)
    yield '<li class="map__chapter" markdown="block">'
    yield f'<span class="map__number">{chapter.number:02}</span>'
    yield '<div markdown="block">'
    yield f"\n[{chapter.title}]({chapter.name}.md){{ .map__title }}\n\n{chapter.page}\n"
    yield f"{chapter.duration}{f', builds on {builds_on}' if builds_on else ''}\n{{ .map__about }}\n"
    yield "</div>\n</li>"
