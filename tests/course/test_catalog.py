"""Reading the course, and finding a chapter by what a learner calls it."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from onduty.course.catalog import AmbiguousChapter, Course, UnknownChapter
from onduty.course.chapter_file import Chapter, Task, read_chapter
from onduty.course.problems import CourseError, Problem


def test_a_course_is_its_chapters_in_order(course: Course) -> None:
    assert [chapter.name for chapter in course.chapters] == ["01-first-light", "02-held-kettle", "32-on-duty"]
    assert [chapter.name for chapter in course.incidents] == ["01-first-light", "02-held-kettle"]
    assert course.service is course.chapters[-1]


def test_a_chapter_knows_its_places_in_the_mirrored_trees(course: Course) -> None:
    chapter = course.find("2")
    for place in (chapter.starter, chapter.solution, chapter.checks):
        assert place.is_dir()
        assert place.name == "02-held-kettle"
    assert chapter.needs == {"payments"}
    assert [task.id for task in course.find("1").tasks] == ["01.1", "01.2"]
    assert len(chapter.tasks[0].hints) == 3


def test_the_reference_of_the_chapters_file_has_every_key_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "chapter-toml.md").read_text("utf-8")
    of_a_chapter, of_a_task = (re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) for part in page.split("`[[tasks]]`:"))
    from_its_place = {"root", "number"}
    assert sorted(of_a_chapter) == sorted({field.name for field in fields(Chapter)} - from_its_place)
    assert sorted(of_a_task) == sorted(field.name for field in fields(Task))


@pytest.mark.parametrize(
    "name", ["2", "02", "02-held-kettle", "held-kettle", "held", "kettle", "KETTLE", "workspace/02-held-kettle/", " 2 "]
)
def test_a_chapter_has_many_names(course: Course, name: str) -> None:
    assert course.find(name).id == "held-kettle"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("7", 'There is no chapter "7". There are 01, 02, 32; `onduty list` shows them.'),
        ("held-cattle", 'There is no chapter "held-cattle". Did you mean held-kettle?'),
        ("", 'There is no chapter "". There are 01, 02, 32; `onduty list` shows them.'),
    ],
)
def test_an_unknown_name_gets_a_suggestion(course: Course, name: str, said: str) -> None:
    with pytest.raises(UnknownChapter) as caught:
        course.find(name)
    assert str(caught.value) == said
    assert caught.value.exit_code == 2


def test_a_name_of_two_chapters_is_refused(course: Course) -> None:
    with pytest.raises(AmbiguousChapter, match="may be 01-first-light, 02-held-kettle or 32-on-duty: write one"):
        course.find("t")


def test_an_exact_id_wins_over_longer_ones(course_root: Path) -> None:
    twin = course_root / "chapters" / "03-held"
    twin.mkdir()
    text = (course_root / "chapters/02-held-kettle/chapter.toml").read_text()
    (twin / "chapter.toml").write_text(text.replace('"held-kettle"', '"held"').replace('"02.1"', '"03.1"'))
    assert Course.load(course_root).find("held").number == 3


def test_the_next_chapters_come_first_and_those_left_out_last(course: Course) -> None:
    assert [chapter.number for chapter in course.after(course.find("2"))] == [1]
    assert [chapter.number for chapter in course.after(course.find("1"))] == [2]


def test_a_chapter_may_change_what_the_service_is_run_with(course_root: Path) -> None:
    file = course_root / "chapters/01-first-light/chapter.toml"
    text = file.read_text()
    file.write_text(text.replace("minutes = 5", 'minutes = 5\nenvironment = { A = "1", B = false }', 1))
    chapter = Course.load(course_root).find("1")
    assert chapter.environment == {"A": "1", "B": None}
    assert len({chapter, chapter}) == 1  # grading keeps chapters in sets


def test_a_chapter_of_bonuses_alone_is_refused(course_root: Path) -> None:
    file = course_root / "chapters/01-first-light/chapter.toml"
    file.write_text(file.read_text().replace("points = ", "bonus = true\npoints = "))
    with pytest.raises(CourseError, match="must hold one that is no bonus"):
        Course.load(course_root)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("minutes = 5", "", "`minutes` is missing"),
        ("minutes = 5", 'minutes = "5"', "`minutes` must be a whole number from 1 to 600"),
        ("minutes = 5", "minutes = true", "`minutes` must be a whole number from 1 to 600"),
        ("minutes = 5", "minuts = 5\nminutes = 5", "`minuts` is not a known key; did you mean `minutes`?"),
        ("part = 1", "part = 8", "`part` must be a whole number from 1 to 7"),
        ('id = "first-light"', 'id = "last-light"', '`id` must be "first-light", as its directory is called'),
        ('title = "First light"', 'title = ""', "`title` must be one line of text"),
        ('title = "First light"', 'title = "a\\u001b[31m"', "`title` must be one line of text"),
        ("needs = []", 'needs = ["mysql"]', "`needs` may hold postgres, valkey, payments, and nothing else"),
        ('teaches = ["app/**"]', 'teaches = ["../x"]', "`teaches` must hold paths inside the chapter"),
        ('id = "01.2"', 'id = "01.3"', 'task 2: `id` must be "01.2"'),
        ("points = 5", "points = -5", "task 2: `points` must be a whole number from 0 to 1000"),
        ('"Take the handler away: without one, SIGTERM ends the process.",', "", "`hints` must have exactly 3 entries"),
        ("minutes = 5", "minutes = 5\nenvironment = { A = 1 }", "`environment` must be a table of texts"),
        ("points = 5", 'points = 5\nbonus = "yes"', "task 2: `bonus` must be true or false"),
        ("prerequisites = []", "prerequisites = [1]", "`prerequisites` must be a list of texts"),
        ('id = "first-light"', 'id = "first-light', "cannot be read"),
    ],
)
def test_a_mistake_in_chapter_toml_is_one_sentence_with_file_and_key(
    course_root: Path, before: str, after: str, said: str
) -> None:
    file = course_root / "chapters/01-first-light/chapter.toml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    with pytest.raises(CourseError) as caught:
        Course.load(course_root)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith("chapters/01-first-light/chapter.toml")
    assert said in caught.value.problems[0]
    assert caught.value.exit_code == 4


def test_all_problems_are_found_in_one_reading(course_root: Path) -> None:
    (course_root / "chapters/01-first-light/chapter.toml").unlink()
    file = course_root / "chapters/02-held-kettle/chapter.toml"
    file.write_text(file.read_text().replace("part = 3", "part = 0").replace("minutes = 10", ""))
    with pytest.raises(CourseError) as caught:
        Course.load(course_root)
    assert caught.value.problems[0] == "chapters/01-first-light/chapter.toml is missing"
    assert len(caught.value.problems) == 3
    assert str(caught.value).endswith("(and 2 more problems). Install the course again, or restore its files with git.")


def test_two_chapters_with_one_number_are_a_problem(course_root: Path) -> None:
    twin = course_root / "chapters" / "01-held-kettle"
    (course_root / "chapters/02-held-kettle").rename(twin)
    text = (twin / "chapter.toml").read_text()
    (twin / "chapter.toml").write_text(text.replace('"02.1"', '"01.1"'))
    with pytest.raises(CourseError, match="2 chapters have the number 01"):
        Course.load(course_root)


def test_stray_directories_are_no_chapters(course_root: Path) -> None:
    (course_root / "chapters/__pycache__").mkdir()
    (course_root / "chapters/99-Not A Chapter").mkdir()
    (course_root / "chapters/notes.txt").write_text("")
    assert len(Course.load(course_root).chapters) == 3


def test_a_course_without_chapters_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="There is no chapter in"):
        Course.load(tmp_path)


def test_an_override_must_be_a_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONDUTY_COURSE", str(tmp_path / "nowhere"))
    with pytest.raises(Problem, match=r"has no chapters/ directory\. Correct it or unset it\."):
        Course.find_course()


def test_the_real_course_can_be_read() -> None:
    course = Course.load(Path(__file__).parents[2])
    assert course.service is not None


def test_a_chapter_in_a_directory_with_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="not of the form NN-some-words"):
        read_chapter(tmp_path / "chapters" / "first")
