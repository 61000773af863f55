from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import ShopDep
from app.schemas.reports import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])

# A night ends where the next day begins, and the calendar's last day has none.
Night = Annotated[date, Query(lt=date.max)]


@router.get("/nightly")
async def read_nightly_report(date: Night, shop: ShopDep) -> NightlyReport:
    return await shop.reports.night(date)
