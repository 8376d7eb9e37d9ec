"""How a dataset stands, as numbers: `winnow stats` and `/winnow stats`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot import labels, pictures, statuses
from bot.blocks import Block, Message, header, raw, section
from bot.excerpts import clip
from bot.markup import escape
from bot.texts import Lang, say
from core.agreement import ENOUGH, Agreement
from core.errors import UsageError
from core.steering import Record
from core.votes import State
from storage import arms, costs, growth, stats, weekly
from storage.datasets import Dataset
from storage.engine import Store
from storage.growth import Category
from storage.stats import Stats, Tally

_MOST_LISTED = 20
_MOST_REASONS = 5
_LONGEST_NAME = 60


def numbers(store: Store, dataset: Dataset) -> dict[str, Any]:
    """The answer of `stats --json`; `cost_usd` is None where a price is unknown."""
    found = stats.stats(store, dataset)
    cost = costs.cost(store, dataset.id)
    return {
        "states": found.states,
        "categories": found.categories,
        "reviewers": found.reviewers,
        "teachers": found.teachers,
        "cost_usd": None if cost is None else f"{cost:f}",
        "agreement": asdict(found.agreement),
        "reasons": found.reasons,
        "arms": arms_told(store, dataset),
        "cache_hits": {
            teacher: round(share, 4) for teacher, share in arms.cached(store, dataset.id).items()
        },
    }


def arms_told(store: Store, dataset: Dataset) -> list[dict[str, Any]]:
    """What each arm has brought, as JSON; `share` is its share of all calls."""
    lines = arms.lines(store, dataset.id)
    calls = sum(line.calls for line in lines)
    return [
        {
            "teacher": line.arm.teacher,
            "ask": line.arm.way,
            "prompt": line.prompt,
            "prompt_hash": line.arm.prompt_hash,
            "temperature": line.arm.temperature,
            "requests": line.requests,
            "samples": line.record.samples,
            "approved": line.record.approved,
            "decided": line.record.decided,
            "cost_usd": _usd(line.record.cost_usd),
            "cost_per_approved_usd": _usd(_per_approved(line.record)),
            "share": round(line.calls / calls, 4),
        }
        for line in lines
    ]


def _per_approved(record: Record) -> Decimal | None:
    if record.cost_usd is None or not record.approved:
        return None
    return record.cost_usd / record.approved


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"


def plot(store: Store, dataset: Dataset, file: Path) -> tuple[str, ...]:
    """Draw a dataset's progress into a PNG file; returns what `Picture.numbered` tells.

    Raises:
        UsageError: the file cannot be written.
    """
    picture = pictures.draw(growth.growth(store, dataset), dataset.recipe.ui)
    try:
        file.write_bytes(picture.png)
    except OSError as error:
        raise UsageError(
            f"--plot: {file} cannot be written ({error.strerror}).",
            "Name a file in a folder that exists and is yours to write.",
        ) from error
    return picture.numbered


def message(store: Store, dataset: Dataset, *, curator: bool) -> Message:
    """The private answer to `/winnow stats`; only curators see arms and what reviewers did."""
    lang = dataset.recipe.ui
    found = stats.stats(store, dataset)
    per_approved = weekly.week(store, dataset, store.now()).per_approved_usd
    title = say(lang, "stats_title", dataset=dataset.name)
    blocks = [
        header(title),
        section(statuses.counts({State(s): n for s, n in found.states.items()}, lang) or "0"),
        section("\n".join(_figures(found, per_approved, lang))),
        *_listed(
            say(lang, "stats_categories"),
            _categories(found.categories, growth.growth(store, dataset).categories),
        ),
        *_listed(
            say(lang, "stats_teachers"),
            (f"{name} {_rate(tally)}" for name, tally in found.teachers.items()),
        ),
    ]
    if curator:
        blocks += _arms(arms_told(store, dataset), lang)
        blocks += _reviewers(found.reviewers, lang)
    return Message(title, blocks)


def _figures(found: Stats, per_approved: Decimal | None, lang: Lang) -> Iterator[str]:
    approved, rejected = (found.states[key] for key in ("approved", "rejected"))
    if decided := approved + rejected:
        yield say(lang, "stats_rate", share=f"{approved / decided:.0%}", n=decided)
    yield _agreement(found.agreement, lang)
    if per_approved is not None:
        yield say(lang, "stats_cost", amount=f"{per_approved:.3f}")
    if found.reasons:
        top = list(found.reasons.items())[:_MOST_REASONS]
        told = " · ".join(f"{labels.reason(lang, reason)} {n}" for reason, n in top)
        yield say(lang, "why_rejected", reasons=escape(told))


def _agreement(found: Agreement, lang: Lang) -> str:
    if found.raw is None or not found.enough:
        return say(lang, "stats_agreement_none", least=ENOUGH, n=found.n)
    alpha, ac1 = ("—" if one is None else f"{one:.2f}" for one in (found.alpha, found.ac1))
    return say(lang, "stats_agreement", n=found.n, raw=f"{found.raw:.0%}", alpha=alpha, ac1=ac1)


def _categories(tallies: Mapping[str, Tally], categories: tuple[Category, ...]) -> Iterator[str]:
    for one in categories:
        rate = _rate(tallies.get(one.name, {}))
        yield f"{one.name} {one.approved}/{one.wanted} · {rate}"


def _arms(told: Sequence[Mapping[str, Any]], lang: Lang) -> list[Block]:
    """How each arm fares, the most asked first, if there are several to choose from."""
    names = Counter(map(_arm, told))
    lines = [
        f"{_arm(one)}{_wording(one) if names[_arm(one)] > 1 else ''}"
        f" {_rate({**one, 'rejected': one['decided'] - one['approved']})} · {one['share']:.0%}"
        for one in sorted(told, key=lambda one: -one["share"])
    ]
    return _listed(say(lang, "stats_arms"), iter(lines)) if len(lines) > 1 else []


def _arm(one: Mapping[str, Any]) -> str:
    """An arm by its teacher, way and temperature."""
    temperature = one["temperature"]
    return f"{one['teacher']} {one['ask']}" + ("" if temperature is None else f" {temperature:g}")


def _wording(one: Mapping[str, Any]) -> str:
    return f" {one['prompt_hash'][:6]}"


def _rate(tally: Mapping[str, int]) -> str:
    approved = tally.get("approved", 0)
    decided = approved + tally.get("rejected", 0)
    return f"{approved / decided:.0%} ({approved}/{decided})" if decided else "—"


def _listed(title: str, lines: Iterator[str]) -> list[Block]:
    """A title and lines that are shown as they are: names come from recipes and files."""
    told = [clip(line, _LONGEST_NAME + 40) for line in lines]
    more = ["…"] if len(told) > _MOST_LISTED else []
    return [section(f"*{title}*"), *raw("\n".join(told[:_MOST_LISTED] + more))] if told else []


def _reviewers(tallies: Mapping[str, Tally], lang: Lang) -> list[Block]:
    lines = [
        f"<@{user}> ✅ {tally['approved']} ❌ {tally['rejected']} · {tally['open']}"
        for user, tally in tallies.items()
    ]
    more = ["…"] if len(lines) > _MOST_LISTED else []
    title = f"*{say(lang, 'stats_reviewers')}*"
    return [section("\n".join([title, *lines[:_MOST_LISTED], *more]))] if lines else []
