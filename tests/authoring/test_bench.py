"""What `onduty dev bench` measures, on the miniature course."""

import pytest

from onduty.authoring import bench
from onduty.course.catalog import Course
from onduty.course.problems import Problem


def test_it_measures_what_the_site_promises(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    for measure in ("_seconds", "_peak", "_first"):
        monkeypatch.setattr(bench, measure, lambda *_: 1.0)
    names = [figure.name for figure in bench.all_figures(course, course.incidents, 1)]
    assert names == [
        "onduty list",
        "onduty --help",
        "onduty init && onduty, with nothing cached: the first verdict",
        "01-first-light, solution",
        "01-first-light, starter",
        "02-held-kettle, solution",
        "02-held-kettle, starter",
        "onduty check --solution: every chapter",
        "32-on-duty, lab and checker, peak PSS",
    ]
    some = [figure.name for figure in bench.all_figures(course, course.incidents[:1], 1)]
    assert "onduty check --solution: every chapter" not in some


def test_a_run_that_ends_otherwise_is_no_figure(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDUTY_COURSE", str(course.root))
    (course.find("1").solution / "Procfile").write_text("web: false\n")
    with pytest.raises(Problem, match="ended with exit code 5"):
        list(bench.chapters([course.find("1")], 1))


def test_a_first_run_begins_with_nothing_and_ends_with_a_verdict(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONDUTY_COURSE", str(course.root))
    (figure,) = bench.first_verdict(1).values
    assert 0 < figure < 60
