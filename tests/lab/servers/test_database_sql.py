"""Reading `database.sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from onduty.lab.database.database_sql import DatabaseFile
from onduty.lab.errors import DatabaseFileError

if TYPE_CHECKING:
    from pathlib import Path


def test_includes_are_read_in_place_and_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "checks" / "05").mkdir(parents=True)
    (tmp_path / "checks" / "schema.sql").write_text("CREATE TABLE a ();\n")
    file = tmp_path / "checks" / "05" / "database.sql"
    file.write_text("SELECT 1;\n\n\\ir ../schema.sql\nSELECT 2;\nSELECT 3;")
    read = DatabaseFile.read(file)
    assert [(piece.file.name, piece.first_line, piece.sql) for piece in read.pieces] == [
        ("database.sql", 1, "SELECT 1;\n\n"),
        ("schema.sql", 1, "CREATE TABLE a ();\n"),
        ("database.sql", 4, "SELECT 2;\nSELECT 3;"),
    ]


def test_no_file_is_an_empty_database() -> None:
    assert DatabaseFile.read(None).pieces == ()


def test_the_digest_follows_the_text(tmp_path: Path) -> None:
    file = tmp_path / "database.sql"
    file.write_text("SELECT 1;")
    before = DatabaseFile.read(file).digest
    assert before == DatabaseFile.read(file).digest
    file.write_text("SELECT 2;")
    assert before != DatabaseFile.read(file).digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT 1;\n\\i schema.sql\n", r"database\.sql, line 2: only `\\ir PATH` may begin with a backslash\."),
        ("\\ir missing.sql\n", r"missing\.sql, which .*database\.sql includes, cannot be read: .*No such file"),
        ("\\ir database.sql\n", r"database\.sql includes itself, by way of .*database\.sql"),
    ],
)
def test_a_mistake_is_named(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "database.sql"
    file.write_text(text)
    with pytest.raises(DatabaseFileError, match=told):
        DatabaseFile.read(file)


def test_a_position_is_a_line(tmp_path: Path) -> None:
    file = tmp_path / "database.sql"
    file.write_text("SELECT 1;\n\\ir schema.sql\nSELECT 2;\nSELECT 3;\n")
    (tmp_path / "schema.sql").write_text("")
    piece = DatabaseFile.read(file).pieces[1]
    assert piece.line(1) == 3
    assert piece.line(piece.sql.index("3") + 1) == 4
