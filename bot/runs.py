"""How a run of generation looks in the channel that it was asked for in."""

from datetime import datetime

from bot import labels
from bot.blocks import Message, actions, button, context, mrkdwn, plain, section
from bot.excerpts import clip
from bot.headers import bar
from bot.texts import Lang, say
from storage.progress import Progress

_LONGEST_ABOUT = 300
_LONG = 100
"""Seconds from which the time left is told in minutes."""


def message(run: Progress, now: datetime, lang: Lang) -> Message:
    """Who asked for what, how far it is, and a button to stop it while it goes on."""
    who = labels.mentions([run.person] if run.person else [], lang)
    dataset = say(lang, "run_wished", who=who, n=run.wanted, dataset=run.dataset)
    blocks = [section(dataset)]
    if run.about:
        about = say(lang, "run_about", about=clip(run.about, _LONGEST_ABOUT))
        blocks.append(context(plain(about)))
    blocks.append(context(mrkdwn(" · ".join(_parts(run, now, lang)))))
    if run.stopped is None and not run.cancelled:
        blocks.append(actions([button(say(lang, "stop_button"), "stop_run", str(run.run))]))
    return Message(dataset, blocks)


def _parts(run: Progress, now: datetime, lang: Lang) -> list[str]:
    how_far = say(
        lang,
        "run_progress",
        bar=bar(run.candidates, run.wanted),
        made=run.candidates,
        wanted=run.wanted,
        discarded=run.discarded,
        cost=f"{run.cost_usd:.2f}",
    )
    return [how_far, *_state(run, now, lang)]


def _state(run: Progress, now: datetime, lang: Lang) -> list[str]:
    if run.stopped is not None:
        posted = [say(lang, "run_posted", n=run.posted)] if run.posted else []
        return [*posted, *([say(lang, "run_cancelled")] if run.cancelled else [])]
    if run.cancelled:
        return [say(lang, "run_stopping")]
    if not run.candidates:
        return []
    seconds = (now - run.at).total_seconds() / run.candidates * (run.wanted - run.candidates)
    if seconds < _LONG:
        return [say(lang, "run_seconds_left", n=round(seconds))]
    return [say(lang, "run_minutes_left", n=round(seconds / 60))]
