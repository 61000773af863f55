"""Log-in, and refresh tokens that work once: each belongs to a family, and a family has one living token."""

from uuid import uuid4

from sqlalchemy import update

from app.clients.cache import ATTEMPTS_WINDOW, Cache
from app.database import Database
from app.errors import NotFound, TooManyAttempts, Unauthorized
from app.models import Customer
from app.schemas.customers import LogIn, Tokens
from app.services.customers import CustomerService, find_by_email
from app.services.passwords import check_password
from app.services.tokens import Token, TokenSigner

ACCESS_SECONDS = 900
REFRESH_SECONDS = 14 * 24 * 3600


class SessionService:
    def __init__(
        self, database: Database, cache: Cache, signer: TokenSigner, customers: CustomerService, rate: int
    ) -> None:
        self._database = database
        self._cache = cache
        self._signer = signer
        self._customers = customers
        self._rate = rate

    async def log_in(self, given: LogIn, client: str) -> Tokens:
        if await self._cache.count_attempt(client) > self._rate:
            raise TooManyAttempts(retry_after=ATTEMPTS_WINDOW)
        async with self._database.transaction() as session:
            customer = await find_by_email(session, given.email)
        known = customer.password_hash if customer else None
        right, newer = await check_password(given.password.get_secret_value(), known)
        if customer is None or not right:
            raise Unauthorized
        if newer is not None:
            # Nothing but the hash, and only the one that was checked: somebody may have changed the account meanwhile.
            checked = update(Customer).where(
                Customer.id == customer.id, Customer.password_hash == customer.password_hash
            )
            async with self._database.transaction() as session:
                await session.execute(checked.values(password_hash=newer))
        family, serial = uuid4().hex, uuid4().hex
        await self._cache.begin_family(family, serial, REFRESH_SECONDS)
        return self._tokens(customer.id, family, serial)

    async def refresh(self, refresh_token: str) -> Tokens:
        token = self._signer.read("refresh", refresh_token)
        # Asked before the token is used up: whoever is told that the database is away must be able to try again.
        customer = await self._customer(token)
        family, given = split(token)
        serial = uuid4().hex
        living = await self._cache.replace_in_family(family, serial, REFRESH_SECONDS)
        if living != given:
            # Used before, by its owner or by a thief: nobody can tell which, so both are out.
            await self._cache.end_family(family)
            raise Unauthorized
        return self._tokens(customer.id, family, serial)

    async def log_out(self, refresh_token: str) -> None:
        family, _ = split(self._signer.read("refresh", refresh_token))
        await self._cache.end_family(family)

    async def customer_of(self, access_token: str) -> Customer:
        return await self._customer(self._signer.read("access", access_token))

    async def _customer(self, token: Token) -> Customer:
        try:
            return await self._customers.read(token.customer_id)
        except NotFound as error:
            raise Unauthorized from error

    def _tokens(self, customer_id: int, family: str, serial: str) -> Tokens:
        return Tokens(
            access_token=self._signer.sign("access", customer_id, uuid4().hex, ACCESS_SECONDS),
            refresh_token=self._signer.sign("refresh", customer_id, f"{family}.{serial}", REFRESH_SECONDS),
            expires_in=ACCESS_SECONDS,
        )


def split(token: Token) -> tuple[str, str]:
    family, _, serial = token.id.partition(".")
    return family, serial
