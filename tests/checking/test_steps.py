"""The steps that a failure tells."""

from onduty.checking.steps import told_once


def test_a_step_that_is_repeated_is_told_once():
    assert told_once(["GET /menu", "POST /orders", "GET /menu"]) == ["GET /menu (2 times)", "POST /orders"]


def test_steps_that_differ_in_a_number_are_told_apart():
    assert told_once(["GET /orders/41", "GET /orders/42"]) == ["GET /orders/41", "GET /orders/42"]


def test_many_that_differ_in_a_number_only_are_told_as_one():
    paid = [f"POST /orders/{order}/payment" for order in range(100, 150)]
    assert told_once(["hold: every call", *paid, "SIGTERM sent to web (pid 4711)"]) == [
        "hold: every call",
        "POST /orders/…/payment (50 times)",
        "SIGTERM sent to web (pid 4711)",
    ]
