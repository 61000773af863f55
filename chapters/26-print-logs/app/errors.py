"""What can go wrong, and what the caller is told: one shape for every error, as chapter 25 has it."""

import traceback
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

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


# TODO(26.2): a guest reads this aloud to you, at night. Which of the lines in the log are about it?
def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


async def answer_payment_error(_: Request, error: PaymentError) -> JSONResponse:
    print("payment failed:", repr(error))
    return problem(error.status, error.code, error.detail)


async def answer_http_error(_: Request, error: HTTPException) -> JSONResponse:
    code = error.code if isinstance(error, Refused) else CODES.get(error.status_code, "invalid_request")
    answer = problem(error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def answer_invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
    # TODO(26.4): what does this print when the field is a password?
    print("invalid request:", error.errors())
    problems = [{"field": ".".join(map(str, each["loc"][1:])), "problem": each["msg"]} for each in error.errors()]
    return problem(422, "invalid_request", "The request does not fit the contract.", errors=problems)


async def answer_unhandled(_: Request, error: Exception) -> JSONResponse:
    traceback.print_exception(error)
    return problem(500, "internal_error", "Something went wrong here.")


def add_error_handlers(app: FastAPI) -> None:
    app.exception_handler(PaymentError)(answer_payment_error)
    app.exception_handler(HTTPException)(answer_http_error)
    app.exception_handler(RequestValidationError)(answer_invalid_request)
    app.exception_handler(Exception)(answer_unhandled)
