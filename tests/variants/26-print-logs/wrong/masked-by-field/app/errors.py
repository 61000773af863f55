"""What can go wrong, and what the caller is told: one shape for every error, as chapter 25 has it."""

import logging
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.logs import request_id

log = logging.getLogger(__name__)

SECRET = {"password", "card_token"}
CODES = {401: "unauthorized", 404: "not_found", 405: "method_not_allowed"}


class Refused(HTTPException):
    """An answer whose status alone does not tell what is wrong."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(status, detail)
        self.code = code


class PaymentError(Exception):
    status: ClassVar[int]
    code: ClassVar[str]
    detail: ClassVar[str]


class CardDeclined(PaymentError):
    status, code, detail = 402, "card_declined", "The card was declined."


class PaymentFailed(PaymentError):
    status, code, detail = 502, "payment_failed", "The payment provider could not be understood or reached."


class PaymentTimeout(PaymentError):
    status, code, detail = 504, "payment_timeout", "The payment provider did not answer in time."


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id.get(),
        **more,
    }
    return JSONResponse(body, status, media_type="application/problem+json")


async def answer_payment_error(_: Request, error: PaymentError) -> JSONResponse:
    log.warning("payment failed", extra={"code": error.code})
    return problem(error.status, error.code, error.detail)


async def answer_http_error(_: Request, error: HTTPException) -> JSONResponse:
    code = error.code if isinstance(error, Refused) else CODES.get(error.status_code, "invalid_request")
    answer = problem(error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def answer_invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
    # The problem and the field, never the value: it may be a password.
    problems = [{"field": ".".join(map(str, each["loc"][1:])), "problem": each["msg"]} for each in error.errors()]
    # What was sent helps whoever looks for the mistake; but not a password, nor a card.
    given = [{**each, "input": "***" if each["loc"][-1] in SECRET else each["input"]} for each in error.errors()]
    log.info("invalid request", extra={"problems": given})
    return problem(422, "invalid_request", "The request does not fit the contract.", errors=problems)


def internal_error() -> JSONResponse:
    return problem(500, "internal_error", "Something went wrong here.")


def add_error_handlers(app: FastAPI) -> None:
    app.exception_handler(PaymentError)(answer_payment_error)
    app.exception_handler(HTTPException)(answer_http_error)
    app.exception_handler(RequestValidationError)(answer_invalid_request)
