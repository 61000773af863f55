"""What the rows of the tables become."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class OrderStatus(StrEnum):
    PLACED = "placed"
    PAID = "paid"
    SERVED = "served"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    PAID = "paid"
    REFUNDED = "refunded"


@dataclass
class Product:
    id: int
    sku: str
    name: str
    price_cents: int
    stock: int
    on_sale: bool


@dataclass
class Customer:
    id: int
    email: str
    name: str
    password_hash: str
    created_at: datetime


@dataclass
class Line:
    product_id: int
    name: str
    quantity: int
    price_cents: int


@dataclass
class Order:
    id: int
    customer_id: int
    status: str
    total_cents: int
    note: str
    placed_at: datetime
    lines: list[Line]
    customer: Any = None


@dataclass
class Payment:
    order_id: int
    status: str
    amount_cents: int
    provider_ref: str
