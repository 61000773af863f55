"""The state file: versioned, saved whole, shared by two terminals, and never the end of a learner's evening."""

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from onduty.course import files
from onduty.course.lock import Lock
from onduty.course.problems import NotPossibleHere
from onduty.course.progress import FromNewerVersion, Light, Progress, Track
from onduty.course.workspace import Workspace

FORK = multiprocessing.get_context("fork")


def state(workspace: Workspace) -> Path:
    return workspace.meta / "state.json"


def test_what_is_saved_is_read_again(workspace: Workspace) -> None:
    with workspace.updating() as progress:
        progress.current = "first-light"
        record = progress.of("first-light")
        record.hints["01.1"] = 2
        record.drill.checks["01.1/says-live"] = True
        record.drill.turn_on()
    again = workspace.progress()
    assert again.current == "first-light"
    assert again.of("first-light").hints == {"01.1": 2}
    assert again.of("first-light").drill.light is Light.LIT
    assert again.of("first-light").ship.light is Light.DARK
    assert json.loads(state(workspace).read_text())["version"] == 1


def test_a_light_goes_out_only_where_it_was_lit() -> None:
    track = Track()
    seen = []
    for change in (track.turn_off, track.turn_on, track.turn_on, track.turn_off, track.turn_off, track.turn_on):
        change()
        seen.append(track.light)
    assert seen == [Light.DARK, Light.LIT, Light.LIT, Light.OUT, Light.OUT, Light.LIT]


def test_a_task_passes_when_all_of_its_checks_did() -> None:
    track = Track(checks={"01.1/a": True, "01.1/b": False, "01.2/a": True})
    assert not track.passes("01.1")
    assert track.passes("01.2")
    assert not track.passes("01.3")


def test_an_error_in_the_block_saves_nothing(workspace: Workspace) -> None:
    def fail() -> None:
        with workspace.updating() as progress:
            progress.current = "first-light"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert workspace.progress().current is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"version": 0}',
        '{"version": "1"}',
        '{"version": 1, "current": 5}',
        '{"version": 1, "chapters": []}',
        '{"version": 1, "chapters": {"a": []}}',
        '{"version": 1, "chapters": {"a": {"drill": {"light": "blue"}}}}',
        '{"version": 1, "chapters": {"a": {"hints": {"01.1": "two"}}}}',
        '{"version": 1, "chapters": {"a": {"drill": {"checks": {"x": 1}}}}}',
        "[" * 100_000,
        "\xff\xfe",
    ],
)
def test_a_damaged_state_is_set_aside_and_told(workspace: Workspace, text: str) -> None:
    state(workspace).write_bytes(text.encode("latin-1"))
    assert workspace.progress() == Progress()
    assert len(workspace.notices) == 1
    kept = list(workspace.meta.glob("state.damaged-*.json"))
    assert len(kept) == 1
    assert kept[0].name in workspace.notices[0]
    assert kept[0].read_bytes() == text.encode("latin-1")
    with workspace.updating() as progress:
        progress.current = "first-light"
    assert workspace.progress().current == "first-light"


def test_a_state_from_a_newer_version_is_left_alone(workspace: Workspace) -> None:
    text = '{"version": 2, "current": {"id": "first-light"}}'
    state(workspace).write_text(text)
    with pytest.raises(FromNewerVersion, match="Upgrade onduty; nothing was changed") as caught:
        workspace.progress()
    with pytest.raises(FromNewerVersion), workspace.updating():
        pass
    assert caught.value.exit_code == 3
    assert state(workspace).read_text() == text


def test_a_full_disk_keeps_the_old_state(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace.updating() as progress:
        progress.current = "first-light"
    before = state(workspace).read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    def update() -> None:
        with workspace.updating() as progress:
            progress.current = "held-kettle"

    with pytest.raises(OSError, match="No space"):
        update()
    assert state(workspace).read_bytes() == before
    assert sorted(path.name for path in workspace.meta.iterdir()) == ["base", "lock", "state.json"]


def test_two_processes_lose_nothing_of_each_other(workspace: Workspace) -> None:
    """Twenty updates each from four processes: all eighty are there."""
    workers = [FORK.Process(target=count_up, args=(workspace.root, f"chapter-{worker}")) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    chapters = workspace.progress().chapters
    assert [chapters[f"chapter-{worker}"].hints for worker in range(4)] == [{"x": 20}] * 4


def count_up(root: Path, chapter: str) -> None:
    workspace = Workspace(root)
    for _ in range(20):
        with workspace.updating() as progress:
            hints = progress.of(chapter).hints
            hints["x"] = hints.get("x", 0) + 1


def test_a_lock_that_is_kept_is_told(tmp_path: Path) -> None:
    other = Lock(tmp_path / "lock", patience=0.05)
    refused = pytest.raises(NotPossibleHere, match="has not let go")
    with Lock(tmp_path / "lock").held(), refused as caught, other.held():
        pass
    assert caught.value.exit_code == 3


def test_a_lock_whose_holder_was_killed_is_free(tmp_path: Path) -> None:
    holding = FORK.Event()
    holder = FORK.Process(target=hold, args=(tmp_path / "lock", holding))
    holder.start()
    assert holding.wait(10)
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(10)
    with Lock(tmp_path / "lock", patience=0.05).held():
        pass


def hold(path: Path, holding: Any) -> None:
    with Lock(path).held():
        holding.set()
        time.sleep(60)


def test_a_lock_may_be_nested(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock", patience=0.05)
    with lock.held(), lock.held():
        pass
    with Lock(tmp_path / "lock", patience=0.05).held():
        pass


def test_a_write_interrupted_at_any_moment_leaves_a_whole_state(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupt every system-level step of a save in turn: the file is always the old one or the new one."""
    with workspace.updating() as progress:
        progress.current = "first-light"
    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os if step == "fsync" else Path, step, interrupt)
            with pytest.raises(KeyboardInterrupt):
                files.write(state(workspace), b"new", lasting=True)
        assert workspace.progress().current == "first-light"
        assert not list(workspace.meta.glob("*.onduty-part"))


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt
