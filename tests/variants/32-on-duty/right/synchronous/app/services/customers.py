from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Conflict, NotFound
from app.models import Customer, Order, OrderLine, OrderStatus, Product
from app.schemas.customers import Favourite, SignUp
from app.services.passwords import hash_password

FAVOURITES = 3


def find_by_email(session: Session, email: str) -> Customer | None:
    return session.scalar(select(Customer).where(func.lower(Customer.email) == func.lower(email)))


class CustomerService:
    def __init__(self, database: Database) -> None:
        self._database = database

    def sign_up(self, wanted: SignUp) -> Customer:
        customer = Customer(email=wanted.email, name=wanted.name, password_hash=hash_password(wanted.password.get_secret_value()))
        try:
            with self._database.transaction() as session:
                session.add(customer)
        except IntegrityError as error:
            # The unique index decides; asking first would let two sign-ups through at the same moment.
            raise Conflict("email_taken", "This e-mail address has an account already.") from error
        return customer

    def read(self, customer_id: int) -> Customer:
        with self._database.transaction() as session:
            customer = session.get(Customer, customer_id)
        if customer is None:
            raise NotFound("customer_not_found", f"There is no customer {customer_id}.")
        return customer

    def with_email(self, email: str) -> list[Customer]:
        with self._database.transaction() as session:
            customer = find_by_email(session, email)
        return [] if customer is None else [customer]

    def favourites(self, customer_id: int) -> list[Favourite]:
        """The products this customer bought most, most first."""
        self.read(customer_id)
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
        with self._database.transaction() as session:
            rows = session.execute(bought)
            return [Favourite(product_id=product, name=name, quantity=pieces) for product, name, pieces in rows]
