"""What is said about the service's sessions."""

from onduty.lab.database.sessions import Session, describe


def session(state: str, query: str = "") -> Session:
    return Session(pid=1, state=state, waits_for_lock=False, query=query)


def test_sessions_that_do_the_same_are_counted_not_listed() -> None:
    left_open = [session("idle in transaction", "SELECT orders.id")] * 8
    assert describe([*left_open, session("idle")]) == (
        "9 sessions of the service (8 idle in transaction (`SELECT orders.id`), 1 idle)"
    )


def test_what_most_sessions_do_is_told_first_and_the_rest_is_summed_up() -> None:
    busy = [session("active", f"SELECT {nth}") for nth in range(4)]
    assert describe([*busy, session("active", "SELECT 3")]) == (
        "5 sessions of the service "
        "(2 active (`SELECT 3`), 1 active (`SELECT 0`), 1 active (`SELECT 1`), 1 otherwise busy)"
    )
