"""Log records out of what a service prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from onduty.lab.clients.raw import send_raw
from onduty.lab.hosting.logs import Logs, Record
from onduty.lab.hosting.output import Line

if TYPE_CHECKING:
    from onduty.lab.hosting.platform import Platform

TALKATIVE = """
print(json.dumps({"event": "asked", "request_id": "a", "status": 200}))
print("asked", flush=True)
print("", file=sys.stderr)
print(json.dumps({"event": "answered", "request_id": "b"}), file=sys.stderr, flush=True)
reply(b'ok')
""".strip().replace("\n", "\n        ")


def test_records_and_the_lines_that_are_none(host, server):
    """A line that is no JSON object is unreadable, an empty one too; the rest are records."""

    async def story(platform: Platform) -> None:
        service = await platform.start()
        logs = Logs(service.output)
        mark = logs.mark()
        await service.get("/")
        await service.stop()
        assert [record["event"] for record in logs.records(mark, holding="asked")] == ["asked"]
        assert {record["request_id"] for record in logs.records(mark)} == {"a", "b"}
        assert sorted(line.text for line in logs.unreadable(mark)) == ["", "asked"]
        assert "listening" in [line.text for line in logs.lines()]

    host(story, {"server.py": server(TALKATIVE)})


@pytest.mark.parametrize(
    "text", ["", "listening", "[]", '"text"', "42", '{"open": ', '{"n": NaN}', "{'event': 'python'}", "[" * 100_000]
)
def test_a_line_is_a_record_only_if_it_is_a_json_object(text):
    assert Record.of(Line(0, "stdout", "web", text)) is None


def test_a_record_has_its_fields():
    line = Line(0, "stderr", "web", json.dumps({"event": "paid", "status": None}))
    record = Record.of(line)
    assert record is not None
    assert (record["event"], record["absent"], record.line) == ("paid", None, line)
    assert "status" in record
    assert "absent" not in record


def test_bytes_of_ones_own_get_an_answer(host, server):
    async def story(platform: Platform) -> None:
        service = await platform.start()
        answer = await send_raw(service, b"GET /\xfc HTTP/1.1\r\nX-Id: one\r\n two\r\n\r\n")
        assert (answer.status_code, answer.text) == (200, "ok")
        assert repr(answer) == "GET /ü → 200 OK"

    host(story, {"server.py": server()})


def test_no_answer_to_bytes_is_told(host, server):
    async def story(platform: Platform) -> None:
        service = await platform.start()
        closed = await send_raw(service, b"Good evening!\r\n\r\n")
        assert closed.status_code is None
        assert "no answer" in closed.outcome
        silent = await send_raw(service, b"x", within=0.05)
        assert silent.status_code is None

    host(story, {"server.py": server("if request[:1] == b'x': time.sleep(1)")})
