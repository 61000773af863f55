from onduty.checking.own_frames import own_frames

LOG = """
INFO: 127.0.0.1 - "GET /orders" 500
Traceback (most recent call last):
  File "/venv/lib/python3.11/site-packages/fastapi/routing.py", line 381, in run_endpoint_function
    return await dependant.call(**values)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/run/service/app/orders.py", line 29, in list_orders
    return [order.lines for order in orders]
            ^^^^^^^^^^^
  File "/usr/lib/python3.11/asyncio/base_events.py", line 653, in run
    return future.result()
  File "<frozen importlib._bootstrap>", line 1147, in _find_and_load_unlocked
sqlalchemy.exc.InvalidRequestError: 'Order.lines' is not available due to lazy='raise'
INFO: the next line
""".strip().splitlines()


def test_only_the_frames_of_the_service_are_kept() -> None:
    assert own_frames(LOG) == [LOG[0], LOG[1], *LOG[5:8], *LOG[11:]]


def test_a_group_of_exceptions_keeps_its_bars() -> None:
    group = [
        "  + Exception Group Traceback (most recent call last):",
        '  |   File "/venv/lib/python3.11/site-packages/anyio/a.py", line 1, in run',
        "  |     raise group",
        "  | ExceptionGroup: unhandled errors",
    ]
    assert own_frames(group) == [group[0], group[3]]


def test_what_is_no_traceback_is_left_alone() -> None:
    log = ["  indented", '{"event": "File is gone"}', ""]
    assert own_frames(log) == log
