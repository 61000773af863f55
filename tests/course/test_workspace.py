"""The learner's copies: handed out whole, found from anywhere inside, and never overwritten without a way back."""

import os
from pathlib import Path

import pytest

from onduty.course import files
from onduty.course.catalog import Chapter, Course
from onduty.course.problems import NotPossibleHere, Problem
from onduty.course.snapshots import NoSnapshot, Snapshots
from onduty.course.workspace import NotStarted, NoWorkspace, Workspace


def content(root: Path) -> dict[str, bytes]:
    return {path: file.read_bytes() for path, file in files.listing(root).items()}


def test_a_new_workspace_holds_the_whole_service(workspace: Workspace, course: Course) -> None:
    assert course.service is not None
    assert workspace.has(course.service)
    assert not workspace.has(course.find("1"))


def test_a_handed_out_copy_is_the_starter_without_its_hints(workspace: Workspace, light: Chapter) -> None:
    assert workspace.hand_out(light)
    expected = content(light.starter)
    del expected["chapter.toml"]
    assert content(workspace.directory(light)) == expected
    assert content(workspace.base(light)) == expected


def test_a_copy_the_learner_has_is_never_handed_out_again(workspace: Workspace, light: Chapter) -> None:
    workspace.hand_out(light)
    mine = workspace.directory(light) / "app/health.py"
    mine.write_text("mine")
    assert not workspace.hand_out(light)
    assert mine.read_text() == "mine"


def test_an_interrupted_copy_is_not_taken_for_the_learners(
    workspace: Workspace, light: Chapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", interrupt)
        with pytest.raises(KeyboardInterrupt):
            workspace.hand_out(light)
    assert not workspace.has(light)
    assert workspace.hand_out(light)
    assert not list(workspace.meta.glob("incoming-*"))


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_workspace_is_found_from_inside_a_chapter(
    workspace: Workspace, course: Course, light: Chapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.hand_out(light)
    monkeypatch.chdir(workspace.directory(light) / "app")
    found = Workspace.find(course)
    assert found.root == workspace.root
    assert found.around(course, Path.cwd()) == light


def test_a_workspace_is_found_beside_the_checkout(
    workspace: Workspace, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Workspace.find(course).root == workspace.root
    assert workspace.around(course, tmp_path) is None


def test_an_installed_course_makes_no_workspace_unasked(
    course_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoWorkspace, match="onduty init DIR"):
        Workspace.find_or_make(Course.load(course_root, is_checkout=False))


def test_a_current_directory_that_is_gone_is_told(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(Problem, match="does not exist any more"):
        Workspace.find(course)


def test_a_chapter_that_was_not_begun_says_how_to(workspace: Workspace, light: Chapter) -> None:
    with pytest.raises(NotStarted, match="onduty start 1"):
        workspace.opened(light)


def test_undo_puts_back_what_was_overwritten_added_and_removed(workspace: Workspace, light: Chapter) -> None:
    workspace.hand_out(light)
    mine = workspace.directory(light)
    (mine / "app/health.py").write_text("mine")
    (mine / "app/extra.py").write_text("mine, too")
    (mine / "Procfile").unlink()
    before = content(mine)
    with workspace.changing("onduty reset 1", workspace.places(light)):
        files.make_like(workspace.base(light), mine)
    after = content(mine)
    assert after != before

    snapshot, changed = workspace.undo()
    assert content(mine) == before
    assert snapshot.before == "onduty reset 1"
    assert changed["01-first-light"].paths == ("Procfile", "app/extra.py", "app/health.py")
    workspace.undo()
    assert content(mine) == after
    workspace.undo(snapshot.number)
    assert content(mine) == before


def test_undo_of_a_first_copy_takes_it_away_and_brings_it_back(workspace: Workspace, light: Chapter) -> None:
    with workspace.changing("onduty start 2 --catch-up", workspace.places(light)):
        workspace.hand_out(light)
    workspace.undo()
    assert not workspace.has(light)
    workspace.undo()
    assert (workspace.directory(light) / "app/health.py").exists()


@pytest.mark.parametrize("ending", [KeyboardInterrupt, OSError(28, "No space left on device"), SystemExit])
def test_a_change_that_does_not_end_well_is_backed_out(
    workspace: Workspace, light: Chapter, ending: BaseException | type[BaseException]
) -> None:
    workspace.hand_out(light)
    mine = workspace.directory(light) / "app/health.py"
    mine.write_text("mine")

    def change() -> None:
        with workspace.changing("onduty reset 1", workspace.places(light)):
            mine.write_text("half of it")
            raise ending

    with pytest.raises((KeyboardInterrupt, OSError, SystemExit)):
        change()
    assert mine.read_text() == "mine"


def test_a_change_that_cannot_be_backed_out_says_where_the_files_are(
    workspace: Workspace, light: Chapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.hand_out(light)
    mine = workspace.directory(light) / "app/health.py"
    mine.write_text("mine")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    def change() -> None:
        with workspace.changing("onduty reset 1", workspace.places(light)):
            mine.write_text("half of it")
            monkeypatch.setattr(files, "copy", full)
            raise KeyboardInterrupt

    with pytest.raises(NotPossibleHere, match="They are safe: `onduty undo` puts them back"):
        change()
    monkeypatch.undo()
    workspace.undo()
    assert mine.read_text() == "mine"


def test_nothing_is_overwritten_when_the_snapshot_cannot_be_taken(
    workspace: Workspace, light: Chapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.hand_out(light)
    (workspace.directory(light) / "app/health.py").write_text("mine")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    def change() -> None:
        with workspace.changing("onduty reset 1", workspace.places(light)):
            pytest.fail("there is no snapshot to go back to")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        change()
    assert workspace.snapshots.all() == []
    assert not list((workspace.meta / "snapshots").iterdir())


def test_a_snapshot_that_was_cut_off_does_not_count(workspace: Workspace) -> None:
    place = workspace.meta / "snapshots"
    (place / "0007" / "0").mkdir(parents=True)
    (place / "0008").mkdir()
    (place / "0008" / "snapshot.json").write_text('{"version": 1')
    assert workspace.snapshots.all() == []
    with pytest.raises(NoSnapshot, match="There is nothing to undo"):
        workspace.undo()
    assert workspace.snapshots.take("onduty reset 1", ["01-first-light"]).number == 9
    assert sorted(path.name for path in place.iterdir()) == ["0008", "0009"]


def test_a_snapshot_that_is_not_there_is_told(workspace: Workspace) -> None:
    Snapshots(workspace.root, workspace.meta / "snapshots").take("onduty reset 1", ["01-first-light"])
    with pytest.raises(NoSnapshot, match="There is no snapshot 5"):
        workspace.undo(5)


def test_opening_a_chapter_makes_it_the_one_at_hand(workspace: Workspace, light: Chapter) -> None:
    workspace.open(light)
    started = workspace.progress().of(light.id).started
    assert started is not None
    workspace.open(light)
    assert workspace.progress().of(light.id).started == started
    assert workspace.progress().current == light.id
