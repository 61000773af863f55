"""A roster's ids and columns come back as they went in, so that marks can be joined with whatever it was made from."""

import csv
import io
from pathlib import Path

import pytest

from onduty.course.catalog import Course
from onduty.grading.batch import chosen
from onduty.grading.cohort import cohort
from onduty.grading.ledger import Ledger
from onduty.grading.model import HandIn, Learner
from onduty.grading.roster import read_roster
from onduty.grading.scheme import Scheme
from onduty.grading.sheets import sheets
from onduty.reports.gradebook import gradebook

ADDRESS = "ada@uni.edu"
LINK = f"https://uni.edu/{'x' * 300}"
UNSEEN = "\N{REPLACEMENT CHARACTER}"


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "class.csv"
    lines = [("submission", "id", "name", "link"), ("ada", ADDRESS, "Ada", LINK), ("", "=1+1\r\n", "Bob", "\x1b[31m")]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    return path


def test_the_grade_book_has_the_rosters_ids_and_whole_columns(roster: Path, tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "out")
    for line in read_roster(roster):
        ledger.hand_in(HandIn(learner=line.learner, source=line.submission))
    found = sheets(ledger, Scheme())
    _, bob, ada = csv.reader(io.StringIO(gradebook(found)))
    assert ada[:3] == [ADDRESS, "Ada", LINK]
    assert bob[:3] == [f"'=1+1{UNSEEN}{UNSEEN}", "Bob", f"{UNSEEN}[31m"]
    assert all(f"{sheet.id}.json" in {file.name for file in (ledger.root / "handins").iterdir()} for sheet in found)


def test_somebody_on_the_roster_is_found_by_its_id_and_by_that_of_their_file(
    mini: Course, handed_in: Path, roster: Path
) -> None:
    everybody = cohort(mini, [str(handed_in)], roster).submissions
    assert [each.learner.name for each in chosen(everybody, [ADDRESS])] == ["Ada"]
    ada, *_ = (each.learner for each in everybody)
    assert [name for name in (ADDRESS, "*@uni.edu", ada.id, "Ada", "bob@uni.edu") if ada.is_called(name)] == [
        ADDRESS, "*@uni.edu", ada.id, "Ada",
    ]  # fmt: skip
    assert Learner(id="x", name="Ada [red]").is_called("Ada [red]")
    assert not Learner(id="x", name="Ada").is_called("")


def test_what_is_too_long_for_a_line_is_cut_in_a_name_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text(f"submission,id,group\nada,{'i' * 150},{'g' * 150}\n")
    (line,) = read_roster(tmp_path / "class.csv")
    assert (line.learner.roster_id, line.learner.fields) == ("i" * 150, {"group": "g" * 150})
    assert (line.learner.name, len(line.learner.id) < 100) == ("i" * 100, True)
