from datetime import UTC, datetime
from typing import Any

import pytest

from onduty.checking.difference import difference

TEN = datetime(2026, 3, 1, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "true"),
    [
        ({"id": 1, "more": "than asked for"}, {"id": 1}),
        ({"items": [{"id": 1}, {"id": 2}]}, {"items": [{"id": 1}, {"id": 2}]}),
        ("2026-03-01T22:10:00Z", TEN),
        ("2026-03-01T23:10:00+01:00", TEN),
    ],
)
def test_what_says_the_same_does_not_differ(shown: Any, true: Any) -> None:
    assert difference(shown, true) is None


@pytest.mark.parametrize(
    ("shown", "true", "told"),
    [
        ({}, {"note": "no sugar"}, "`note` is None, the tables say 'no sugar'"),
        ({"items": [1, 3]}, {"items": [1, 2]}, "`items[1]` is 3, the tables say 2"),
        ({"items": [{"lines": []}]}, {"items": [{"lines": [1]}]}, "`items[0].lines` holds 0, the tables say 1"),
        ({"items": None}, {"items": []}, "`items` is None, the tables say []"),
        ([], {"items": []}, "the body is [], the tables say {'items': []}"),
    ],
)
def test_the_first_difference_is_named(shown: Any, true: Any, told: str) -> None:
    assert difference(shown, true) == told


@pytest.mark.parametrize("shown", ["2026-03-01T22:10:00", "tonight", 7, None])
def test_a_time_without_an_offset_or_of_another_form_differs(shown: Any) -> None:
    assert difference({"at": shown}, {"at": TEN}) == f"`at` is {shown!r}, the tables say {TEN.isoformat()}"
