from datetime import date

from fastapi import APIRouter

from app.api.deps import ShopDep
from app.schemas.reports import NightlyReport

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get("/nightly")
def read_nightly_report(date: date, shop: ShopDep) -> NightlyReport:
    return shop.reports.night(date)
