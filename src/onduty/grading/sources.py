"""What was handed in, as it lies there: a directory, an archive, a commit. Names first; nothing is unpacked."""

import bz2
import errno
import gzip
import lzma
import os
import re
import shutil
import stat
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, Literal

from onduty.course.files import NOT_SOURCE
from onduty.grading.place import private_place
from onduty.lab.errors import LabError

MOST_ENTRIES: Final = 20_000
LARGEST_ARCHIVE: Final = 64 << 20
LARGEST_UNPACKED: Final = 256 << 20
CHUNK: Final = 1 << 20
BLOCK: Final = 512
"""Bytes: what `ulimit -f` counts in."""
CAPPED: Final = """trap '' XFSZ; ulimit -f {} && exec "$@\""""
"""The kernel refuses a command's larger files, and leaves it alive to say so."""
GIT_LIMIT: Final = 120.0
GIT_REVISION: Final = re.compile(r"^git\+(?P<url>(?:\w[\w+.-]*://[^/]*)?.+?)(?:@(?P<revision>\w[\w./-]*))?$")
"""An `@` before the first `/` of an address is the user's, never the revision's."""
GIT_BLAMES: Final = re.compile(
    rb"repository .*(?:not found|does not exist)|not appear to be a git repository|repository corruption|fsck error"
    rb"|not a valid object|not a tree object",
    re.IGNORECASE,
)
"""What git says where the repository is at fault; anything else is this machine's, as no network or no password."""
GIT_SETTINGS: Final = (
    "-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "safe.directory=*",
    "-c", "transfer.fsckObjects=true", "-c", "core.fsmonitor=false",
)  # fmt: skip
UNCHANGED: Final = "* -filter -ident -text !working-tree-encoding -export-ignore -export-subst\n"
"""As the commit has them: what outranks every `.gitattributes` that was handed in."""
TAR_ENDINGS: Final[dict[str, Callable[..., Any]]] = {
    ".tar": open, ".tar.gz": gzip.open, ".tgz": gzip.open, ".tar.bz2": bz2.open, ".tar.xz": lzma.open,
}  # fmt: skip

BROKEN: Final = (
    OSError, EOFError, RuntimeError, NotImplementedError, ValueError, zipfile.BadZipFile, tarfile.TarError,
    lzma.LZMAError, zlib.error,
)  # fmt: skip
"""What reading a damaged archive raises."""
OF_THE_CONTENT: Final = frozenset({None, errno.EINVAL, errno.ELOOP, errno.ENAMETOOLONG})
"""The numbers of an OSError that what was handed in can cause; every other one is this machine's."""
_TOO_MANY: Final = "it holds more than {:,} files and directories"
ZIP_NAME: Final = b"PK\x01\x02"
"""What each name in a .zip file's directory begins with."""

Kind = Literal["file", "link", "directory", "other"]


class Unreadable(Exception):
    """Not to be taken in; the reason is half a sentence for the report."""


class UnreadableHere(Unreadable):
    """Not to be taken in by this machine as it is now: no fault of what was handed in."""


@dataclass(frozen=True)
class Entry:
    """A name in a submission, and how to read what it stands for."""

    path: str
    kind: Kind
    executable: bool
    read: Callable[[int], bytes]
    """Its first bytes."""
    committed_at: float | None = None
    """The date of the commit that it is part of."""


@contextmanager
def entries(source: str) -> Iterator[Iterator[Entry]]:
    """What the source holds; readable until the block is left. Raises Unreadable."""
    path = Path(source)
    try:
        if GIT_REVISION.match(source):
            with _commit(source) as tar:
                yield _capped(_tar_entries(tar, commit=True))
        elif path.is_dir():
            yield _capped(_directory_entries(path))
        elif path.name.lower().endswith(".zip"):
            with zipfile.ZipFile(_of_few_names(_small(path))) as archive:
                yield _capped(_zip_entries(archive))
        elif ending := tar_ending(path.name):
            with _unpacked(path, ending) as plain, tarfile.open(fileobj=plain, mode="r:") as tar:
                yield _capped(_tar_entries(tar))
        else:
            raise Unreadable("it is no directory, no .zip or .tar archive, and no git+URL")
    except BROKEN as error:
        raise unreadable(error) from None


def unreadable(error: Exception) -> Unreadable:
    """What an error in reading says of the submission, or of this machine."""
    ours = isinstance(error, LabError) or (isinstance(error, OSError) and error.errno not in OF_THE_CONTENT)
    text = str(error).encode(errors="backslashreplace").decode()
    return (UnreadableHere if ours else Unreadable)(f"it cannot be read ({type(error).__name__}: {text[:200]})")


def submitted_at(source: str, committed_at: float | None) -> str | None:
    """When it was handed in, as far as it tells: the date of the commit, the archive or the directory."""
    try:
        moment = committed_at or Path(source).stat().st_mtime
        return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
    except (OSError, ValueError, OverflowError):  # a commit may say any date, also one after the year 9999
        return None


def tar_ending(name: str) -> str | None:
    """The ending that says how a tar archive is compressed."""
    return next((ending for ending in TAR_ENDINGS if name.lower().endswith(ending)), None)


def _capped(found: Iterator[Entry]) -> Iterator[Entry]:
    for number, entry in enumerate(found):
        if number >= MOST_ENTRIES:
            raise Unreadable(_TOO_MANY.format(MOST_ENTRIES))
        yield entry


def _directory_entries(root: Path) -> Iterator[Entry]:
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        with os.scandir(root / inside) as found:
            for each in found:
                path = f"{inside}{each.name}"
                mode = each.stat(follow_symlinks=False).st_mode
                kind = _kind(mode)
                if kind == "directory" and each.name not in NOT_SOURCE:
                    waiting.append(f"{path}/")
                yield Entry(path, kind, bool(mode & stat.S_IXUSR), _reader_of(root / path))


def _reader_of(path: Path) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        # The name may be something else by now than it was when it was listed.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
                raise Unreadable("it has another name elsewhere (a hard link), or is no plain file")
            return file.read(most)

    return read


def _zip_entries(archive: zipfile.ZipFile) -> Iterator[Entry]:
    for info in archive.infolist():
        mode = info.external_attr >> 16
        kind = "directory" if info.is_dir() else _kind(mode) if stat.S_IFMT(mode) else "file"

        def read(most: int, info: zipfile.ZipInfo = info) -> bytes:
            with archive.open(info) as file:
                return file.read(most)

        yield Entry(info.filename.rstrip("/"), kind, bool(mode & stat.S_IXUSR), read)


def _tar_entries(archive: tarfile.TarFile, *, commit: bool = False) -> Iterator[Entry]:
    for info in archive:
        kind: Kind = "file" if info.isreg() else "directory" if info.isdir() else "link"
        if not (info.isreg() or info.isdir() or info.issym() or info.islnk()):
            kind = "other"

        def read(most: int, info: tarfile.TarInfo = info) -> bytes:
            file = archive.extractfile(info)
            return file.read(most) if file else b""

        # In an archive that git makes, every file has the date of the commit.
        date = float(info.mtime) if commit else None
        yield Entry(info.name.removeprefix("./"), kind, bool(info.mode & stat.S_IXUSR), read, date)


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "link" if stat.S_ISLNK(mode) else "other"


def _small(path: Path) -> Path:
    if path.stat().st_size > LARGEST_ARCHIVE:
        raise Unreadable(f"the archive is larger than {LARGEST_ARCHIVE >> 20} MB")
    return path


def _of_few_names(path: Path) -> Path:
    """The same, if it has no more names than may be: to open it is to read them all, and their number may be a lie."""
    found, before = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found += (before + chunk).count(ZIP_NAME)
            before = chunk[1 - len(ZIP_NAME) :]
    if found > MOST_ENTRIES:
        raise Unreadable(_TOO_MANY.format(MOST_ENTRIES))
    return path


@contextmanager
def _unpacked(path: Path, ending: str) -> Iterator[IO[bytes]]:
    """The plain tar file, not an archive that would have to be decompressed again for every name."""
    with TAR_ENDINGS[ending](_small(path), "rb") as packed, tempfile.TemporaryFile() as plain:
        size = 0
        while chunk := packed.read(CHUNK):
            size += plain.write(chunk)
            if size > LARGEST_UNPACKED:
                raise Unreadable(f"it unpacks to more than {LARGEST_UNPACKED >> 20} MB")
        plain.seek(0)
        yield plain


@contextmanager
def _commit(source: str) -> Iterator[tarfile.TarFile]:
    """The files of a commit, read from a bare copy: the settings and hooks of the repository itself are never used.

    Those of whoever grades are, to fetch it: they may hold a password. To read its files nobody's are.
    """
    named = GIT_REVISION.match(source)
    assert named is not None
    with private_place() as place, tempfile.TemporaryFile() as plain:
        _git("clone", "--quiet", "--bare", "--no-local", "--", named["url"], str(place))
        attributes = place / "info" / "attributes"
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text(UNCHANGED)
        _git("-C", str(place), "archive", "--format=tar", named["revision"] or "HEAD", into=plain,
             more={"GIT_CONFIG_GLOBAL": os.devnull})  # fmt: skip
        plain.seek(0)
        with tarfile.open(fileobj=plain, mode="r:") as tar:
            yield tar


def _git(*arguments: str, into: IO[bytes] | None = None, more: Mapping[str, str] | None = None) -> None:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1",
        **(more or {}),
    }  # fmt: skip
    git = shutil.which("git")
    if git is None:
        raise UnreadableHere("git is not installed here")
    capped = CAPPED.format(LARGEST_UNPACKED // BLOCK)
    command = ["/bin/sh", "-c", capped, "sh", git, *GIT_SETTINGS, *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=into or subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=GIT_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableHere(f"git was not through after {GIT_LIMIT:.0f} s") from None
    if os.strerror(errno.EFBIG).encode() in done.stderr:
        raise Unreadable(f"its history or its files come to more than {LARGEST_UNPACKED >> 20} MB")
    if done.returncode != 0:
        blamed = Unreadable if GIT_BLAMES.search(done.stderr) else UnreadableHere
        raise blamed(f"git says: {_last_words(done.stderr)}")


def _last_words(stderr: bytes) -> str:
    """Why git gave up; what follows may be advice."""
    lines = stderr.decode(errors="replace").strip().splitlines() or ["no reason"]
    return next((line for line in reversed(lines) if line.startswith("fatal: ")), lines[-1])[:200].rstrip(".:")
