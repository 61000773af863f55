"""The board: the lights of the whole service."""

from textwrap import shorten
from typing import Final

from onduty.cli.console import Cell, out, say, show_rows
from onduty.cli.course_map import SIGNS
from onduty.course.catalog import Course
from onduty.course.progress import Light
from onduty.reports.model import LightResult, Report
from onduty.reports.verdict import NOT_THEIRS, Verdict
from onduty.reports.visible import visible

BESIDE: Final = 40
"""Columns that the number and the title of a light take."""
LEAST: Final = 40


def show_lights(report: Report, course: Course, *, learner: bool, explains: str) -> None:
    """Print the lights, what changed since the last time and why, and the next one to try.

    `explains` is the command that tells what is wrong with a feature.
    """
    say()
    show_rows([_row(light) for light in report.lights])
    lit = sum(light.lit for light in report.lights)
    behaviour = report.chapters[0]
    say()
    say((f"{lit} of {len(report.lights)} lights lit.", "bold"), " ", *_features(behaviour.verdict, explains))
    if learner and behaviour.verdict is Verdict.PASSED:
        _show_next(report.lights, course)


def _row(light: LightResult) -> tuple[Cell, Cell, Cell]:
    sign = SIGNS[_state(light)]
    style = {Light.LIT: "yellow", Light.OUT: "bold red", Light.DARK: "dim"}[_state(light)]
    title = f"{light.number:02} {light.title}"
    return (f"  {sign}", style), (title, "" if light.looked_at else "dim"), _news(light)


def _state(light: LightResult) -> Light:
    if light.lit:
        return Light.LIT
    return Light.OUT if light.changed else Light.DARK


def _news(light: LightResult) -> Cell:
    if light.lit and not light.why:
        return ("lit now", "bold green") if light.changed else ""
    why = visible(light.why or "")
    if out().is_terminal:
        why = shorten(why, max(LEAST, out().width - BESIDE), placeholder=" …")
    return (f"went out: {why}", "bold red") if light.changed else (why, "dim")


def _features(verdict: Verdict, explains: str) -> tuple[Cell, ...]:
    if verdict is Verdict.PASSED:
        return ("Every feature works.",)
    if verdict in NOT_THEIRS:
        return ("Whether every feature works could not be judged: ", (explains, "bold"), " says why.")
    return (("A feature is broken: that comes first.", "bold red"), " ", (explains, "bold"), " explains it.")


def _show_next(lights: list[LightResult], course: Course) -> None:
    out_again = [light for light in lights if light.changed and not light.lit]
    dark = [light for light in lights if not light.lit]
    if out_again:
        went_out = out_again[0]
        say(
            "First: ",
            (f"onduty ship {went_out.number}", "bold"),
            "   it was lit; what did you change since? ",
            ("onduty diff 32", "bold"),
            " shows all you did.",
        )
    elif missing := _missing(lights, course):
        first, wanted_by = missing
        say(
            "Next:  ",
            (f"onduty ship {first.number}", "bold"),
            f"   {first.title}; {wanted_by.number:02} builds on it, and may stay dark until it is lit",
        )
    elif dark:
        drill = f"onduty start {dark[0].number}"
        say("Next:  ", (f"onduty ship {dark[0].number}", "bold"), f"   {dark[0].title}; its drill is `{drill}`")
    elif not any(light.why for light in lights):
        say("All of them. This is a production service, and you built it.")


def _missing(lights: list[LightResult], course: Course) -> tuple[LightResult, LightResult] | None:
    """The first dark light that another one builds on, which was looked at in vain; and that one."""
    wanted_by = {
        prerequisite: light
        for light in reversed(lights)
        if light.looked_at and not light.lit
        for prerequisite in course.find(light.id).prerequisites
    }
    return next(((light, wanted_by[light.id]) for light in lights if not light.lit and light.id in wanted_by), None)
