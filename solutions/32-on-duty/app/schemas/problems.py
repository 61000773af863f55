"""Problem details as in RFC 9457, and what the schema says of them."""

from typing import Any

from pydantic import BaseModel

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[dict[str, str]] = []


# Every endpoint may answer so instead.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
    for status, meaning in (
        ("4XX", "The caller can do something about it."),
        ("5XX", "The caller can try again later."),
    )
}
