"""The first run on a machine: makes the data directory, while others may be making it too, or after it was damaged."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from onduty.lab import open_lab
from onduty.lab.errors import DatabaseFileError
from onduty.lab.machine import process
from onduty.lab.machine.account import ourselves
from onduty.lab.machine.store import SEAL
from onduty.lab.unmet import NotGraded

if TYPE_CHECKING:
    from pathlib import Path

COUNTER = """
import asyncio, sys
from pathlib import Path
from onduty.lab import open_lab
from onduty.lab.machine import process
from onduty.lab.machine.account import ourselves

async def main():
    async with open_lab({"postgres"}, database=Path(sys.argv[1])) as lab:
        print(await lab.postgres.fetch_value("SELECT count(*) FROM orders"))

asyncio.run(main())
"""


async def count(database: Path) -> int:
    async with open_lab({"postgres"}, database=database) as lab:
        found: int = await lab.postgres.fetch_value("SELECT count(*) FROM orders")
        return found


def test_two_first_runs_at_once_both_work_and_make_one_entry(shop: Path, cold_cache: Path) -> None:
    command = [sys.executable, "-c", COUNTER, str(shop)]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for racer in racers:
        out, err = racer.communicate()
        assert (out.strip(), err) == (b"5000", b"")
    assert len(list((cold_cache / "databases").glob(f"*/{SEAL}"))) == 1
    assert not list(cold_cache.rglob("*.draft"))


def test_a_copy_on_which_no_server_starts_is_replaced(
    shop: Path, cold_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asyncio.run(count(shop)) == 5000  # makes the copy, unless another test in this process has
    (seal,) = (cold_cache / "databases").glob(f"*/{SEAL}")
    control = seal.parent / "content" / "global" / "pg_control"
    control.write_bytes(bytes(control.stat().st_size))
    # The damage does not show in sizes and times.
    state = json.loads(seal.read_text())["state"]
    monkeypatch.setattr("onduty.lab.machine.store.state", lambda _: state)
    assert asyncio.run(count(shop)) == 5000


@pytest.mark.parametrize("said", ["cp: error writing: No space left on device", "cp: Disk quota exceeded"])
def test_a_full_disk_is_told_as_such(said: str, cold_cache: Path, tmp_path: Path) -> None:
    command = ["sh", "-c", f"echo '{said}'; exit 1"]
    with pytest.raises(NotGraded, match=r"The disk mounted at /.* is full\. Free some space on it"):
        asyncio.run(process.run(command, home=cold_cache, log=tmp_path / "log", account=ourselves()))


def test_a_full_disk_has_no_room_for_a_programs_last_words(
    cold_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onduty.lab.machine.disk.LEAST", 1 << 62)
    with pytest.raises(NotGraded, match="is full"):
        asyncio.run(process.run(["false"], home=cold_cache, log=tmp_path / "log", account=ourselves()))


def test_a_full_disk_is_not_taken_for_a_mistake_in_the_file(
    cold_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onduty.lab.machine.disk.LEAST", 1 << 62)
    file = tmp_path / "database.sql"
    file.write_text("INSERT INTO orderz VALUES (1);\n")
    with pytest.raises(NotGraded, match="is full"):
        asyncio.run(count(file))
    assert not list(cold_cache.rglob("*.draft"))


def test_a_mistake_in_the_file_is_told_with_its_line(cold_cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "database.sql"
    file.write_text("CREATE TABLE orders (id bigint);\n\nINSERT INTO orderz VALUES (1);\n")
    with pytest.raises(DatabaseFileError, match=r'database\.sql, line 3: relation "orderz" does not exist\.'):
        asyncio.run(count(file))
    assert not list(cold_cache.rglob("*.draft"))
