"""The composition root: one Bolt app, its listeners, the sender and the jobs around one desk."""

import json
import logging
import re
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.error import BoltError
from slack_bolt.logger import get_bolt_logger
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped

from bot import (
    away,
    channels,
    commands,
    corrections,
    drafts,
    files,
    generating,
    home,
    naming,
    reasons,
    replies,
    reviewing,
    rewriting,
    settlements,
    slack,
    votes,
)
from bot.desk import Desk
from bot.markup import escape
from bot.roster import Rosters
from bot.settings import Settings
from storage import datasets
from storage import home as homes
from storage.engine import Store

log = logging.getLogger(__name__)

# Bolt asks them in this order: what a modal does with a card's buttons goes before the card's.
_FEATURES = (
    drafts,
    reviewing,
    votes,
    reasons,
    naming,
    replies,
    corrections,
    rewriting,
    settlements,
    commands,
    generating,
    channels,
    files,
    home,
    away,
)


def desk_of(settings: Settings, store: Store) -> Desk:
    """Connect to Slack.

    Raises:
        UsageError: the token is missing, or Slack does not know it.
        AwayError: Slack does not answer now.
    """
    client = slack.connect(settings)
    with slack.explained(settings, "SLACK_BOT_TOKEN"):
        me = client.auth_test()
    return Desk(store=store, client=client, user_id=me["user_id"], rosters=Rosters(client, store))


def build(desk: Desk, settings: Settings) -> App:
    """A Bolt app that commits before it acknowledges (rule 2)."""
    get_bolt_logger(App).addFilter(_worth_saying)
    app = App(
        name="winnow",  # or Bolt looks for one in the stack, which takes a tenth of a second
        client=desk.client,
        signing_secret=settings.slack_signing_secret or None,
        process_before_response=True,
        # Bolt would drop the news that one of the bot's own messages was deleted.
        ignoring_self_events_enabled=False,
        raise_error_for_unhandled_request=False,
        token_verification_enabled=False,
        request_verification_enabled=bool(settings.slack_signing_secret),
    )
    votes.listen(app, desk)  # Bolt tries listeners in turn, and reactions come most often
    for feature in _FEATURES:
        feature.register(app, desk)

    @app.event(re.compile(".*"))
    def other_event() -> None:
        """Acknowledge what no feature asked for, or Slack sends it again."""

    @app.action(re.compile(".*"))
    def other_action(ack: Any) -> None:  # noqa: ANN401 - Bolt's ack
        ack()

    @app.error
    def on_error(
        error: Exception, request: BoltRequest, response: BoltResponse | None
    ) -> BoltResponse | None:
        answer = _failed(desk, error, request)
        return answer if response is not None else None

    return app


def _worth_saying(record: logging.LogRecord) -> bool:
    """Bolt finds SLACK_BOT_TOKEN in the environment by itself and warns that our client wins."""
    return record.getMessage() != warning_client_prioritized_and_token_skipped()


def _failed(desk: Desk, error: Exception, request: BoltRequest) -> BoltResponse:
    """Show a person what went wrong; an event stays unacknowledged and comes again.

    So does a form: Slack then leaves it open, with all that was typed into it.
    """
    body = request.body
    if "event" in body or isinstance(error, BoltError):
        log.exception("an event could not be handled", exc_info=error)
        return BoltResponse(status=500, body="")
    user = body.get("user_id") or body.get("user", {}).get("id", "")
    place = body.get("container", {})
    channel = body.get("channel_id") or place.get("channel_id") or _channel_of(desk, body, user)
    sentence = escape(desk.sentence(desk.language_in(channel), error))
    if user and channel:
        desk.tell(channel, user, sentence, place.get("thread_ts"))
    return BoltResponse(status=500 if body.get("type") == "view_submission" else 200, body="")


def _channel_of(desk: Desk, body: dict[str, Any], user: str) -> str:
    """The channel that a modal belongs to; for a Home, one that the person reviews in."""
    view = body.get("view") or {}
    if view.get("type") == "modal":
        return str(json.loads(view["private_metadata"]).get("channel", ""))
    mine = homes.roles(desk.store, user)
    found = (one.channel_id for one in datasets.every(desk.store) if one.id in mine)
    return next(filter(None, found), "")
