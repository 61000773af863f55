"""One's own work is judged behind the same boundary, chapter by chapter."""

import pytest


def test_each_of_several_chapters_reports_the_checks_that_were_asked_of_it(grade, lacking) -> None:
    if reason := lacking("bubblewrap"):
        pytest.skip(reason)
    asked = ("--only", "01.1", "--only", "answers-while-held")
    done = grade("--solution", "1", "2", "--isolated", *asked, command="check")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("1 of 1 checks") == 2
    assert "grader error" not in done.stdout
