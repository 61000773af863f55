"""The store of things made once: whole or not there, made again when damaged, thrown away when of no use."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest

from onduty.lab.machine.store import SEAL, Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Maker:
    """Makes a small directory, and knows how often it did."""

    def __init__(self, **notes: str) -> None:
        self.made = 0
        self.notes = notes

    async def __call__(self, place: Path) -> dict[str, Any]:
        self.made += 1
        (place / "below" / "empty").mkdir(parents=True)
        (place / "first").write_text("1")
        await asyncio.sleep(0.02)
        (place / "below" / "second").write_text("2")
        return dict(self.notes)


async def use(store: Store, key: str, make: Maker) -> Path:
    async with store.entry(key, make) as entry:
        assert (entry.content / "first").read_text() == "1"
        assert (entry.content / "below" / "second").read_text() == "2"
        assert entry.notes == make.notes
        return entry.content


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_an_entry_is_made_once_and_only_seen_whole(store: Store) -> None:
    make = Maker(note="kept")

    async def story() -> None:
        await asyncio.gather(*(use(store, "key", make) for _ in range(5)))

    asyncio.run(story())
    asyncio.run(story())
    assert make.made == 1


def delete_a_file(content: Path) -> None:
    (content / "first").unlink()


def add_a_file(content: Path) -> None:
    (content / "third").write_text("3")


def change_a_file(content: Path) -> None:
    (content / "first").write_text("2")


def delete_an_empty_directory(content: Path) -> None:
    (content / "below" / "empty").rmdir()


def delete_the_seal(content: Path) -> None:
    (content.parent / SEAL).unlink()


def garble_the_seal(content: Path) -> None:
    (content.parent / SEAL).write_text('{"state": 1}')


@pytest.mark.parametrize(
    "damage",
    [delete_a_file, add_a_file, change_a_file, delete_an_empty_directory, delete_the_seal, garble_the_seal],
)
def test_a_damaged_entry_is_made_again(damage: Callable[[Path], None], store: Store) -> None:
    make = Maker()
    damage(asyncio.run(use(store, "key", make)))
    asyncio.run(use(store, "key", make))
    assert make.made == 2


def test_an_entry_that_looks_damaged_every_time_is_used_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = iter(range(100))
    monkeypatch.setattr("onduty.lab.machine.store.state", lambda _: next(states))
    make = Maker()
    asyncio.run(use(store, "key", make))
    asyncio.run(use(store, "key", make))
    assert make.made == 2


def test_a_new_entry_replaces_an_older_one_from_the_same_source(store: Store) -> None:
    old = asyncio.run(use(store, "old", Maker(source="a/database.sql")))
    other = asyncio.run(use(store, "other", Maker(source="b/database.sql")))
    asyncio.run(use(store, "new", Maker(source="a/database.sql")))
    assert not old.exists()
    assert other.exists()


def test_an_entry_that_nobody_used_for_a_month_is_thrown_away(store: Store) -> None:
    old = asyncio.run(use(store, "old", Maker()))
    used = asyncio.run(use(store, "used", Maker()))
    for content in (old, used):
        os.utime(content.parent / SEAL, (0, 0))
    asyncio.run(use(store, "used", Maker()))
    asyncio.run(use(store, "new", Maker()))
    assert not old.exists()
    assert used.exists()


def test_a_discarded_entry_is_made_again(store: Store) -> None:
    make = Maker()
    asyncio.run(use(store, "key", make))
    asyncio.run(store.discard("key"))
    asyncio.run(use(store, "key", make))
    assert make.made == 2


def test_a_maker_that_fails_or_was_killed_leaves_nothing_in_the_way(store: Store, tmp_path: Path) -> None:
    async def make(place: Path) -> dict[str, Any]:
        (place / "file").write_text("half")
        raise ZeroDivisionError

    async def story() -> None:
        async with store.entry("key", make):
            pass

    with pytest.raises(ZeroDivisionError):
        asyncio.run(story())
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["lock"]
    (tmp_path / "store" / "key.draft" / "content" / "file").mkdir(parents=True)
    asyncio.run(use(store, "key", Maker()))
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == ["key", "lock"]
