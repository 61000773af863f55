"""The timeline on a web page: the same rows as in the terminal, as text with pictures."""

from xml.etree import ElementTree as ET

from onduty.reports.model import TimelineEvent
from onduty.reports.timeline_figure import figure, style

EVENTS = [
    TimelineEvent(at=0, until=2, lane="database", kind="hold", label="lock held on orders", outcome="released"),
    TimelineEvent(at=0.5, until=2, lane="client", kind="request", label="GET /health/live", outcome="no answer"),
    TimelineEvent(at=1, until=1.2, lane="client", kind="request", label="GET /api/v1/menu", outcome="200 OK"),
    TimelineEvent(at=1.5, lane="lab", kind="signal", label="SIGTERM"),
]


def words(drawn: str) -> list[str]:
    return [" ".join("".join(item.itertext()).split()) for item in ET.fromstring(drawn).iter("li")]


def test_it_reads_as_text() -> None:
    assert words(figure(EVENTS, "The starter")) == [
        "lock held on orders released 0.00–2.00 s",
        "GET /health/live no answer 0.50–2.00 s",
        "GET /api/v1/menu 200 OK 1.00–1.20 s",
        "SIGTERM 1.50 s",
    ]


def test_bars_lie_on_the_scale() -> None:
    bars = [(bar.get("x"), bar.get("width")) for bar in ET.fromstring(figure(EVENTS, "", until=4)).iter("rect")]
    assert bars == [("0.00%", "50.00%"), ("12.50%", "37.50%"), ("25.00%", "5.00%"), ("37.50%", "0.60%")]


def test_a_request_without_an_answer_looks_different() -> None:
    tones = [item.get("class", "").rpartition("--")[2] for item in ET.fromstring(figure(EVENTS, "")).iter("li")]
    assert tones == ["lab", "unanswered", "answered", "lab"]


def test_what_the_learner_controls_stays_text() -> None:
    event = TimelineEvent(at=0, until=1, lane="client", kind="request", label="<script>", outcome="\x1b[31m&")
    assert words(figure([event], "<b>")) == ["<script> \N{REPLACEMENT CHARACTER}[31m& 0.00–1.00 s"]


def test_nothing_happened_nothing_is_drawn() -> None:
    assert figure([], "Empty") == ""


def test_the_style_sheet_comes_along() -> None:
    assert ".timeline__row--unanswered" in style()
