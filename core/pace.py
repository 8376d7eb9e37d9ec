"""How long the rest takes at the present pace."""

LONGEST_FORECAST = 52
"""Weeks: a pace that would take longer has only begun, and says nothing."""


def weeks_left(lacking: int, a_week: int) -> int | None:
    """Weeks until `lacking` more records are approved; None when none lack, or nobody can tell.

    Args:
        lacking: records that are still wanted.
        a_week: records that were approved in the last seven days.
    """
    weeks = -(-lacking // a_week) if a_week else 0
    return weeks if 0 < weeks <= LONGEST_FORECAST else None
