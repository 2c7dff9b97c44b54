"""What the rules of every room share. Pure: the one module of the runtime they may import."""

from datetime import date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had no summer time since 1991, so a fixed offset serves."""


def business_day(moment: datetime) -> date:
    """Give the date on which a moment falls in China."""
    return moment.astimezone(SHANGHAI).date()


def division_prefix(division: str) -> str:
    """Give the beginning that the codes (GB/T 2260) of a division and of all below it share.

    A city's code ends in 00; a county has nothing below it here.
    """
    return division[:4] if division.endswith("00") else division


class RefusedError(Exception):
    """The decision is no: 409 over HTTP (422 when `field` is given), parked from the bus.

    `message` says what was expected, for a person; `field` names the input at fault.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        """Keep what is said and which field it is about."""
        super().__init__(message)
        self.message = message
        self.field = field


class NotYetError(Exception):
    """The subject is not known here (yet): 404 over HTTP; from the bus, up the retry ladder."""
