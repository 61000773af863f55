from fastapi import APIRouter
from sqlalchemy import func, select

from app.database import DatabaseSession
from app.models import Customer
from app.schemas import CustomerOut, Customers, Text

router = APIRouter(prefix="/customers", tags=["customers"])


@router.get("")
async def find_customers(email: Text, session: DatabaseSession) -> Customers:
    found = await session.scalars(select(Customer).where(func.lower(Customer.email) == func.lower(email)))
    return Customers(items=[CustomerOut.model_validate(customer) for customer in found])
