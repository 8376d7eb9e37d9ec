"""The modal "One by one": a sample as on its card, with buttons to say what one thinks of it."""

from collections.abc import Iterator, Mapping

from bot import cards, labels
from bot.blocks import Block, actions, button, context, mrkdwn, plain, raw, section
from bot.excerpts import clip, excerpt, units
from bot.modals import View, modal
from bot.texts import Lang, say
from core.votes import State, Verdict
from storage.reviewing import Look
from storage.samples import Shown

_MOST_TEXT = 35_000
"""Units of a full text in a window: 210 kB of Slack's 250 even where each is escaped in JSON."""
_MARKS: Mapping[Verdict, str] = {
    Verdict.APPROVE: "approve_button",
    Verdict.REJECT: "reject_button",
    Verdict.SKIP: "skip_button",
}


def review_view(
    look: Look,
    *,
    lang: Lang,
    dataset: str,
    lead: int,
    place: Mapping[str, object],
    note: str = "",
) -> View:
    """Render the sample of a look, or that nothing is left to do.

    `private_metadata` is `place` as JSON, with {sample, revision, state} of what is shown.

    Args:
        look: what the person reviews now.
        lang: the dataset's `ui`.
        dataset: its name.
        lead: the policy's, for how many votes are missing.
        place: {dataset, batch, channel, home?}: where the person reviews; a Home hears when the
            modal is closed.
        note: mrkdwn on top: what became of the sample before.
    """
    blocks = [section(note)] if note else []
    if look.shown is None:
        blocks += _done(look, lang, dataset, in_batch=place["batch"] is not None)
        return _view(blocks, place, lang)
    shown = look.shown
    about = labels.about(shown, dataset, None, lang)
    blocks += [
        context(plain(" · ".join([*_progress(look, lang, place), about]))),
        *cards.body(shown, lang, shortened="shortened_here"),
        *_standing(look, shown, lang, lead),
        actions(_verdicts(shown, lang)),
    ]
    if ways := list(_ways(look, shown, lang)):
        blocks.append(actions(ways))
    what = {"sample": shown.id, "revision": shown.revision, "state": shown.state.value}
    return _view(blocks, {**place, **what}, lang)


def refused_view(*, lang: Lang, dataset: str, place: Mapping[str, object]) -> View:
    """What someone sees who may not vote any more."""
    return _view([section(say(lang, "not_counted", dataset=dataset))], place, lang)


def full_view(shown: Shown, *, lang: Lang, link: str | None) -> View:
    """A whole sample; of one that no window holds the beginning, with its message's link."""
    text = cards.full_text(shown, lang)
    blocks = raw(clip(text, _MOST_TEXT))
    if units(text) > _MOST_TEXT:
        whole = labels.reference(lang, shown.id, link)
        blocks.append(context(mrkdwn(say(lang, "full_goes_on", sample=whole))))
    return modal("full_text", say(lang, "full_button"), None, blocks, {}, lang, close="close")


def _view(blocks: list[Block], place: Mapping[str, object], lang: Lang) -> View:
    view = modal("review", say(lang, "review_title"), None, blocks, place, lang, close="close")
    return {**view, "notify_on_close": "home" in place}


def _done(look: Look, lang: Lang, dataset: str, *, in_batch: bool) -> Iterator[Block]:
    yield section(say(lang, "all_done"))
    if any(look.given.values()):
        where = say(lang, "this_batch") if in_batch else dataset
        given = say(
            lang,
            "given",
            where=where,
            approved=look.given[Verdict.APPROVE],
            rejected=look.given[Verdict.REJECT],
            skipped=look.given[Verdict.SKIP],
        )
        yield context(plain(given))
    if look.before is not None:
        yield actions([_back(look.before, lang)])


def _progress(look: Look, lang: Lang, place: Mapping[str, object]) -> Iterator[str]:
    """How far one is: a number in a batch, and what is left of that; of a dataset what is left."""
    if place["batch"] is not None and look.position is not None:
        number, size = look.position
        yield say(lang, "place", place=number, size=size)
    yield say(lang, "left", n=look.waiting)


def _standing(look: Look, shown: Shown, lang: Lang, lead: int) -> Iterator[Block]:
    """How the votes stand where that matters, and what the person said before."""
    if shown.state is not State.OPEN:
        yield cards.standing(shown, lang, lead)
    if look.verdict is not None:
        verdict = say(lang, _MARKS[look.verdict])
        yield context(mrkdwn(say(lang, "your_vote", verdict=verdict)))


def _verdicts(shown: Shown, lang: Lang) -> list[Block]:
    value = f"{shown.id}:{shown.revision}"
    return [
        button(say(lang, "approve_button"), "vote_approve", value),
        button(say(lang, "reject_button"), "vote_reject", value),
        button(say(lang, "skip_button"), "skip", value),
        button(say(lang, "correct_button"), "correct", value),
    ]


def _ways(look: Look, shown: Shown, lang: Lang) -> Iterator[Block]:
    """Where else one can go from here."""
    if look.before is not None:
        yield _back(look.before, lang)
    if excerpt(shown.record).shortened:
        yield button(say(lang, "full_button"), "full_text", f"{shown.id}:{shown.revision}")
    if look.verdict is not None:
        yield button(say(lang, "go_on_button"), "next", str(shown.dataset_id))


def _back(sample: int, lang: Lang) -> Block:
    return button(say(lang, "back_button"), "back", str(sample))
