from fastapi import APIRouter
from sqlalchemy import column, func, select

from app.database import DatabaseSession
from app.models import Customer
from app.schemas import CustomerOut, Customers

router = APIRouter(prefix="/customers", tags=["customers"])


@router.get("")
async def find_customers(email: str, session: DatabaseSession) -> Customers:
    found = await session.scalars(select(Customer).where(column("email_key") == func.lower(email)))
    return Customers(items=[CustomerOut.model_validate(customer) for customer in found])
