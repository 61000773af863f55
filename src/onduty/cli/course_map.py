"""The map of the course: what there is, and which lights are on."""

from textwrap import wrap
from typing import Final

from onduty.cli.console import Cell, out, say
from onduty.course.catalog import SERVICE, Chapter, Course
from onduty.course.progress import Light, Progress, Track

ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII")
SIGNS: Final = {Light.LIT: "●", Light.DARK: "○", Light.OUT: "✗"}
STYLES: Final = {Light.LIT: "green", Light.DARK: "dim", Light.OUT: "bold red"}
MEANING: Final = {Light.LIT: "passes", Light.DARK: "not yet", Light.OUT: "passed once, not now"}
INDENT: Final = 12
"""Columns for the two lights, each under its heading."""
PAGE_INDENT: Final = 5
WIDEST: Final = 100


def show_map(course: Course, progress: Progress, at_hand: Chapter) -> None:
    """Print the map; a pipe gets one line a chapter."""
    if not out().is_terminal:
        for chapter in course.chapters:
            say(_line(chapter, progress))
        return
    lit = {
        track: sum(getattr(progress.of(chapter.id), track).light is Light.LIT for chapter in course.incidents)
        for track in ("drill", "ship")
    }
    total = len(course.incidents)
    say(("On Duty", "bold"), f"   {lit['drill']} of {total} drilled, {lit['ship']} of {total} shipped")
    part = 0
    for chapter in course.chapters:
        if chapter.part != part:
            say()
            say(*_part(chapter, first=part == 0))
            part = chapter.part
        _show_row(chapter, progress, chosen=chapter == at_hand)
    say()
    say(*_legend(course, progress))


def _part(chapter: Chapter, *, first: bool) -> tuple[Cell, ...]:
    heads = "drill ship" if first else ""
    return (f"{heads:<{INDENT}}", "dim"), f"{ROMAN[chapter.part - 1]}  ", (chapter.part_title, "bold")


def _show_row(chapter: Chapter, progress: Progress, *, chosen: bool) -> None:
    lights: list[Cell] = []
    for track in _tracks(progress, chapter):
        sign = " " if chapter.id == SERVICE else SIGNS[track.light]
        lights += ["  ", (sign, STYLES[track.light]), "   "]
    title = f"{'>' if chosen else ' '} {chapter.number:02} {chapter.title}"
    room = max(20, min(out().width, WIDEST) - INDENT)
    minutes = chapter.duration.rjust(room - len(title)) if len(title) + 8 <= room else ""
    say(*lights, (title, "bold" if chosen else ""), (minutes, "dim"))
    for line in wrap(chapter.page, room - PAGE_INDENT):
        say(" " * (INDENT + PAGE_INDENT), (line, "dim"))


def _line(chapter: Chapter, progress: Progress) -> str:
    record = progress.of(chapter.id)
    words = {Light.DARK: "-", Light.OUT: "went-out"}
    drilled = words.get(record.drill.light, "drilled")
    shipped = words.get(record.ship.light, "shipped")
    return f"{chapter.name:<28} {drilled:<8} {shipped:<8} {chapter.duration:>6}  {chapter.page}"


def _legend(course: Course, progress: Progress) -> list[Cell]:
    shown = {track.light for chapter in course.incidents for track in _tracks(progress, chapter)}
    parts: list[Cell] = []
    for light in Light:
        if light in shown:
            parts += [(SIGNS[light], STYLES[light]), f" {MEANING[light]}   "]
    return [*parts, (">", "bold"), " at hand: `onduty` goes on with it"]


def _tracks(progress: Progress, chapter: Chapter) -> tuple[Track, Track]:
    record = progress.of(chapter.id)
    return record.drill, record.ship
