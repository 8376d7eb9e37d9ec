"""The summary after a weekly export, gathered from the store (CARDS.md, Weekly)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot import headers
from bot.cards import Message
from bot.desk import Desk
from bot.slack import BROKEN
from bot.versions import Exported
from core.recipe import Recipe
from storage import stats
from storage import weekly as weeks
from storage.datasets import Dataset
from storage.stats import Stats
from storage.weekly import Week

_WEEK = timedelta(days=7)


def summary(desk: Desk, dataset: Dataset, exported: Exported, due: datetime) -> Message:
    """The message: the seven days up to `due`, and how the dataset stands now."""
    numbers = stats.stats(desk.store, dataset)
    past = weeks.week(desk.store, dataset, due)
    shown = headers.Week(
        number=(due - dataset.added_at) // _WEEK + 1,
        approved=past.approved,
        before=past.before,
        total=numbers.states["approved"],
        target=dataset.recipe.target,
        approval_rate=_approval_rate(past),
        corrected_share=past.corrected / past.approved if past.approved else None,
        agreement=numbers.agreement,
        per_approved_usd=past.per_approved_usd,
        owed=owed(dataset.recipe, numbers),
        version=exported.version,
        people=_names(desk, past.voters),
        **exported.counts(),
    )
    return headers.weekly(shown, lang=dataset.recipe.ui, dataset=dataset.name)


def _approval_rate(past: Week) -> float | None:
    decided = past.approved + past.rejected
    return past.approved / decided if decided else None


def owed(recipe: Recipe, numbers: Stats) -> list[tuple[str, int]]:
    """How many approved records each category lacks of its share of the target, most first."""
    whole = sum(recipe.categories.values())
    lacking = [
        (name, round(recipe.target * share / whole) - _approved(numbers, name))
        for name, share in recipe.categories.items()
    ]
    return sorted((pair for pair in lacking if pair[1] > 0), key=lambda pair: -pair[1])


def _approved(numbers: Stats, category: str) -> int:
    return numbers.categories.get(category, {}).get("approved", 0)


def _names(desk: Desk, users: Iterable[str]) -> dict[str, str]:
    """What people are called, for the order in which they are thanked."""
    return {user: _name(desk, user) for user in users}


def _name(desk: Desk, user: str) -> str:
    try:
        found = desk.client.users_info(user=user)["user"]
    except BROKEN:  # only the order suffers
        return user
    return str(found["profile"].get("display_name") or found.get("real_name") or found["name"])
