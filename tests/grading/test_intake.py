"""Only plain files that a chapter allows are taken from a submission, few and small; the rest is named."""

import errno
import gzip
import io
import os
import random
import shutil
import stat
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from onduty.course.catalog import Course
from onduty.grading import intake, sources
from onduty.grading.intake import Taken, take
from onduty.grading.sources import GIT_REVISION
from onduty.lab.network.ports import free_port

LIGHT = "01-first-light"


def taken(source: Path | str, course: Course, chapter: str = "1") -> Taken:
    found = course.find(chapter)
    return take(str(source), [found], every=True).chapters[found.name]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    (root / "app").mkdir(parents=True)
    (root / "Procfile").write_text("web: python -m app\n")
    (root / "app" / "main.py").write_text("x = 1\n")
    return root


def test_what_the_chapter_allows_is_taken_and_nothing_else(app: Path, mini: Course) -> None:
    for name in ("conftest.py", "pytest.ini", "sitecustomize.py", "app/notes.txt", "usercustomize.pth"):
        (app / name).write_text("")
    assert set(taken(app, mini).files) == {"Procfile", "app/main.py"}


def test_a_directory_a_zip_a_tar_and_a_commit_are_the_same_submission(app: Path, mini: Course, tmp_path: Path) -> None:
    digest = taken(app, mini).digest
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("Procfile", "app/main.py"):
            archive.write(app / name, f"top/{LIGHT}/{name}")
    for ending, mode in ((".tar", "w:"), (".tar.gz", "w:gz"), (".tar.xz", "w:xz"), (".tar.bz2", "w:bz2")):
        with tarfile.open(tmp_path / f"a{ending}", mode) as archive:
            archive.add(app, arcname=f"./{LIGHT}")
        assert taken(tmp_path / f"a{ending}", mini).digest == digest, ending
    assert taken(tmp_path / "a.zip", mini).digest == digest
    git = ["git", "-C", str(app), "-c", "user.name=x", "-c", "user.email=x@y"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    (app / "Procfile").write_text("web: something else\n")
    subprocess.run([*git, "commit", "-qam", "two"], check=True)
    assert taken(f"git+{app}@{commit}", mini).digest == digest
    date = subprocess.run([*git, "log", "-1", "--format=%ct", commit], check=True, capture_output=True).stdout
    assert taken(f"git+{app}@{commit}", mini).committed_at == int(date)
    assert taken(f"git+file://{app}", mini).digest != digest


def test_nothing_that_a_repository_says_is_run(app: Path, mini: Course, tmp_path: Path) -> None:
    (app / ".gitattributes").write_text("*.py filter=evil\n")
    git = ["git", "-C", str(app), "-c", "user.name=x", "-c", "user.email=x@y"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    for name in ("filter.evil.smudge", "core.fsmonitor", "uploadpack.packObjectsHook", "core.sshCommand"):
        subprocess.run([*git, "config", name, f"touch {tmp_path}/ran"], check=True)
    assert taken(f"git+{app}", mini).problem is None
    assert not (tmp_path / "ran").exists()


def test_what_a_commit_says_of_its_files_runs_nothing_of_the_graders_and_changes_nothing(
    app: Path, mini: Course, tmp_path: Path, monkeypatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    ran = f"touch {tmp_path}/ran; cat"
    settings = f'[filter "lfs"]\n\tsmudge = "{ran}"\n\tclean = "{ran}"\n\trequired = true\n[core]\n\tautocrlf = true\n'
    (home / ".gitconfig").write_text(settings)
    monkeypatch.setenv("HOME", str(home))
    files = {
        ".gitattributes": "[attr]ours filter=lfs export-subst ident\n* ours\n",
        "app/.gitattributes": "hidden.py export-ignore\n*.py working-tree-encoding=UTF-16 eol=crlf\n",
        "app/main.py": "x = '$Id$ $Format:%H$'\n",
        "app/hidden.py": "",
    }
    for name, content in files.items():
        (app / name).write_text(content)
    git = ["git", "-C", str(app), "-c", "user.name=x", "-c", "user.email=x@y", "-c", "core.attributesFile=/dev/null"]
    subprocess.run([*git, "init", "-q"], check=True)
    attributes = app / ".git" / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text("* -filter -ident -text !working-tree-encoding\n")
    for command in (["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    found = taken(f"git+{app}", mini)
    assert found.problem is None
    assert not (tmp_path / "ran").exists()
    assert {name: file.content.decode() for name, file in found.files.items() if name != "Procfile"} == {
        name: content for name, content in files.items() if name.endswith(".py")
    }


def test_links_devices_and_strange_names_are_left_out_and_named(app: Path, mini: Course, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("secret")
    (app / "app" / "link.py").symlink_to(tmp_path / "secret.py")
    (app / "app" / "hard.py").hardlink_to(tmp_path / "secret.py")
    (app / "app" / "away").symlink_to(tmp_path)
    os.mkfifo(app / "app" / "pipe.py")
    (app / "app" / ("n" * 240 + ".py")).write_text("")
    os.close(os.open(os.fsencode(app / "app") + b"/\xff.py", os.O_CREAT))
    (app / "app" / "\x1b[2J.py").write_text("")
    found = taken(app, mini)
    assert set(found.files) == {"Procfile", "app/main.py"}
    reasons = "\n".join(found.left_out)
    for reason in ("a link", "hard link", "neither file", "200 bytes", "cannot be shown"):
        assert reason in reasons
    assert reasons.isascii()
    assert all(line.isprintable() for line in found.left_out)


def test_an_archive_cannot_write_elsewhere(mini: Course, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "slip.zip", "w") as archive:
        archive.writestr("Procfile", "web: x")
        for name in ("app/../../../evil.py", "/app/evil.py", "app//evil.py", "app/./evil.py", "app\\..\\evil.py"):
            archive.writestr(name, "evil")
    found = taken(tmp_path / "slip.zip", mini)
    assert set(found.files) == {"Procfile"}
    with tarfile.open(tmp_path / "slip.tar", "w") as archive:
        for name, kind, target in (
            ("app/link.py", tarfile.SYMTYPE, "/etc/passwd"),
            ("app/hard.py", tarfile.LNKTYPE, "/etc/passwd"),
            ("app/device.py", tarfile.CHRTYPE, ""),
            ("app/../../evil.py", tarfile.REGTYPE, ""),
            ("Procfile", tarfile.REGTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info, io.BytesIO())
    assert set(taken(tmp_path / "slip.tar", mini).files) == {"Procfile"}


def test_bombs_are_refused_before_they_unfold(app: Path, mini: Course, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sources, "MOST_ENTRIES", 50)
    monkeypatch.setattr(sources, "LARGEST_UNPACKED", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Procfile", "web: x")
        for number in range(20):
            archive.writestr(f"app/{number}.py", b"\0" * (intake.LARGEST_FILE + 1))
    found = taken(tmp_path / "bomb.zip", mini)
    assert set(found.files) == {"Procfile"}
    assert "larger than 1 MB" in found.left_out[0]
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("app/big.py")
        info.size = 2 << 20
        archive.addfile(info, io.BytesIO(b"\0" * info.size))
    assert "unpacks to more than" in (taken(tmp_path / "bomb.tar.gz", mini).problem or "")
    for number in range(60):
        (app / "app" / f"m{number}.py").write_text("")
    assert "more than 50 files" in (taken(app, mini).problem or "")
    monkeypatch.setattr(intake, "MOST_FILES", 20)
    monkeypatch.setattr(sources, "MOST_ENTRIES", 500)
    assert "more than 20 files" in (taken(app, mini).problem or "")


def test_an_archive_whose_content_is_damaged_is_a_problem_in_a_sentence(
    app: Path, mini: Course, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(app / "Procfile", "Procfile")
        archive.writestr("app/main.py", "x = 1\n" * 500)
    content = bytearray((tmp_path / "a.zip").read_bytes())
    where = content.index(b"app/main.py") + len("app/main.py")
    content[where : where + 8] = b"\xff" * 8
    (tmp_path / "a.zip").write_bytes(content)
    assert "while decompressing" in taken(tmp_path / "a.zip", mini).left_out[0]
    packed = bytearray(gzip.compress(b"x" * 100))
    packed[10:14] = b"\xff" * 4
    (tmp_path / "a.tar.gz").write_bytes(packed)
    assert "cannot be read" in (taken(tmp_path / "a.tar.gz", mini).problem or "")


@pytest.mark.parametrize("what", ["its history", "its files"])
def test_a_repository_that_unfolds_is_stopped_by_the_kernel(
    what, app: Path, mini: Course, committed, monkeypatch
) -> None:
    monkeypatch.setattr(sources, "LARGEST_UNPACKED", 1 << 20)
    (app / "app" / "big.py").write_bytes(
        random.Random(1).randbytes(3 << 20) if what == "its history" else b"#" * (3 << 20)
    )
    committed(app)
    assert "come to more than 1 MB" in (taken(f"git+{app}", mini).problem or "")


def test_an_archive_of_too_many_names_is_refused_before_they_are_all_read(
    mini: Course, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(sources, "MOST_ENTRIES", 50)
    with zipfile.ZipFile(tmp_path / "names.zip", "w") as archive:
        for number in range(60):
            archive.writestr(f"app/{number}.py", "")
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "more than 50 files" in (taken(tmp_path / "names.zip", mini).problem or "")


@pytest.mark.parametrize("name", ["broken.zip", "broken.tar.gz", "broken.tar", "broken.tar.xz", "notes.txt"])
def test_what_is_no_submission_is_a_problem_in_a_sentence(name: str, mini: Course, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 not really" * 40)
    assert (taken(tmp_path / name, mini).problem or "").startswith("The submission was not taken: it ")


@pytest.mark.parametrize(
    ("address", "commit"),
    [
        ("ssh://git@host/path", None),
        ("ssh://git@host:22/path", "main"),
        ("https://token@host/org/ada", None),
        ("https://name:token@host/org/ada", "3f9c2ab"),
        ("https://host/org/ada", "feature/kettle"),
        ("git@host:org/ada", None),
        ("git@host:org/ada", "v1.0"),
        ("file:///work/ada", "main"),
        ("/work/ada", None),
        ("work/ada", "3f9c2ab"),
    ],
)
def test_whoever_asks_a_server_is_no_commit(address: str, commit: str | None) -> None:
    named = GIT_REVISION.match(f"git+{address}@{commit}" if commit else f"git+{address}")
    assert named is not None
    assert (named["url"], named["revision"]) == (address, commit)


@pytest.mark.parametrize("lacking", ["git", "time", "network", "open files", "space"])
def test_what_this_machine_lacks_is_no_fault_of_the_submission(
    lacking: str, app: Path, mini: Course, committed, tmp_path: Path, monkeypatch
) -> None:
    committed(app)
    source, told = f"git+{app}", ""
    if lacking == "git":
        monkeypatch.setenv("PATH", str(tmp_path))
        told = "git is not installed here"
    elif lacking == "time":
        monkeypatch.setattr(sources, "GIT_LIMIT", 0.0)
        told = "git was not through after 0 s"
    elif lacking == "network":
        source, told = f"git+git://127.0.0.1:{free_port()}/ada", "git says: fatal: unable to connect"
    elif lacking == "open files":
        refuse(monkeypatch, os, "open", errno.EMFILE, only=app / "app" / "main.py")
        source, told = str(app), "Too many open files"
    else:
        shutil.make_archive(str(tmp_path / "a"), "gztar", app)
        refuse(monkeypatch, sources.tempfile, "TemporaryFile", errno.ENOSPC)
        source, told = str(tmp_path / "a.tar.gz"), "No space left on device"
    found = taken(source, mini)
    assert told in (found.problem or "")
    assert found.ours
    assert not found.files


@pytest.mark.parametrize("lacking", ["repository", "commit", "file", "content"])
def test_what_the_submission_lacks_is_no_fault_of_this_machine(
    lacking: str, app: Path, mini: Course, committed, tmp_path: Path, monkeypatch
) -> None:
    committed(app)
    (tmp_path / "broken.tar.bz2").write_bytes(b"BZh9 not really" * 40)
    if lacking == "file":
        refuse(monkeypatch, os, "open", errno.ELOOP, only=app / "app" / "main.py")
    source = {
        "repository": f"git+{tmp_path}/nowhere", "commit": f"git+{app}@c0ffee", "file": str(app),
        "content": str(tmp_path / "broken.tar.bz2"),
    }[lacking]  # fmt: skip
    found = taken(source, mini)
    assert not found.ours
    assert found.problem or found.left_out


def refuse(monkeypatch, module, name: str, number: int, only: Path | None = None) -> None:
    """Let a function of the system fail as it does on a machine that lacks something."""
    given = getattr(module, name)

    def refusing(*arguments, **named):
        if only in (None, *arguments[:1]):
            raise OSError(number, os.strerror(number))
        return given(*arguments, **named)

    monkeypatch.setattr(module, name, refusing)


def test_what_cannot_be_read_is_handed_in_for_no_chapter_that_was_not_named(mini: Course, tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 not really" * 40)
    (tmp_path / "empty").mkdir()
    for name, why in (("broken.zip", "File is not a zip file"), ("empty", f"a chapter's name, such as {LIGHT}")):
        found = take(str(tmp_path / name), mini.chapters, every=False)
        assert found.chapters == {}
        assert found.nothing is not None
        assert why in (found.nothing.problem or "")
        named = take(str(tmp_path / name), mini.chapters, every=True)
        assert set(named.chapters) == {chapter.name for chapter in mini.chapters}
        assert named.nothing is None


def test_the_whole_service_may_be_all_that_was_handed_in(app: Path, mini: Course) -> None:
    found = take(str(app), mini.chapters, every=False, ship=mini.service).chapters
    assert set(found) == {chapter.name for chapter in mini.chapters}
    assert {"Procfile", "app/main.py"} == set(found[LIGHT].files)


def test_a_chapter_that_is_not_there_says_so(app: Path, mini: Course, tmp_path: Path) -> None:
    both = tmp_path / "both"
    app.rename(tmp_path / "moved")
    both.mkdir()
    (tmp_path / "moved").rename(both / LIGHT)
    found = take(str(both), mini.chapters, every=False).chapters
    assert set(found) == {LIGHT}
    assert "holds nothing for 02-held-kettle" in (taken(both, mini, "2").problem or "")


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077], ids=oct)
def test_a_fresh_copy_can_be_read_by_everybody(umask: int, app: Path, mini: Course, tmp_path: Path) -> None:
    (app / "Procfile").chmod(0o700)
    before = os.umask(umask)
    try:
        taken(app, mini).write(tmp_path / "copy")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "copy" / "app").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "copy" / "Procfile").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "copy" / "app" / "main.py").stat().st_mode) == 0o644
