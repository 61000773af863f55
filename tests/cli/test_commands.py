"""What each command says and does."""

import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from onduty.cli import console, session
from onduty.course import files
from onduty.course.catalog import Chapter, Course
from onduty.course.progress import Light
from onduty.course.steps import build_of
from onduty.course.workspace import Workspace

Onduty = Callable[..., CompletedProcess[str]]


def solve(workspace: Workspace, chapter_id: str, *, shipped: bool = False) -> None:
    with workspace.updating() as progress:
        progress.of(chapter_id).drill.turn_on()
        if shipped:
            progress.of(chapter_id).ship.turn_on()


def test_list_tells_lights_minutes_and_page_a_line_each(onduty: Onduty, workspace: Workspace) -> None:
    solve(workspace, "first-light", shipped=True)
    with workspace.updating() as progress:
        progress.of("first-light").ship.turn_off()
    lines = onduty("list").stdout.splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["01-first-light", "drilled", "went-out", "5"],
        ["02-held-kettle", "-", "-", "10"],
        ["32-on-duty", "-", "-", "20"],
    ]
    assert lines[0].endswith("The platform restarts the till every ten seconds, and nobody knows why.")


def test_list_needs_no_workspace_and_makes_none(onduty: Onduty, course_root: Path) -> None:
    assert onduty("list").returncode == 0
    assert not (course_root / "workspace").exists()


def test_start_copies_the_chapter_and_shows_the_page(onduty: Onduty, course_root: Path) -> None:
    ran = onduty("start", "2")
    assert ran.returncode == 0
    assert "02 Held kettle" in ran.stdout
    assert "The payment provider is slow tonight" in ran.stdout
    assert "02.1  Answer while a payment is held  10 points" in ran.stdout
    assert "workspace/02-held-kettle" in ran.stdout
    assert "onduty check 2" in ran.stdout
    assert "builds on 01" in ran.stderr
    assert (course_root / "workspace/02-held-kettle/app/__main__.py").exists()


def test_start_again_leaves_the_copy_alone(onduty: Onduty, mine: Path) -> None:
    (mine / "app/health.py").write_text("mine")
    ran = onduty("start", "1")
    assert "It is as you left it; `onduty reset 1` begins anew." in ran.stdout
    assert (mine / "app/health.py").read_text() == "mine"


def test_start_without_a_number_goes_to_the_next_one(onduty: Onduty, workspace: Workspace, light: Chapter) -> None:
    assert "01 First light" in onduty("start").stdout
    solve(workspace, light.id)
    assert "02 Held kettle" in onduty("start").stdout
    solve(workspace, "held-kettle")
    assert "32 On duty" in onduty("start").stdout


def test_catching_up_fills_what_was_not_begun(onduty: Onduty, course_root: Path) -> None:
    ran = onduty("start", "2", "--catch-up")
    assert (
        "Now you have our solutions in 01 and the fixes of all before 02 in 32-on-duty. `onduty undo` takes them out "
        "again." in ran.stdout
    )
    assert "builds on" not in ran.stderr
    copy = course_root / "workspace/01-first-light"
    assert "200" in (copy / "app/health.py").read_text()
    assert (copy / "README.md").exists()
    assert not (copy / "WHY.md").exists()
    assert "500" in onduty("diff", "1").stdout
    again = onduty("start", "2", "--catch-up")
    assert "You have our solution of everything before it already." in again.stdout
    assert "builds on" not in again.stderr
    onduty("undo")
    assert not copy.exists()


def test_catching_up_fixes_the_whole_service_as_far_as_it_goes(
    onduty: Onduty, course_root: Path, workspace: Workspace
) -> None:
    service = workspace.root / "32-on-duty"
    naive = (service / "app/__main__.py").read_text()
    onduty("start", "2", "--catch-up")
    build = build_of(Course.load(course_root))
    assert not files.changes(build.write(1, course_root / "after-1"), service, {"README.md"})
    assert (service / "README.md").exists()
    assert "app/__main__.py" in onduty("diff", "32").stdout
    onduty("undo")
    assert (service / "app/__main__.py").read_text() == naive


def test_catching_up_further_goes_on_from_where_it_was(onduty: Onduty, course_root: Path, workspace: Workspace) -> None:
    for tree in ("chapters", "solutions", "checks"):
        shutil.copytree(course_root / tree / "02-held-kettle", course_root / tree / "03-third")
    told = course_root / "chapters/03-third/chapter.toml"
    told.write_text(told.read_text().replace('"held-kettle"', '"third"').replace('"02.', '"03.'))
    onduty("start", "2", "--catch-up")
    ran = onduty("start", "3", "--catch-up")
    assert "our solutions in 02 and the fixes of all before 03 in 32-on-duty" in ran.stdout
    assert "Left alone" not in ran.stdout
    assert "ThreadingHTTPServer" in (workspace.root / "32-on-duty/app/__main__.py").read_text()


def test_catching_up_leaves_a_service_alone_that_was_worked_on(onduty: Onduty, workspace: Workspace) -> None:
    main = workspace.root / "32-on-duty/app/__main__.py"
    main.write_text("mine")
    ran = onduty("start", "2", "--catch-up")
    assert "Now you have our solutions in 01. `onduty undo`" in ran.stdout
    assert "Left alone, since you have worked on them: 32." in ran.stdout
    assert main.read_text() == "mine"


def test_catching_up_leaves_own_work_alone(onduty: Onduty, mine: Path) -> None:
    (mine / "app/health.py").write_text("mine")
    ran = onduty("start", "2", "--catch-up")
    assert "Left alone, since you have worked on them: 01." in ran.stdout
    assert (mine / "app/health.py").read_text() == "mine"


def test_catching_up_to_the_whole_service_gives_ours(onduty: Onduty, course_root: Path) -> None:
    onduty("start", "32", "--catch-up")
    assert "ThreadingHTTPServer" in (course_root / "workspace/32-on-duty/app/__main__.py").read_text()


def test_hints_come_one_at_a_time_and_are_remembered(onduty: Onduty, light: Chapter) -> None:
    first, second = onduty("hint").stdout, onduty("hint", "1").stdout
    assert light.tasks[0].hints[0] in first
    assert "hint 1 of 3" in first
    assert "2 more: onduty hint 01.1" in first
    assert light.tasks[0].hints[1] in second
    refused = onduty("hint")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "The last hint is almost the code. Add --yes to see it.\n"
    assert light.tasks[0].hints[2] in onduty("hint", "--yes").stdout
    everything = onduty("hint").stdout
    assert all(hint in everything for hint in light.tasks[0].hints)
    assert "onduty solution 1 --anyway" in everything


def test_a_hint_is_found_by_a_path_to_the_chapter(
    onduty: Onduty, light: Chapter, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(mine)
    for path in ("../01-first-light", "./../01-first-light/"):
        assert onduty("hint", path).stdout.startswith("01.1 "), path


@pytest.mark.parametrize("answer", ["y\n", "Yes\n"])
def test_the_last_hint_is_asked_for(
    onduty: Onduty, light: Chapter, monkeypatch: pytest.MonkeyPatch, typed: Callable[[str], None], answer: str
) -> None:
    monkeypatch.setattr("onduty.cli.hint.interactive", lambda: True)
    onduty("hint")
    onduty("hint")
    for refusal in ("\n", "n\n", ""):
        typed(refusal)
        assert light.tasks[0].hints[2] not in onduty("hint").stdout
    typed(answer)
    assert light.tasks[0].hints[2] in onduty("hint").stdout


def test_a_hint_is_about_the_first_task_that_does_not_pass(
    onduty: Onduty, workspace: Workspace, light: Chapter
) -> None:
    with workspace.updating() as progress:
        progress.of(light.id).drill.checks["01.1/says-live"] = True
    assert light.tasks[1].hints[0] in onduty("hint").stdout
    assert light.tasks[0].hints[0] in onduty("hint", "1.1").stdout
    assert onduty("hint", "1.7").stderr == "01-first-light has no task 01.7. It has 01.1, 01.2.\n"


def test_the_solution_is_shown_after_a_pass_or_anyway(onduty: Onduty, workspace: Workspace, light: Chapter) -> None:
    for command in (("solution", "1"), ("diff", "1", "--solution")):
        refused = onduty(*command)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "You have not solved 01-first-light yet. `onduty hint 1` helps" in refused.stderr
        assert '"status": "live"' in onduty(*command, "--anyway").stdout
    solve(workspace, light.id)
    shown = onduty("solution").stdout
    assert "solutions/01-first-light" in shown
    assert "# Why this answer" in shown
    assert "--- starter/app/health.py\n+++ solution/app/health.py\n" in shown
    assert "--- yours/app/health.py\n+++ solution/app/health.py\n" in onduty("diff", "--solution").stdout


def test_a_light_that_went_out_still_opens_the_solution(onduty: Onduty, workspace: Workspace, light: Chapter) -> None:
    solve(workspace, light.id)
    with workspace.updating() as progress:
        progress.of(light.id).drill.turn_off()
        assert progress.of(light.id).drill.light is Light.OUT
    assert onduty("solution").returncode == 0


def test_alone_it_shows_the_map_once_opens_the_incident_and_replays_it(
    onduty: Onduty, course_root: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def begin(_: Course, __: Workspace, chapter: Chapter, *, watch: bool) -> int:
        begun.append(f"{chapter.name} {watch}")
        return 1

    monkeypatch.setattr(session, "begin", begin)
    first = onduty()
    assert first.returncode == 1
    assert "You are on duty at Night Owl Coffee." in first.stdout
    assert "02-held-kettle" in first.stdout
    assert (course_root / "workspace/01-first-light/app/health.py").exists()
    assert "You are on duty" not in onduty().stdout
    solve(workspace, "first-light")
    third = onduty()
    assert "02 Held kettle" in third.stdout
    assert "Solved and not shipped yet: 01." in third.stderr
    assert begun == ["01-first-light False", "01-first-light False", "02-held-kettle False"]


def test_version_names_the_course(onduty: Onduty) -> None:
    assert onduty("--version").stdout.startswith("onduty ")


def test_inside_a_chapter_no_number_is_needed(
    onduty: Onduty, workspace: Workspace, light: Chapter, course_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kettle = Course.load(course_root).find("2")
    workspace.hand_out(kettle)
    monkeypatch.chdir(workspace.directory(kettle) / "app")
    assert workspace.progress().current == light.id
    assert kettle.tasks[0].hints[0] in onduty("hint").stdout


def test_no_number_and_nothing_begun_asks_which(onduty: Onduty, workspace: Workspace) -> None:
    assert workspace.root.is_dir()
    assert onduty("diff").stderr == "Which chapter? Write its number, or begin one with `onduty start`.\n"


def test_a_person_is_needed_to_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert not console.interactive()
