"""Files: what the page shows of them, how they are served, and pictures in blocks."""

from urllib.parse import quote, urljoin, urlsplit

import pytest
from slack_sdk.errors import SlackApiError

SUPPORT = "C0SUPPORTEN"
PNG = b"\x89PNG\r\n\x1a\n and so on"


def text(words):
    return {"type": "plain_text", "text": words}


def image(**source):
    return {"type": "image", "alt_text": "growth", "slack_file": source}


@pytest.fixture
def upload(sandbox, bot):
    """Uploads a file; what files.completeUploadExternal says of it."""

    def put(name, content, channel=None, complete=True, client=bot):
        asked = client.files_getUploadURLExternal(filename=name, length=len(content))
        path = asked["upload_url"].removeprefix(sandbox.base)
        assert sandbox.fetch(path, content)[0] == 200
        if not complete:
            return {"id": asked["file_id"]}
        files = [{"id": asked["file_id"], "title": f"The {name}"}]
        done = client.files_completeUploadExternal(files=files, channel_id=channel)
        return done["files"][0]

    return put


@pytest.mark.parametrize(
    ("name", "content", "preview"),
    [
        ("a.txt", b"one\ntwo", "one\ntwo"),
        ("train.jsonl", "湿疹".encode() * 9000, "湿疹" * 1000),
        ("bom.txt", b"\xef\xbb\xbfx", "x"),
        ("page.html", b"<script>1</script>", "<script>1</script>"),
        ("a.zip", b"PK\x03\x04\x00\xff\xfe", None),
        ("nul.txt", b"a\x00b", None),
        ("latin.txt", "é".encode("latin-1"), None),
    ],
)
def test_of_a_text_file_the_beginning_is_shown(window, upload, name, content, preview):
    upload(name, content, SUPPORT)
    (message,) = window("ana").of("message")
    (file,) = message["files"]
    assert (file["name"], file["title"], file["size"]) == (name, f"The {name}", len(content))
    assert (file["preview"], file["is_image"]) == (preview, False)


def test_a_picture_is_served_as_one_and_known_by_its_bytes(sandbox, window, upload):
    upload("增长 #1?.png", PNG, SUPPORT)
    (message,) = window("ana").of("message")
    (file,) = message["files"]
    assert (file["is_image"], file["mimetype"], file["preview"]) == (True, "image/png", None)
    status, headers, _ = sandbox.fetch_bytes(file["url"])
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert (headers["X-Content-Type-Options"], headers["Content-Disposition"]) == ("nosniff", None)


@pytest.mark.parametrize(
    "name", ["page.html", "page.htm", "a.svg", "a.js", "fake.png", 'q"\r\n.txt']
)
def test_what_is_no_picture_is_downloaded_and_never_a_page(sandbox, window, upload, name):
    upload(name, b"<script>alert(1)</script>", SUPPORT)
    file = window("ana").of("message")[0]["files"][0]
    status, headers, body = sandbox.fetch(file["url"])
    assert (status, body) == (200, "<script>alert(1)</script>")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment;")
    assert (headers["X-Content-Type-Options"], headers["Content-Security-Policy"]) == (
        "nosniff",
        "sandbox",
    )


@pytest.mark.parametrize("by", ["id", "url_private"])
def test_a_picture_uploaded_without_a_channel_may_be_shown_in_blocks(sandbox, bot, upload, by):
    file = upload("a.png", PNG)
    reference = {"id": file["id"]} if by == "id" else {"url": file["url_private"]}
    accessory = {"type": "section", "text": text("x"), "accessory": image(**reference)}
    context = {"type": "context", "elements": [image(**reference)]}
    blocks = [image(**reference), accessory, context]
    assert bot.chat_postMessage(channel=SUPPORT, text="x", blocks=blocks)["ok"]
    assert bot.views_publish(user_id="U0ANA", view={"type": "home", "blocks": blocks})["ok"]


def test_the_page_shows_the_picture_by_its_path(bot, window, upload):
    file = upload("a b.png", PNG)
    bot.chat_postMessage(channel=SUPPORT, text="x", blocks=[image(id=file["id"])])
    html = window("ana").of("message")[0]["html"]
    assert f'src="/files/{file["id"]}/a%20b.png"' in html


@pytest.mark.parametrize(
    "reference",
    [
        {"id": "F0NONE"},
        {"url": "https://files.slack.com/files-pri/T1-F1/x.png"},
        {"id": "text"},
        {"id": "unfinished"},
        {"id": "anas"},
        {"id": "both", "url": "both"},
        {},
    ],
)
def test_slack_takes_only_a_finished_picture_that_one_may_see(bot, ana, upload, reference):
    files = {
        "text": upload("a.png", b"no picture"),
        "unfinished": upload("b.png", PNG, complete=False),
        "anas": upload("c.png", PNG, client=ana),
        "both": upload("d.png", PNG),
    }
    source = dict(reference)
    if source.get("id") in files:
        source["id"] = files[reference["id"]]["id"]
    if "url" in source and source["url"] in files:
        source["url"] = files[reference["url"]]["url_private"]
    blocks = [{"type": "divider"}, image(**source)]
    with pytest.raises(SlackApiError) as caught:
        bot.chat_postMessage(channel=SUPPORT, text="x", blocks=blocks)
    answer = caught.value.response
    assert answer["error"] == "invalid_blocks"
    problem = "[ERROR] invalid slack file [json-pointer:/blocks/1/slack_file]"
    assert answer["response_metadata"]["messages"] == [problem]
    with pytest.raises(SlackApiError, match=r"view/blocks/1/slack_file"):
        bot.views_publish(user_id="U0ANA", view={"type": "home", "blocks": blocks})


@pytest.mark.parametrize("name", [".", "..", "a/b", "?x#y", "100%", "\u202etxt.exe", "湿疹.csv"])
def test_a_browser_finds_a_file_whatever_it_is_called(sandbox, upload, name):
    file = upload(name, b"x", SUPPORT)
    path = urljoin("/", urlsplit(file["url_private"]).path)  # which follows `..`, as browsers do
    status, headers, content = sandbox.fetch_bytes(path)
    assert (status, content) == (200, b"x")
    assert headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{quote(name, safe='')}"
