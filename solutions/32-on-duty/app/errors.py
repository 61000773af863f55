"""What can go wrong in the shop, in the shop's words; `app.api.problems` knows what HTTP makes of it."""


class ShopError(Exception):
    """A code of the contract and a sentence for the caller."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class NotFound(ShopError):
    pass


class Conflict(ShopError):
    pass


class Invalid(ShopError):
    def __init__(self, detail: str) -> None:
        super().__init__("invalid_request", detail)


class Unauthorized(ShopError):
    def __init__(self) -> None:
        super().__init__("unauthorized", "The credentials are not valid.")


class TooManyAttempts(ShopError):
    def __init__(self, retry_after: int) -> None:
        super().__init__("too_many_attempts", "There were too many attempts. Try again later.")
        self.retry_after = retry_after


class Unavailable(ShopError):
    retry_after = 2

    def __init__(self, detail: str) -> None:
        super().__init__("unavailable", detail)


class CardDeclined(ShopError):
    def __init__(self) -> None:
        super().__init__("card_declined", "The card was declined.")


class PaymentFailed(ShopError):
    def __init__(self) -> None:
        super().__init__("payment_failed", "The payment provider failed. The order is as it was.")


class PaymentTimeout(ShopError):
    def __init__(self) -> None:
        super().__init__("payment_timeout", "The payment provider did not answer in time. The order is as it was.")
