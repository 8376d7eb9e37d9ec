"""`winnow run` where Slack is away, busy or unwilling: it says so, and keeps trying or ends."""

import signal
import socket

import pytest


@pytest.fixture
def nobody_listens() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/api/"


def ends(bot, seconds: float = 20) -> tuple[int, str]:
    """How a bot ended, and the last line it said."""
    return bot.process.ends(seconds), bot.said().splitlines()[-1]


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("rate_limit", "auth.test"),
        ("server_error", "apps.connections.open"),
        ("rate_limit", "users.list"),
        ("server_error", "conversations.info"),
    ],
)
def test_a_bot_starts_in_spite_of_a_slack_that_is_away_for_a_moment(review, kind, method):
    review.sandbox.act("fault", kind=kind, method=method, seconds=1)
    bot = review.bot()
    review.ts(8)
    assert " does not answer now (" in bot.said()
    review.ends_well()


def test_a_bot_waits_for_a_slack_that_it_cannot_reach(review, nobody_listens, until):
    review.environ["SLACK_API_URL"] = nobody_listens
    bot = review.starts()
    until(lambda: bot.said().count("does not answer now") >= 2, "a second attempt")
    assert nobody_listens in bot.said()
    bot.process.send(signal.SIGTERM)
    assert bot.process.ends(10) == 0
    assert "Traceback" not in bot.said()


@pytest.mark.parametrize("token", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_a_bot_ends_when_slack_refuses_its_token(review, token):
    review.environ[token] = "xoxb-of-another-workspace"
    status, said = ends(review.starts())
    assert status == 2
    assert "refused" in said
    assert said.endswith(f"(invalid_auth). Check {token} and SLACK_API_URL.")
    assert "Traceback" not in review.bots[0].said()


def test_a_command_that_needs_slack_does_not_wait_for_it(review, nobody_listens):
    review.environ["SLACK_API_URL"] = nobody_listens
    for words in (["post", "backup-en"], ["export", "backup-en"]):
        done = review.command(*words)
        assert done.returncode == 1
        assert done.stderr.startswith(f"Slack at {nobody_listens} does not answer now (")
