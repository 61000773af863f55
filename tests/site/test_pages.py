"""Every page, opened from a folder: quiet, readable by everybody, and no wider than a phone."""

import pytest

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
RULES_OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""All that the other scheme can break."""
TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    const inScroller = (element) => {
        for (let box = element.parentElement; box; box = box.parentElement)
            if (getComputedStyle(box).overflowX !== "visible") return true;
        return false;
    };
    return [...document.querySelectorAll("article *")]
        .filter((element) => element.getBoundingClientRect().right > width + 1 && !inScroller(element))
        .map((element) => element.outerHTML.slice(0, 120))
        .concat(document.documentElement.scrollWidth > width ? ["the page itself"] : []);
}"""
ONE_OF_A_KIND = """() => {
    const seen = new Set();
    for (const row of document.querySelectorAll("tbody tr:nth-child(n+5)")) row.style.display = "none";
    for (const part of document.querySelectorAll(".highlight code span[class], .timeline__row"))
        if (seen.has(part.className)) part.style.display = "none";
        else seen.add(part.className);
}"""
"""A page has thousands of tokens and rows in a dozen colours: a few of each are looked at."""


@pytest.fixture(scope="module")
def opened(path, visit):
    visit.open(path)
    visit.page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")
    return visit


def test_it_loads_without_complaint_and_asks_nobody_outside(opened) -> None:
    assert opened.complaints == []


def test_it_fits_a_phone(opened) -> None:
    opened.page.set_viewport_size({"width": 320, "height": 700})
    too_wide = opened.page.evaluate(TOO_WIDE)
    opened.page.set_viewport_size({"width": 1280, "height": 900})
    assert too_wide == []


@pytest.mark.parametrize(("scheme", "rules"), [("default", RULES), ("slate", RULES_OF_COLOUR)])
def test_it_breaks_no_rule_of_accessibility(opened, scheme: str, rules: dict[str, object]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened.scheme(scheme)
    opened.page.evaluate(ONE_OF_A_KIND)
    found = Axe().run(opened.page, options={"runOnly": rules, "resultTypes": ["violations"]}).response["violations"]
    assert [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary']}" for rule in found for node in rule["nodes"]
    ] == []
