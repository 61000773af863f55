"""The table of the service contract that this chapter uses."""

from typing import ClassVar

from sqlalchemy import BigInteger
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    # The ids are bigint; SQLAlchemy would cast an int to integer.
    type_annotation_map: ClassVar = {int: BigInteger}


class Product(Base):
    __tablename__ = "products"

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str]
    name: Mapped[str]
    price_cents: Mapped[int]
    stock: Mapped[int]
    on_sale: Mapped[bool] = mapped_column(default=True)
