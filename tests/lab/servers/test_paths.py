"""Where the cache and a run's directory are, on machines that are not as one would wish."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from onduty.lab.machine import paths

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def home(own_tempdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ONDUTY_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    home = own_tempdir / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


def test_the_variable_goes_before_the_standard_places(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths.cache_dir() == home / ".cache" / "onduty"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "xdg"))
    assert paths.cache_dir() == home / "xdg" / "onduty"
    monkeypatch.setenv("ONDUTY_CACHE", str(home / "chosen"))
    assert paths.cache_dir() == home / "chosen"


@pytest.mark.parametrize("useless", ["/nonexistent/home", "", "/dev/null", "/proc/self"])
def test_without_a_home_that_can_be_written_there_is_still_a_cache(
    useless: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home.exists()
    monkeypatch.setenv("HOME", useless)
    found = paths.cache_dir()
    (found / "probe").write_text("")
    (found / "probe").unlink()
    assert found.stat().st_uid == os.geteuid()


def test_a_directory_that_others_can_write_is_not_trusted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = home / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    monkeypatch.setenv("ONDUTY_CACHE", str(shared))
    assert paths.cache_dir() != shared


@pytest.mark.skipif(not AS_ROOT, reason="only root starts servers as somebody else")
def test_root_s_cache_is_one_that_the_server_s_user_can_enter(home: Path) -> None:
    home.chmod(0o700)
    found = paths.cache_dir()
    assert home not in found.parents
    assert paths.others_can_enter(found)


@pytest.mark.skipif(not AS_ROOT, reason="only root starts servers as somebody else")
def test_root_s_cache_can_be_entered_whatever_the_umask(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o077)
    monkeypatch.setenv("ONDUTY_CACHE", str(home / "chosen"))
    found = paths.cache_dir()
    os.umask(before)
    assert found == home / "chosen"


def test_a_run_s_directory_is_private_and_short(own_tempdir: Path) -> None:
    run_dir = paths.new_run_dir()
    assert run_dir.parent == own_tempdir
    assert stat.S_IMODE(run_dir.stat().st_mode) == (0o711 if AS_ROOT else 0o700)
    assert len(str(run_dir / "postgres-1" / ".s.PGSQL.12345")) < 100


def test_a_long_place_for_temporary_files_is_not_used(own_tempdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = own_tempdir / ("long" * 20)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    run_dir = paths.new_run_dir()
    run_dir.rmdir()
    assert deep not in run_dir.parents


@pytest.mark.parametrize(
    ("needed", "told", "used"),
    [(0, None, True), (1 << 60, None, False), (0, "elsewhere", False)],
    ids=["room", "no room", "the user has chosen"],
)
def test_a_run_is_in_memory_where_it_fits(
    needed: int, told: str | None, *, used: bool, own_tempdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = own_tempdir / "memory"
    memory.mkdir()
    monkeypatch.setattr(paths, "MEMORY", memory)
    monkeypatch.setattr(paths, "MEMORY_NEEDED", needed)
    monkeypatch.delenv("TMPDIR", raising=False)
    if told:
        monkeypatch.setenv("TMPDIR", told)
    assert (paths.new_run_dir().parent == memory) is used
