from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database
from app.errors import Conflict, NotFound
from app.models import Customer, Order, OrderLine, OrderStatus, Product
from app.schemas.customers import Favourite, SignUp
from app.services.passwords import hash_password

FAVOURITES = 3


async def find_by_email(session: AsyncSession, email: str) -> Customer | None:
    return await session.scalar(select(Customer).where(func.lower(Customer.email) == func.lower(email)))


class CustomerService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def sign_up(self, wanted: SignUp) -> Customer:
        customer = Customer(email=wanted.email, name=wanted.name, password_hash=await hash_password(wanted.password.get_secret_value()))
        async with self._database.transaction() as session:
            if await find_by_email(session, wanted.email) is not None:
                raise Conflict("email_taken", "This e-mail address has an account already.")
            session.add(customer)
        return customer

    async def read(self, customer_id: int) -> Customer:
        async with self._database.transaction() as session:
            customer = await session.get(Customer, customer_id)
        if customer is None:
            raise NotFound("customer_not_found", f"There is no customer {customer_id}.")
        return customer

    async def with_email(self, email: str) -> list[Customer]:
        async with self._database.transaction() as session:
            customer = await find_by_email(session, email)
        return [] if customer is None else [customer]

    async def favourites(self, customer_id: int) -> list[Favourite]:
        """The products this customer bought most, most first."""
        await self.read(customer_id)
        quantity = func.sum(OrderLine.quantity)
        bought = (
            select(Product.id, Product.name, quantity)
            .join(OrderLine, OrderLine.product_id == Product.id)
            .join(Order, Order.id == OrderLine.order_id)
            .where(Order.customer_id == customer_id, Order.status != OrderStatus.CANCELLED)
            .group_by(Product.id)
            .order_by(quantity.desc(), Product.id)
            .limit(FAVOURITES)
        )
        async with self._database.transaction() as session:
            rows = await session.execute(bought)
            return [Favourite(product_id=product, name=name, quantity=pieces) for product, name, pieces in rows]
