"""The ways in which a call to the payment provider can end badly, and what the caller is told."""

from http import HTTPStatus
from typing import ClassVar

from fastapi import Request
from fastapi.responses import JSONResponse


class PaymentError(Exception):
    status: ClassVar[HTTPStatus]
    code: ClassVar[str]
    detail: ClassVar[str]


class CardDeclined(PaymentError):
    status = HTTPStatus.PAYMENT_REQUIRED
    code = "card_declined"
    detail = "The card was declined."


class PaymentFailed(PaymentError):
    status = HTTPStatus.BAD_GATEWAY
    code = "payment_failed"
    detail = "The payment provider could not be understood or reached."


class PaymentTimeout(PaymentError):
    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "payment_timeout"
    detail = "The payment provider did not answer in time."


async def tell_the_caller(_: Request, error: PaymentError) -> JSONResponse:
    problem = {
        "type": "about:blank",
        "title": error.status.phrase,
        "status": error.status.value,
        "code": error.code,
        "detail": error.detail,
    }
    return JSONResponse(problem, error.status, media_type="application/problem+json")
