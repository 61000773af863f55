"""What a reader does on the site, from a folder and without a network."""

import pytest

CHAPTER = "chapters/05-blocked-event-loop.html"
SCHEMES = ["default", "slate"]


def test_search_finds_the_event_loop(visit) -> None:
    page = visit.open("index.html")
    page.keyboard.press("/")
    page.keyboard.type("event loop", delay=20)
    found = page.locator(".md-search-result a[href*='chapters/05-blocked-event-loop.html']").first
    found.wait_for(timeout=5000)
    found.click()
    page.wait_for_url("**/chapters/05-blocked-event-loop.html**")
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_copied_command_can_be_pasted(visit, scheme: str) -> None:
    page = visit.open("start/index.html")
    visit.scheme(scheme)
    page.locator(".highlight [data-md-type=copy]").first.click()
    assert page.evaluate("navigator.clipboard.readText()").split("\n") == ["pip install uv", "uv run onduty"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_tab_shows_its_content(visit, scheme: str) -> None:
    page = visit.open(CHAPTER)
    visit.scheme(scheme)
    tabs = page.locator(".tabbed-set").first
    shown = tabs.locator(".tabbed-block")
    assert [shown.nth(0).is_visible(), shown.nth(1).is_visible()] == [True, False]
    tabs.locator("label").nth(1).click()
    assert [shown.nth(0).is_visible(), shown.nth(1).is_visible()] == [False, True]


def test_a_diagram_is_drawn_in_the_colours_of_the_scheme(visit) -> None:
    page = visit.open("reference/architecture.html")
    colours = []
    for scheme in SCHEMES:
        visit.scheme(scheme)
        page.wait_for_function(
            "document.querySelector('.diagram svg')?.dataset.scheme === document.body.dataset.mdColorScheme"
        )
        colours.append(page.locator(".diagram svg .node rect").first.evaluate("node => getComputedStyle(node).fill"))
        assert "checking" in page.locator(".diagram svg").text_content()
    assert colours[0] != colours[1]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_timeline_can_be_seen_and_read(visit, scheme: str) -> None:
    page = visit.open(CHAPTER)
    visit.scheme(scheme)
    timeline = page.locator("figure.timeline").first
    told = timeline.aria_snapshot()
    assert 'figure "Starter: failed"' in told
    assert "GET /health/live no answer within 1.5 s" in told
    bar, paper = timeline.locator("rect").last.evaluate(
        "bar => [getComputedStyle(bar).fill, getComputedStyle(document.body).backgroundColor]"
    )
    assert bar != paper
    assert timeline.locator("rect").last.bounding_box()["width"] > 50


def test_hints_open_by_keyboard(visit) -> None:
    page = visit.open(CHAPTER)
    hint = page.locator("details.tip").first
    hint.locator("summary").focus()
    page.keyboard.press("Enter")
    assert hint.locator("p").last.is_visible()


def test_a_reader_of_the_keyboard_can_skip_the_navigation(visit) -> None:
    page = visit.open(CHAPTER)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to content"


def test_a_table_that_is_too_wide_is_scrolled_by_keyboard(visit) -> None:
    page = visit.open("reference/figures.html")
    page.set_viewport_size({"width": 320, "height": 700})
    table = page.locator(".md-typeset__scrollwrap").first
    page.wait_for_function("document.querySelector('.md-typeset__scrollwrap').tabIndex === 0")
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.md-typeset__scrollwrap').scrollLeft > 0")
