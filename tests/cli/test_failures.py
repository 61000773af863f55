"""Whatever goes wrong: one sentence on stderr, the right exit code, no traceback."""

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from types import ModuleType

import pytest

from onduty import cli
from onduty.course.lock import Lock
from onduty.course.workspace import Workspace
from onduty.lab.unmet import NotGraded

Onduty = Callable[..., CompletedProcess[str]]
Break = Callable[[BaseException], None]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Add a command `break` that raises."""

    def install(error: BaseException) -> None:
        def command() -> None:
            """Break."""
            raise error

        module = ModuleType("onduty_breaks")
        module.command = command  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "onduty_breaks", module)
        monkeypatch.setitem(cli.COMMANDS, "Broken", {"break": "onduty_breaks:command"})

    return install


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 3, "The disk is full. Free some space"),
        (OSError(errno.ENOSPC, "No space", "/x/y"), 3, "The disk is full: /x/y. Free some space"),
        (OSError(errno.EROFS, "Read-only", "/x/y"), 3, "The file system is read-only: /x/y. Make it writable"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x/y"),
            3,
            "Permission denied: /x/y. Give yourself access",
        ),
        (
            NotADirectoryError(errno.ENOTDIR, "Not a directory", "/x/y"),
            3,
            "A file stands where a directory belongs: /x",
        ),
        (FileExistsError(errno.EEXIST, "File exists", "/x/y"), 3, "Something else stands there already: /x/y. Move"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/x/y"), 3, "There is no such file or directory: /x/y. Look"),
        (NotGraded("There is no PostgreSQL."), 3, "There is no PostgreSQL."),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_what_can_be_put_right_is_one_sentence(
    onduty: Onduty, broken: Break, error: BaseException, code: int, said: str
) -> None:
    broken(error)
    ran = onduty("break")
    assert ran.returncode == code
    assert ran.stderr.startswith(said)
    assert ran.stderr.count("\n") == (1 if said else 0)


def test_our_own_mistakes_are_ours_and_logged(onduty: Onduty, broken: Break) -> None:
    broken(KeyError("oops"))
    ran = onduty("break")
    assert ran.returncode == 4
    assert ran.stderr.startswith("Something went wrong in onduty itself, not in your code (KeyError: 'oops').")
    log = Path(ran.stderr.partition("Details are in ")[2].partition(";")[0])
    assert "Traceback" in log.read_text()
    assert "raise error" in log.read_text()
    log.unlink()


def test_our_own_mistakes_are_told_even_without_a_log(
    onduty: Onduty, broken: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    broken(ValueError("two\nlines"))
    monkeypatch.setattr(Path, "write_text", full)
    ran = onduty("break")
    assert ran.returncode == 4
    assert "(ValueError: two). The details could not be written to a file" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["solutoin"], "No such command 'solutoin'. Did you mean 'solution'? `onduty --help` shows what there is."),
        (["hint", "--quick"], "No such option: --quick. `onduty hint --help` shows what there is."),
        (["reset"], "Missing argument 'N'. `onduty reset --help` shows what there is."),
        (["undo", "x"], "Invalid value for 'K'"),
        (["start", "99"], 'There is no chapter "99". There are 01, 02, 32; `onduty list` shows them.'),
        (["start", "t"], '"t" may be 01-first-light, 02-held-kettle or 32-on-duty: write one of them.'),
    ],
)
def test_a_wrong_command_line_says_what_there_is(onduty: Onduty, arguments: list[str], said: str) -> None:
    ran = onduty(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(said)
    assert ran.stderr.count("\n") == 1


def test_a_place_below_a_file_is_no_place_for_a_workspace(onduty: Onduty, tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("")
    ran = onduty("init", str(tmp_path / "afile" / "x"))
    assert ran.returncode == 3
    assert ran.stderr.startswith(f"A file stands where a directory belongs: {tmp_path / 'afile'}")


def test_a_directory_in_the_place_of_a_file_is_told_by_its_name(onduty: Onduty, mine: Path) -> None:
    (mine / "Procfile").unlink()
    (mine / "Procfile").mkdir()
    (mine / "app/health.py").write_text("mine")
    ran = onduty("reset", "1")
    assert ran.returncode == 3
    assert ran.stderr == f"A directory stands where a file belongs: {mine / 'Procfile'}. Move it away and try again.\n"
    assert (mine / "app/health.py").read_text() == "mine"


def test_a_group_alone_shows_its_help_as_it_is(onduty: Onduty) -> None:
    ran = onduty("dev")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == onduty("dev", "--help").stdout


def test_a_current_directory_that_is_gone_is_told(
    onduty: Onduty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    for command in (["list"], ["start", "1"], ["init", "mine"], ["doctor"]):
        gone.mkdir()
        monkeypatch.chdir(gone)
        gone.rmdir()
        ran = onduty(*command)
        monkeypatch.chdir(tmp_path)
        assert (ran.returncode, ran.stderr.count("\n")) in {(2, 1), (3, 0)}, command


def test_a_damaged_course_is_not_the_learners_fault(onduty: Onduty, course_root: Path) -> None:
    file = course_root / "chapters/02-held-kettle/chapter.toml"
    file.write_text("title = \n")
    ran = onduty("list")
    assert ran.returncode == 4
    assert ran.stderr.startswith("chapters/02-held-kettle/chapter.toml cannot be read: Invalid value (at line 1")
    file.unlink()
    assert onduty("start").stderr.startswith(
        "chapters/02-held-kettle/chapter.toml is missing. Install the course again"
    )


def test_a_damaged_state_is_told_once_and_work_goes_on(onduty: Onduty, workspace: Workspace) -> None:
    (workspace.meta / "state.json").write_text("{")
    ran = onduty("list")
    assert ran.returncode == 0
    assert ran.stderr.startswith(".onduty/state.json could not be read, so lights and hints begin anew")
    assert onduty("list").stderr == ""


def test_a_state_from_a_newer_version_stops_every_command(onduty: Onduty, workspace: Workspace) -> None:
    (workspace.meta / "state.json").write_text('{"version": 9}')
    for command in (["list"], ["start", "1"], ["hint", "1"], ["reset", "32"], []):
        ran = onduty(*command)
        assert ran.returncode == 3, command
        assert "was last used with a newer onduty" in ran.stderr


def test_another_terminal_at_work_is_told(
    onduty: Onduty, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onduty.course.lock.PATIENCE", 0.05)
    monkeypatch.setattr(Lock.__init__, "__kwdefaults__", {"patience": 0.05})
    with Lock(workspace.meta / "lock").held():
        ran = onduty("start", "1")
    assert ran.returncode == 3
    assert ran.stderr.startswith("Another onduty is changing this workspace")


def test_a_read_only_workspace_can_be_looked_at_and_says_so_when_written_to(
    onduty: Onduty, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def refusing(path: Path, mode: str = "r", *rest: object, **more: object) -> object:
        if path.is_relative_to(workspace.root) and set(mode) & set("wax+"):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return opened(path, mode, *rest, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refusing)
    assert onduty("list").returncode == 0
    assert onduty("diff", "32").returncode == 0
    for command in (["start", "1"], ["hint", "32"], []):
        ran = onduty(*command)
        assert ran.returncode == 3, command
        assert ran.stderr.startswith("The file system is read-only: ")
