"""Folklore, measured: every claim of the three articles stands on the page, and none has lost its evidence."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

MEASURED = Path(__file__).parents[2] / "docs" / "measured"
BY_HAND = "†"
LINK = re.compile(r"\]\(([a-z0-9-]+\.md)\)")
FIGURE = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?!\w)")

CLAIMS = """
on a million rows
a connection
orjson
MB a worker
workers a core
A query in an async endpoint
httpx hangs
`Timeout(10.0)`
A client for every call
`await session.commit()` in a dependency
A pool about as large
`pool_pre_ping`
Index every column
`lower(email)`
Migrate, then deploy
Alembic detects
`pg_isready -U`
uvicorn cannot supervise
gunicorn distributes
`--timeout 30`
sends SIGTERM to the crashed worker
SIGQUIT
UvicornWorker
own `asgi` worker
`on_event` beside
an `engine`
proxy headers
`poetry export`
`^0.104`
Dockerfile
Readiness as `async def`
Readiness returns `str(e)`
Readiness on the shared pool
JSON formatter on the root logger
A's formatter
structlog writes JSON
`@app.middleware("http")`
`uuid4()[:8]`
jsonlogger
`asctime`
`AppError`
`/metrics` behind four workers
p99 > 2 s
counter of requests without the status
`docs_url=None`
Settings fail at start-up
`.env`
sliding window
renews the expiry
JWT "with rotation"
`sub`
`return users`
passlib
python-jose
Argon2
`TestClient(app)`
""".strip().splitlines()
"""What the articles say, in the words of the page's first column."""


@dataclass(frozen=True)
class Row:
    said: str
    measured: str

    @property
    def notebooks(self) -> list[str]:
        return LINK.findall(self.measured)

    @property
    def figures(self) -> set[float]:
        """The numbers of its evidence, but for those in code, which are the articles'."""
        return figures(re.sub(r"`[^`]*`|\]\([^)]*\)", "", self.measured))


def figures(text: str) -> set[float]:
    return {float(figure.replace(",", "")) for figure in FIGURE.findall(text)}


def rows() -> list[Row]:
    lines = (MEASURED / "folklore.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("| ")]
    return [Row(found[0], found[1]) for found in cells if found[0] != "said"]


ROWS = rows()


def named(row: Row) -> str:
    return row.said[:40]


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_of_the_articles_is_on_the_page(claim: str) -> None:
    assert [row for row in ROWS if claim in row.said]


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_claim_was_measured_by_a_notebook_or_by_hand(row: Row) -> None:
    assert row.notebooks or BY_HAND in row.measured
    for name in row.notebooks:
        notebook = MEASURED.parents[1] / "notebooks" / name
        assert (MEASURED / name).exists()
        assert notebook.with_suffix(".ipynb").exists()


@pytest.mark.parametrize("row", [row for row in ROWS if BY_HAND not in row.measured], ids=named)
def test_a_figure_stands_on_the_page_of_its_notebook(row: Row) -> None:
    """A notebook that ran again may have other figures: then the row says so too."""
    told = "\n".join((MEASURED / name).read_text(encoding="utf-8") for name in row.notebooks)
    assert not row.figures - figures(told), f"not in {', '.join(row.notebooks)}: write what the page says now"


def test_what_was_run_by_hand_names_its_machine_and_date() -> None:
    page = (MEASURED / "folklore.md").read_text(encoding="utf-8")
    legend = next(paragraph for paragraph in page.split("\n\n") if "marked †" in paragraph)
    assert re.search(r"\d+ \w+ 20\d\d.+\d cores.+Python 3\.\d+\.\d+", legend, re.DOTALL)
