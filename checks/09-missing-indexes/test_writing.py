"""What do the indexes cost: every write from now on, and the shop on the night they are built?"""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg

from onduty.checking import Because, task
from onduty.lab.database.builds import each_build_held
from onduty.lab.database.postgres import Postgres
from onduty.lab.hosting.platform import Platform
from onduty.lab.hosting.service import Service
from onduty.lab.unmet import NotGraded, Unmet

MOST_INDEXES = 4
SCHEMA = Path(__file__).parents[1] / "schema.sql"
# An UPDATE waits where an index build does, with all the locks that its transaction has; the exception lets go of this
# one, so that the next UPDATE waits too. One row of each, for a migration that goes through them one by one.
HELD_STILL = """
CREATE FUNCTION held_still() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    LOCK TABLE pg_index IN ROW EXCLUSIVE MODE;
    RAISE EXCEPTION 'held long enough';
EXCEPTION WHEN raise_exception THEN
    RETURN NULL;
END $$;
CREATE TRIGGER held_still BEFORE UPDATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION held_still();
CREATE TRIGGER held_still BEFORE UPDATE ON customers FOR EACH STATEMENT EXECUTE FUNCTION held_still();
INSERT INTO customers (email, name, password_hash) VALUES ('Ada@Example.org', 'Ada', 'not a hash');
INSERT INTO orders (customer_id, total_cents) SELECT id, 300 FROM customers;
"""


@task("09.3", id="notes-stay-hot")
async def test_changing_a_note_touches_no_index(service: Service, postgres: Postgres, seed: Random) -> None:
    """Changing an order's note stays a heap-only update: no index has to be told."""
    try:
        await postgres.execute("CREATE EXTENSION IF NOT EXISTS pageinspect")
    except psycopg.Error as refusal:
        raise NotGraded("The PostgreSQL server has no pageinspect extension; install its contrib package.") from refusal
    for order in seed.sample(range(1, 19_000), 3):
        note = f"table {seed.randrange(10**6)}"
        answer = await service.patch(f"/api/v1/orders/{order}", json={"note": note})
        await postgres.until_idle()
        stored = await postgres.fetch_value("SELECT note FROM orders WHERE id = %s", order)
        assert (answer.status_code, stored) == (200, note), Because(
            f"the note of order {order} was to become {note!r}",
            observed=f"{answer.request} → {answer.outcome}; the note in the table is {stored!r}",
            likely="the endpoint no longer does what it did",
        )
        assert await is_heap_only(postgres, order), Because(
            f"the note of order {order} was changed",
            observed="the database wrote a new entry for it into every index of orders, instead of the row alone",
            likely="an index holds the note, as a key, under INCLUDE or in its condition",
            evidence=await definitions(postgres),
        )


@task("09.3", id="every-index-valid")
async def test_every_index_is_valid(service: Service, postgres: Postgres) -> None:  # noqa: ARG001 - its release has run
    """Every index that costs writes can be used for reading."""
    broken = [index.definition for index in await added_indexes(postgres) if not index.valid]
    assert not broken, Because(
        "an index is marked INVALID in the database: everybody writes to it, nobody can read from it",
        observed=f"of {len(await added_indexes(postgres))} added indexes, {len(broken)} cannot be used",
        likely="a concurrent build broke off and left it; CREATE INDEX … IF NOT EXISTS then finds it and is content",
        evidence=tuple(broken),
    )


@task("09.3", id="not-one-more")
async def test_not_one_more(service: Service, postgres: Postgres) -> None:  # noqa: ARG001 - its release has run
    """There are as many indexes as questions, and not one more."""
    found = await definitions(postgres)
    assert len(found) <= MOST_INDEXES, Because(
        f"orders and customers have {len(found)} indexes besides their primary keys, for {MOST_INDEXES} questions",
        observed="each of them is written to with every new row",
        likely="one of them answers what another answers already, or what nobody asks",
        evidence=found,
    )


@task("09.3", id="shop-stays-open")
async def test_the_shop_stays_open(platform: Platform, postgres: Postgres) -> None:
    """While the release step builds its indexes or fills a column, orders are placed and customers sign up."""
    await back_to_0001(postgres)
    release = platform.start(processes=("release",))
    shut_out: dict[str, str] = {}
    async for building in each_build_held(postgres, release):
        for table in ("orders", "customers"):
            if not await takes_rows(postgres, table):
                shut_out.setdefault(table, building)
    assert not shut_out, Because(
        "the release step was held still in the middle of each index build and each UPDATE, and others tried to write",
        observed=f"nobody could write to {' and '.join(shut_out)}",
        likely="it builds an index, rewrites a table or fills a column under a lock that shuts writers out; "
        "what CREATE INDEX, ALTER TABLE and CREATE TRIGGER lock stays locked until their transaction ends",
        evidence=tuple(dict.fromkeys(shut_out.values())),
    )
    assert await added_indexes(postgres), Because(
        "the release step ran on a database at revision 0001",
        observed="it ended well and added no index to orders or customers",
        likely="the migration is empty, or is no revision after 0001, or the indexes are made somewhere else",
    )


@dataclass(frozen=True)
class Index:
    definition: str
    valid: bool


async def added_indexes(postgres: Postgres) -> list[Index]:
    """The indexes of orders and customers besides their primary keys."""
    rows = await postgres.fetch(
        "SELECT pg_get_indexdef(indexrelid) AS definition, indisvalid AND indisready AS valid FROM pg_index "
        "WHERE indrelid IN ('orders'::regclass, 'customers'::regclass) AND NOT indisprimary ORDER BY 1"
    )
    return [Index(**row) for row in rows]


async def definitions(postgres: Postgres) -> tuple[str, ...]:
    return tuple(index.definition for index in await added_indexes(postgres))


async def is_heap_only(postgres: Postgres, order: int) -> bool:
    """Whether this version of the row is known to no index: they point to the version before it, on the same page."""
    heap_only_tuple = 0x8000
    found = await postgres.fetch_value(
        "SELECT item.t_infomask2 & %s > 0 FROM orders, point(orders.ctid::text) AS place, "
        "heap_page_items(get_raw_page('orders', place[0]::integer)) AS item "
        "WHERE orders.id = %s AND item.lp = place[1]",
        heap_only_tuple,
        order,
    )
    return bool(found)


async def back_to_0001(postgres: Postgres) -> None:
    """Leave the database as the contract's first revision makes it, nearly empty: no later check needs the rows."""
    await postgres.execute("DROP SCHEMA public CASCADE")
    await postgres.execute(f'SET ROLE "{postgres.role}"; CREATE SCHEMA public; {SCHEMA.read_text()}; RESET ROLE')
    await postgres.execute(HELD_STILL)


async def takes_rows(postgres: Postgres, table: str) -> bool:
    """Whether somebody can write to the table now, without having to wait."""
    try:
        await postgres.execute(f"DO $$ BEGIN LOCK TABLE {table} IN ROW EXCLUSIVE MODE NOWAIT; END $$")
    except Unmet:
        return False
    return True
