"""Submissions that only an archive, or a strange directory, can be."""

import io
import os
import shutil
import stat
import zipfile
from pathlib import Path


def links(target: Path, chapter: str, course: Path) -> Path:
    """The broken file is a link to the solution's, once symbolic and once hard."""
    solution = course / "solutions" / chapter / "app" / "health.py"
    beside = target.parent / f".{target.name}-solution.py"  # a hard link cannot cross file systems
    shutil.copyfile(solution, beside)
    app = target / chapter / "app"
    (app / "health.py").unlink()
    (app / "health.py").symlink_to(solution)
    (app / "hard.py").hardlink_to(beside)
    (app / "__main__.py").write_text("import app.hard, app.health\n")
    return target


def zip_slip(target: Path, chapter: str, _: Path) -> Path:
    """Names that lead out of the tree, and a link."""
    archive = _zipped(target)
    with zipfile.ZipFile(archive, "a") as found:
        for name in ("../../../../../../tmp/onduty-slip.py", f"{chapter}/app/../../../slip.py", "/onduty-slip.py"):
            found.writestr(name, "evil")
        link = zipfile.ZipInfo(f"{chapter}/app/evil.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        found.writestr(link, "/etc/passwd")
    return archive


def zip_bomb(target: Path, chapter: str, _: Path) -> Path:
    """A gigabyte of nothing."""
    archive = _zipped(target)
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as found:
        for number in range(8):
            with found.open(f"{chapter}/app/bomb{number}.py", "w") as file:
                for _part in range(32):
                    file.write(bytes(4 << 20))
    return archive


def many_files(target: Path, chapter: str, _: Path) -> Path:
    """A hundred thousand names."""
    archive = _zipped(target)
    with zipfile.ZipFile(archive, "a") as found:
        for number in range(100_000):
            found.writestr(f"{chapter}/app/m{number}.py", "")
    return archive


def fifo(target: Path, chapter: str, _: Path) -> Path:
    """Pipes in place of files."""
    os.mkfifo(target / chapter / "app" / "pipe.py")
    (target / chapter / "app" / "health.py").unlink()
    os.mkfifo(target / chapter / "app" / "health.py")
    return target


def strange_names(target: Path, chapter: str, _: Path) -> Path:
    """Names that are too long, steer a terminal, or are no text."""
    archive = _zipped(target)
    with zipfile.ZipFile(archive, "a") as found:
        for name in ("n" * 300, "\x1b[2J", "line\nbreak", "\u202egpj", "=1+1"):
            found.writestr(f"{chapter}/app/{name}.py", "")
    raw = io.BytesIO(archive.read_bytes().replace(b"=1+1.py", b"\xff\xfe\xfd\x80.py"))
    archive.write_bytes(raw.getvalue())
    return archive


def _zipped(target: Path) -> Path:
    archive = Path(shutil.make_archive(str(target), "zip", target))
    shutil.rmtree(target)
    return archive
