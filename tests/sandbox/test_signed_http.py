"""Events, interactions and commands by signed HTTP, verified by Bolt itself."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from slack_bolt import App, BoltRequest

from sandbox.signed import signature


@pytest.fixture
def http(sandbox, bot):
    """A Bolt app behind an HTTP server; Bolt checks the signature with the published secret."""
    app = App(client=bot, signing_secret="sandbox-secret", process_before_response=True)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = app.dispatch(BoltRequest(body=body, headers=dict(self.headers)))
            self.send_response(answer.status)
            for name, values in answer.headers.items():
                for value in values:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write((answer.body or "").encode())

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/slack/events"
    sandbox.act("reset", events_url=url)
    yield app
    sandbox.act("reset")
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_event_is_verified_handled_and_repeated_when_the_listener_fails(
    sandbox, http, bot, ana, channel, until
):
    retries = []

    @http.event("reaction_added")
    def fail_once(request):
        retries.append(request.headers.get("x-slack-retry-num"))
        if len(retries) == 1:
            raise RuntimeError("the database is away")

    http.event("message")(lambda: None)
    ts = bot.chat_postMessage(channel=channel, text="x")["ts"]
    ana.reactions_add(channel=channel, name="x", timestamp=ts)
    until(lambda: len(retries) == 2)
    assert retries == [None, ["1"]]
    until(lambda: len(sandbox.log("delivery")) == 3)
    outcomes = [entry["outcome"] for entry in sandbox.log("delivery")]
    assert sorted(outcomes) == ["acknowledged", "acknowledged", "http_error"]


def test_commands_and_modals_work_the_same_way(sandbox, http, channel):
    @http.command("/winnow")
    def answer(ack, command, client):
        view = {
            "type": "modal",
            "callback_id": "c",
            "title": {"type": "plain_text", "text": "T"},
            "submit": {"type": "plain_text", "text": "S"},
            "blocks": [
                {
                    "type": "input",
                    "block_id": "output",
                    "label": {"type": "plain_text", "text": "L"},
                    "element": {"type": "plain_text_input", "action_id": "output"},
                }
            ],
        }
        client.views_open(trigger_id=command["trigger_id"], view=view)
        ack("opened")

    http.view("c")(lambda ack: ack(response_action="errors", errors={"output": "no"}))
    shown = sandbox.act("command", user="ana", channel=channel, command="/winnow", text="修改 <x>")
    assert shown["ephemeral"]["text"] == "opened"
    submitted = sandbox.act("submit", user="ana", view_id=shown["view_id"], values={"output": "x"})
    assert submitted == {"errors": {"output": "no"}}


def test_an_app_that_is_not_there_is_tried_four_times(sandbox, ana, channel, until):
    sandbox.act("reset", events_url="http://127.0.0.1:9/slack/events")
    ana.chat_postMessage(channel=channel, text="x")
    until(lambda: "given up" in [entry["outcome"] for entry in sandbox.log("delivery")], 10)
    outcomes = [entry["outcome"] for entry in sandbox.log("delivery")]
    assert outcomes == ["connection_failed"] * 4 + ["given up"]
    sandbox.act("reset")


def test_the_signature_is_slacks():
    # The example of docs.slack.dev/authentication/verifying-requests-from-slack
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        "&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        "&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
        "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    secret = "8f742231b10e8888abcd99yyyzzz85a5"
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert expected == signature(body, "1531420618", secret)
