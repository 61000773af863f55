"""Every error in one shape: problem details as in RFC 9457 (chapter 25)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from structlog.contextvars import get_contextvars

from app import errors
from app.schemas.problems import MEDIA_TYPE

log = structlog.stdlib.get_logger(__name__)

STATUS = {
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Invalid: 422,
    errors.Unauthorized: 401,
    errors.TooManyAttempts: 429,
    errors.Unavailable: 503,
    errors.CardDeclined: 402,
    errors.PaymentFailed: 502,
    errors.PaymentTimeout: 504,
}
CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 422: "invalid_request"}


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": get_contextvars().get("request_id", ""),
        **more,
    }
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def internal_error() -> JSONResponse:
    return problem(500, "internal_error", "Something went wrong here. It has been written down.")


def unfit(problems: list[dict[str, str]]) -> JSONResponse:
    return problem(422, "invalid_request", "The request does not fit the contract.", errors=problems)


async def answer_shop_error(_: Request, error: errors.ShopError) -> JSONResponse:
    status, headers = STATUS[type(error)], {}
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning(error.code, exc_info=error)
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.TooManyAttempts | errors.Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    return problem(status, error.code, error.detail, headers)


async def answer_invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
    # The problem is told, the value that was sent is not: it may be a password.
    problems = [
        {"field": ".".join(str(part) for part in each["loc"][1:]), "problem": each["msg"]} for each in error.errors()
    ]
    return unfit(problems)


async def answer_http_error(_: Request, error: HTTPException) -> JSONResponse:
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # What FastAPI says of a body that it cannot even read, such as one that is not UTF-8.
        return unfit([{"field": "", "problem": "cannot be read as JSON"}])
    code = CODES.get(error.status_code, "invalid_request")
    return problem(error.status_code, code, HTTPStatus(error.status_code).phrase + ".", error.headers)


def add_problem_handlers(app: FastAPI) -> None:
    app.exception_handler(errors.ShopError)(answer_shop_error)
    app.exception_handler(RequestValidationError)(answer_invalid_request)
    app.exception_handler(HTTPException)(answer_http_error)
