from typing import Any

import asyncpg

from app.database import Database
from app.errors import Conflict, NotFound
from app.models import Customer
from app.schemas.customers import Favourite, SignUp
from app.services.passwords import hash_password

INSERT = "INSERT INTO customers (email, name, password_hash) VALUES ($1, $2, $3) RETURNING *"
FAVOURITES = """
SELECT p.id AS product_id, p.name, sum(l.quantity) AS quantity
FROM orders AS o JOIN order_lines AS l ON l.order_id = o.id JOIN products AS p ON p.id = l.product_id
WHERE o.customer_id = $1 AND o.status <> 'cancelled'
GROUP BY p.id ORDER BY quantity DESC, p.id LIMIT 3
"""


async def find_by_email(connection: Any, email: str) -> Customer | None:
    row = await connection.fetchrow("SELECT * FROM customers WHERE lower(email) = lower($1)", email)
    return None if row is None else Customer(**row)


class CustomerService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def sign_up(self, wanted: SignUp) -> Customer:
        password_hash = await hash_password(wanted.password.get_secret_value())
        try:
            async with self._database.transaction() as connection:
                row = await connection.fetchrow(INSERT, wanted.email, wanted.name, password_hash)
        except asyncpg.UniqueViolationError as error:
            # The unique index decides; asking first would let two sign-ups through at the same moment.
            raise Conflict("email_taken", "This e-mail address has an account already.") from error
        return Customer(**row)

    async def read(self, customer_id: int) -> Customer:
        async with self._database.transaction() as connection:
            row = await connection.fetchrow("SELECT * FROM customers WHERE id = $1", customer_id)
        if row is None:
            raise NotFound("customer_not_found", f"There is no customer {customer_id}.")
        return Customer(**row)

    async def with_email(self, email: str) -> list[Customer]:
        async with self._database.transaction() as connection:
            customer = await find_by_email(connection, email)
        return [] if customer is None else [customer]

    async def favourites(self, customer_id: int) -> list[Favourite]:
        """The products this customer bought most, most first."""
        await self.read(customer_id)
        async with self._database.transaction() as connection:
            return [Favourite(**row) for row in await connection.fetch(FAVOURITES, customer_id)]
