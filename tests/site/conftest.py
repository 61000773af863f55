"""The site, built once and opened from a folder by a real browser, which is told of no network.

Needs the dependency group `browser` and Debian's chromium (`apt-get install chromium`; elsewhere name it in
ONDUTY_CHROMIUM). Without them these tests are skipped, unless ONDUTY_BROWSER=required says that they must run.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NOT_PAGES = {"fragments", "recordings"}
REQUIRED = os.environ.get("ONDUTY_BROWSER") == "required"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pages() -> list[str]:
    found = [path.relative_to(DOCS) for path in DOCS.rglob("*.md")]
    return sorted(str(path.with_suffix(".html")) for path in found if path.parts[0] not in NOT_PAGES)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever asks for a `path` is asked about every page."""
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", pages(), scope="module")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lacking = _lacking()
    if lacking is None or REQUIRED:
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=lacking))


@dataclass
class Visit:
    """An open page, and what it did that a quiet page does not do."""

    page: "Page"
    folder: Path
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> "Page":
        self.page.goto("about:blank")  # what the page before still had to say is not this one's
        self.complaints.clear()
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.page.goto(f"{self.folder.as_uri()}/{path}")
        self.page.wait_for_function("document.readyState === 'complete'")
        return self.page

    def scheme(self, name: str) -> None:
        """Daylight is `default`, the night shift is `slate`: what the reader's switch does."""
        self.page.evaluate("name => document.body.setAttribute('data-md-color-scheme', name)", name)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as it is handed to somebody on a stick."""
    target = tmp_path_factory.mktemp("handed over") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", target]
    built = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    )
    assert built.returncode == 0, built.stderr
    return target


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    lacking = _lacking()
    assert lacking is None, lacking
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def visit(browser: "Browser", folder: Path) -> Iterator[Visit]:
    context = browser.new_context(reduced_motion="reduce", color_scheme="light", permissions=["clipboard-read"])
    # Every page is a first visit: a chosen tab is remembered.
    context.add_init_script("localStorage.clear()")
    made = Visit(context.new_page(), folder)

    def on_request(request: Any) -> None:
        if not request.url.startswith((folder.as_uri(), "data:", "blob:")):
            made.complaints.append(f"asked for {request.url}")

    made.page.on("request", on_request)
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on(
        "console", lambda said: made.complaints.append(said.text) if said.type in {"error", "warning"} else None
    )
    yield made
    context.close()


def _chromium() -> str | None:
    return os.environ.get("ONDUTY_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def _lacking() -> str | None:
    missing = [name for name in ("playwright", "axe_playwright_python", "mkdocs") if find_spec(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed: uv sync --group browser"
    return None if _chromium() else "there is no chromium: apt-get install chromium, or name it in ONDUTY_CHROMIUM"
