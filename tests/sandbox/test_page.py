"""The page's files: what is served, as what, and what they may do."""

import re

import pytest


def test_the_page_may_run_its_own_files_and_nothing_else(sandbox):
    status, headers, html = sandbox.fetch("/")
    policy = headers["Content-Security-Policy"]
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "unsafe" not in policy
    assert sandbox.base.replace("http", "ws") in policy
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'"):
        assert part in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", html)
    assert "://" not in html


def test_a_permalink_leads_to_the_page(sandbox):
    assert sandbox.fetch("/archives/C0RANDOM/p1700000000000100")[2] == sandbox.fetch("/")[2]


def test_every_file_the_page_names_is_served_as_what_it_is(sandbox):
    _, _, html = sandbox.fetch("/")
    names = re.findall(r'(?:src|href)="(/web/[^"]+)"', html)
    assert names
    kinds = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
    for name in names:
        status, headers, text = sandbox.fetch(name)
        assert (status, kinds[name.rsplit(".", 1)[1]]) == (200, headers["Content-Type"])
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == (
            "no-cache",
            "nosniff",
        )
        for forbidden in ("eval(", "document.write", "new Function"):
            assert forbidden not in text


@pytest.mark.parametrize(
    "path", ["/web/none.js", "/web/..%2Fpage.py", "/web/%2e%2e/page.py", "/web/", "/page.py"]
)
def test_nothing_but_the_pages_files_is_served(sandbox, path):
    assert sandbox.fetch(path)[0] == 404
