"""Comparing and copying directories of source files."""

import os
from pathlib import Path

import pytest

from onduty.course import files
from onduty.course.files import Changes


def tree(root: Path, **content: str) -> Path:
    for path, text in content.items():
        file = root / path.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    root.mkdir(exist_ok=True)
    return root


def test_what_tools_leave_behind_is_not_source(tmp_path: Path) -> None:
    tree(tmp_path, a_dot_py="1")
    for name in ("__pycache__/a.pyc", ".venv/bin/python", ".git/HEAD", "b.pyc", ".DS_Store", "deep/__pycache__/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / ".env").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    assert list(files.listing(tmp_path)) == [".env", "a.py"]


def test_a_directory_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert files.listing(tmp_path / "none") == {}
    assert not files.changes(tmp_path / "none", tmp_path / "neither")


def test_changes_tell_added_changed_and_removed(tmp_path: Path) -> None:
    old = tree(tmp_path / "old", same="1", gone="1", other="1")
    new = tree(tmp_path / "new", same="1", fresh="1", other="2")
    assert files.changes(old, new) == Changes(("fresh",), ("other",), ("gone",))
    assert files.changes(old, new).paths == ("fresh", "gone", "other")


def test_a_change_within_the_same_second_and_size_is_seen(tmp_path: Path) -> None:
    old, new = tree(tmp_path / "old", a="1"), tree(tmp_path / "new", a="2")
    os.utime(old / "a", (1, 1))
    os.utime(new / "a", (1, 1))
    assert files.changes(old, new)


def test_whether_a_file_may_be_executed_counts(tmp_path: Path) -> None:
    old, new = tree(tmp_path / "old", a="1"), tree(tmp_path / "new", a="1")
    (new / "a").chmod(0o755)
    assert files.make_like(new, old)
    assert os.access(old / "a", os.X_OK)


def test_make_like_replaces_files_by_directories_and_back(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", x="file", keep="1")
    other = tree(tmp_path / "other", x__y="inside", keep="1")
    (other / "x/__pycache__").mkdir()
    files.make_like(one, other)
    assert (other / "x").read_text() == "file"
    files.make_like(tree(tmp_path / "third", x__y="inside"), other)
    assert (other / "x/y").read_text() == "inside"
    assert not (other / "keep").exists()


def test_make_like_removes_what_has_no_model_but_nothing_else(tmp_path: Path) -> None:
    target = tree(tmp_path / "target", a="1", deep__b="1")
    files.make_like(tmp_path / "none", target)
    assert not target.exists()
    kept = tree(tmp_path / "kept", a="1")
    (kept / ".venv").mkdir()
    (kept / ".venv/x").write_text("")
    files.make_like(tmp_path / "none", kept)
    assert (kept / ".venv/x").exists()


def test_links_are_copied_as_links(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", a="1")
    (one / "link").symlink_to("a")
    (one / "dir").symlink_to("/etc")
    files.make_like(one, tmp_path / "other")
    assert (tmp_path / "other/link").readlink() == Path("a")
    assert (tmp_path / "other/dir").readlink() == Path("/etc")
    assert not files.changes(one, tmp_path / "other")


def test_a_copy_of_a_read_only_file_can_be_written(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", a="1")
    (one / "a").chmod(0o444)
    files.make_like(one, tmp_path / "other")
    assert (tmp_path / "other/a").stat().st_mode & 0o200


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "state"
    files.write(file, b"old")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        files.write(file, b"new", lasting=True)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def full_disk(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_directory_that_cannot_be_read_is_not_taken_for_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path / "one", deep__a="1")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(PermissionError):
        files.listing(tmp_path / "one")
