"""The timeline of a check."""

import dataclasses

from onduty.lab.recorder import Timeline


def test_a_mark_is_a_moment_and_a_span_has_an_end() -> None:
    """Events come in the order in which they began."""
    timeline = Timeline()
    span = timeline.span("lock held on orders", "database")
    timeline.mark("SIGTERM sent to web", lane="process", kind="signal")
    span.end("released")
    held, sent = timeline.events
    assert (held.label, held.lane, held.kind, held.outcome) == ("lock held on orders", "database", "hold", "released")
    assert (sent.label, sent.until) == ("SIGTERM sent to web", None)
    assert held.until is not None
    assert held.at <= sent.at <= held.until


def test_a_span_ends_with_its_block_and_only_once() -> None:
    """The first end counts."""
    timeline = Timeline()
    with timeline.span("GET /menu", "client", "request") as span:
        span.end("200 OK")
    span.end("never")
    assert timeline.events[0].outcome == "200 OK"


def test_a_new_check_begins_anew() -> None:
    """A span left over from the check before ends where it began."""
    timeline = Timeline()
    left_over = timeline.span("calls held", "payments")
    timeline.restart()
    left_over.end("released")
    assert timeline.events == []
    assert timeline.mark("first").at < left_over.event.at + 1
    assert left_over.event.outcome == "released"


def test_the_events_are_plain_data_and_the_list_is_a_copy() -> None:
    """A report may keep them."""
    timeline = Timeline()
    timeline.mark("one")
    events = timeline.events
    timeline.mark("two")
    assert [event.label for event in events] == ["one"]
    assert vars(events[0]) == dataclasses.asdict(events[0])
