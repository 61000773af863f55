"""How the platform reads a Procfile."""

from pathlib import Path

import pytest

from onduty.lab.hosting.errors import ProcfileError, ServiceCrashed
from onduty.lab.hosting.procfile import Procfile


def words(line: str, **environment: str) -> list[str]:
    """Return the words of the `web` command on that line."""
    return Procfile.parse(line).words("web", environment)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("web: uvicorn app.main:app --port $PORT", ["uvicorn", "app.main:app", "--port", "8000"]),
        ("web: gunicorn -b ${HOST}:${PORT} app:app", ["gunicorn", "-b", "::1:8000", "app:app"]),
        ("web:run # the rest is a comment", ["run"]),
        ("  web :  run  ", ["run"]),
        ("web: run a#b '#c' \"# d\" \\# e # f", ["run", "a#b", "#c", "# d", "#", "e"]),
        ("web: sh -c \"run --port $PORT; echo '$HOST'\"", ["sh", "-c", "run --port 8000; echo '::1'"]),
        ("web: sh -c 'for i in 1 2; do echo $i $$; done'", ["sh", "-c", "for i in 1 2; do echo $i $$; done"]),
        ("web: run $WORDS", ["run", "two words $PORT"]),
        ("web: run *.py && rm -r / | cat > x", ["run", "*.py", "&&", "rm", "-r", "/", "|", "cat", ">", "x"]),
        ("web: run $MISSING ${MISSING} $1 $", ["run", "$MISSING", "${MISSING}", "$1", "$"]),
        ("web: run 'it is' it\\'s", ["run", "it is", "it's"]),
    ],
)
def test_words_are_split_as_by_a_shell_and_variables_replaced(line: str, expected: list[str]) -> None:
    """Nothing else happens to a command: no globbing, no pipes, no second expansion."""
    assert words(line, HOST="::1", PORT="8000", WORDS="two words $PORT") == expected


def test_comments_empty_lines_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    """A byte order mark does none either."""
    (tmp_path / "Procfile").write_bytes(b"\xef\xbb\xbf# all\r\n\r\nrelease: migrate\r\nweb: run\r\n   # worker: no\r\n")
    found = Procfile.read(tmp_path)
    assert dict(found.commands) == {"release": ("migrate",), "web": ("run",)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The Procfile has no `web` line"),
        ("worker: run", "The Procfile has no `web` line"),
        ("web uvicorn", "line 1: `web uvicorn` is not of the form `name: command`"),
        ("# one\nweb: run\nclock: tick", "line 3: the platform runs release, web and worker, and knows no `clock`"),
        ("web: run\nweb: again", "line 2: `web` is there already"),
        ("web:", "line 1: `web` has no command"),
        ("web: # nothing", "line 1: `web` has no command"),
        ('web: sh -c "run', "line 1: a quote is opened and not closed"),
        ("http://x: y", "line 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str) -> None:
    """A Procfile that cannot be read is the service's fault, like a crash."""
    with pytest.raises(ProcfileError) as caught:
        Procfile.parse(text)
    assert message in str(caught.value)
    assert isinstance(caught.value, ServiceCrashed)


def test_a_process_that_is_asked_for_must_be_there() -> None:
    """The default asks for all three; one that is not there is left out then."""
    found = Procfile.parse("web: run")
    assert found.present(["release", "web", "worker"]) == ["web"]
    with pytest.raises(ProcfileError, match="has no `worker` line"):
        found.present(["worker"])


def test_a_missing_or_unreadable_procfile_says_what_to_write(tmp_path: Path) -> None:
    """Neither is a traceback."""
    with pytest.raises(ProcfileError, match="There is no Procfile beside the app"):
        Procfile.read(tmp_path)
    (tmp_path / "Procfile").write_bytes(b"web: \xff\xfe")
    with pytest.raises(ProcfileError, match="cannot be read as UTF-8"):
        Procfile.read(tmp_path)
