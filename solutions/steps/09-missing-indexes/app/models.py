"""The tables of the service contract. What belongs to an order comes with it."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Integer, Text, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {int: Integer, str: Text, datetime: DateTime(timezone=True)}


def identity() -> MappedColumn[int]:
    return mapped_column(BigInteger, Identity(), primary_key=True)


class OrderStatus(StrEnum):
    PLACED = "placed"
    PAID = "paid"
    SERVED = "served"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    PAID = "paid"
    REFUNDED = "refunded"


class Product(Base):
    __tablename__ = "products"

    id: Mapped[int] = identity()
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    price_cents: Mapped[int] = mapped_column(CheckConstraint("price_cents > 0"))
    stock: Mapped[int] = mapped_column(CheckConstraint("stock >= 0"))
    on_sale: Mapped[bool] = mapped_column(server_default=text("true"))


class Customer(Base):
    __tablename__ = "customers"

    id: Mapped[int] = identity()
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


Index("customers_email_key", func.lower(Customer.email), unique=True)


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = identity()
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    status: Mapped[str] = mapped_column(
        CheckConstraint("status IN ('placed', 'paid', 'served', 'cancelled')"), server_default=OrderStatus.PLACED
    )
    total_cents: Mapped[int]
    note: Mapped[str] = mapped_column(server_default="")
    placed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    customer: Mapped[Customer] = relationship(lazy="raise")
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.position", lazy="immediate")


Index("orders_customer_newest", Order.customer_id, Order.placed_at.desc(), Order.id.desc())
Index("orders_newest", Order.placed_at.desc(), Order.id.desc())
Index(
    "orders_open_newest",
    Order.status,
    Order.placed_at.desc(),
    Order.id.desc(),
    postgresql_where=Order.status.in_(("placed", "paid")),
)


class OrderLine(Base):
    __tablename__ = "order_lines"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    quantity: Mapped[int] = mapped_column(CheckConstraint("quantity > 0"))
    price_cents: Mapped[int]
    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True)

    @property
    def name(self) -> str:
        return self.product.name


class Payment(Base):
    __tablename__ = "payments"

    id: Mapped[int] = identity()
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    status: Mapped[str] = mapped_column(
        CheckConstraint("status IN ('paid', 'refunded')"), server_default=PaymentStatus.PAID
    )
    amount_cents: Mapped[int]
    provider_ref: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


Index("payments_order_newest", Payment.order_id, Payment.id.desc())
Index(
    "payments_one_paid", Payment.order_id, unique=True, postgresql_where=Payment.status == PaymentStatus.PAID.value
)
