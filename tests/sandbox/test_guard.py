"""Who may speak to the sandbox: this machine only, and no web page but its own."""

import asyncio

import aiohttp
import pytest

OWN = "own"  # stands for the sandbox's own address
FOREIGN = ["https://evil.example.org", "http://127.0.0.1:1", "http://localhost", "null", ""]
POSTS = ["/sandbox/clock", "/api/auth.test", "/upload/v1/F1", "/response/x", "/openai/v1/responses"]
SOCKETS = ["/sandbox/live", "/link/"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8765", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1", 200),
        ("[::1]:8765", 200),
        ("[::1]", 200),
        ("evil.example.org", 403),
        ("evil.example.org:8765", 403),  # a name that was rebound to 127.0.0.1
        ("127.0.0.1.evil.example.org", 403),
        ("127.0.0.1:80; script-src *", 403),
        ("192.168.0.1:8765", 403),
    ],
)
def test_only_loopback_is_answered(sandbox, host, status):
    assert status == sandbox.request("/sandbox/clock", headers={"Host": host})[0]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("origin", FOREIGN)
def test_a_post_from_another_page_is_refused(sandbox, path, origin):
    status, answer = sandbox.request(path, {}, {"Origin": origin})
    assert (status, "own page" in answer["error"]) == (403, True)


@pytest.mark.parametrize("headers", [{}, {"Origin": OWN}, {"Sec-Fetch-Site": "same-origin"}])
def test_its_own_page_and_clients_that_are_no_browser_may_post(sandbox, headers):
    headers = {name: sandbox.base if value is OWN else value for name, value in headers.items()}
    assert sandbox.request("/sandbox/clock", {"advance": 0}, headers)[0] == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_elsewhere_reaches_nothing_but_the_page(sandbox, site):
    # Images and forms send no Origin with GET, and Slack's methods take GET.
    headers = {"Sec-Fetch-Site": site}
    reached = "/api/chat.postMessage?token=xoxp-ana&channel=C0RANDOM&text=x"
    assert sandbox.fetch(reached, headers=headers)[0] == 403
    assert sandbox.state()["messages"] == []
    assert sandbox.fetch("/sandbox/state", headers=headers)[0] == 403
    assert sandbox.fetch("/", headers=headers)[0] == 200
    assert sandbox.fetch("/archives/C0RANDOM/p1700000000000100", headers=headers)[0] == 200


def handshake(address, headers):
    """The status with which a WebSocket is refused, or 101."""

    async def connect():
        async with aiohttp.ClientSession() as session:
            try:
                async with session.ws_connect(address, headers=headers):
                    return 101
            except aiohttp.WSServerHandshakeError as error:
                return error.status

    return asyncio.run(connect())


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize("headers", [{"Origin": origin} for origin in FOREIGN])
def test_a_socket_of_another_page_is_refused(sandbox, path, headers):
    assert handshake(sandbox.base + path, headers) == 403


def test_a_socket_by_a_rebound_name_is_refused(sandbox):
    assert handshake(sandbox.base + "/sandbox/live", {"Host": "evil.example.org"}) == 403


@pytest.mark.parametrize("origin", [None, OWN])
def test_its_own_page_and_clients_that_are_no_browser_may_connect(sandbox, origin):
    ticket = sandbox.client("xapp-sandbox").apps_connections_open(app_token="xapp-sandbox")["url"]
    headers = {"Origin": sandbox.base} if origin else {}
    for address in (f"{sandbox.base}/sandbox/live", ticket):
        assert handshake(address, headers) == 101
