"""The web page in a real browser: whole, quiet, readable on a phone, and inert whatever a learner wrote.

Needs the dependency group `browser` and a chromium (or its path in ONDUTY_CHROMIUM). Skipped without them, unless
ONDUTY_BROWSER=required says that it must run.
"""

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from onduty.reports.model import Report
from onduty.reports.page import page
from onduty.reports.sheet import Sheet

CHROMIUM = os.environ.get("ONDUTY_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = [name for name in ("playwright", "axe_playwright_python") if find_spec(name) is None]
LACKING = f"not installed: {', '.join(MISSING)}" if MISSING else "" if CHROMIUM else "there is no chromium"
REQUIRED = os.environ.get("ONDUTY_BROWSER") == "required"
HOSTILE = "</pre><script>document.title='owned'</script><img src=https://example.org/x onerror=alert(1)>\x1b[31m"


@pytest.fixture
def drawn(report: Report) -> str:
    (chapter,) = report.chapters
    told = chapter.checks[-1].explanation
    assert told is not None
    hostile = chapter.checks[-1].model_copy(
        update={"explanation": told.model_copy(update={"observed": HOSTILE, "evidence": ["x" * 3000, HOSTILE]})}
    )
    own = Sheet((chapter.model_copy(update={"checks": [*chapter.checks[:-1], hostile]}),), "0.1.0", datetime.now(UTC))
    return page([replace(own, id="ada", name=HOSTILE), replace(own, id="bob", name="Bob", notes=("A note.",))])


def test_it_is_one_file_that_asks_for_nothing(drawn: str) -> None:
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert "default-src 'none'" in drawn


@pytest.mark.skipif(
    bool(LACKING) and not REQUIRED, reason=f"{LACKING}; uv sync --group browser, apt-get install chromium"
)
def test_a_browser_shows_it_whole_and_runs_nothing_of_it(drawn: str, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    (tmp_path / "report.html").write_text(drawn, encoding="utf-8")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        seen = browser.new_page(viewport={"width": 360, "height": 800}, color_scheme="dark")
        seen.on("console", lambda said: complaints.append(said.text))
        seen.on("pageerror", lambda error: complaints.append(str(error)))
        seen.on("request", lambda asked: None if asked.url.startswith("file:") else complaints.append(asked.url))
        seen.goto((tmp_path / "report.html").as_uri())
        assert complaints == []
        assert seen.title() == "On Duty report"
        assert seen.evaluate("document.documentElement.scrollWidth") <= 360
        seen.locator("a", has_text="Bob").click()
        assert seen.url.endswith("#of-bob")
        timeline = seen.locator("section#of-bob figure.timeline").last
        assert "GET /" in timeline.inner_text()
        assert timeline.locator("rect").first.bounding_box()["width"] > 0
        violations = Axe().run(seen).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
        browser.close()
