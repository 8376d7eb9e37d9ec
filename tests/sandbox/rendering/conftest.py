"""HTML read back: a tree of what a browser would make of it, and what may stand in it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from hypothesis import strategies as st

from sandbox.rendering import UNKNOWN, Names

TAGS = {
    "a", "b", "blockquote", "br", "button", "code", "div", "figcaption", "figure", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "input", "label", "li", "ol", "optgroup", "option", "p", "pre", "s",
    "select", "span", "table", "tbody", "td", "textarea", "th", "thead", "time", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "alt", "aria-describedby", "aria-expanded", "aria-haspopup", "aria-label", "aria-labelledby",
    "autofocus", "checked", "class", "dir", "disabled", "for", "hidden", "href", "id", "label",
    "loading", "max", "maxlength", "min", "minlength", "multiple", "name", "placeholder", "rel",
    "required", "role", "selected", "src", "start", "step", "target", "title", "type", "value",
}  # fmt: skip
VOID = {"br", "hr", "img", "input"}


@dataclass
class Node:
    tag: str
    attributes: dict = field(default_factory=dict)
    inside: list = field(default_factory=list)

    @property
    def text(self):
        """What it says; a line break is one."""
        if self.tag == "br":
            return "\n"
        text = "".join(each if isinstance(each, str) else each.text for each in self.inside)
        return text.removeprefix("\n") if self.tag in {"pre", "textarea"} else text

    def all(self):
        yield self
        for each in self.inside:
            if isinstance(each, Node):
                yield from each.all()

    def find(self, name=None, **attributes):
        """Nodes by tag, class (`look`) and attributes (`data_value` is data-value)."""
        look = attributes.pop("look", None)
        wanted = {key.replace("_", "-"): value for key, value in attributes.items()}
        return [
            node
            for node in self.all()
            if name in {None, node.tag}
            and (look is None or look in (node.attributes.get("class") or "").split())
            and wanted.items() <= node.attributes.items()
        ]


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = Node("root")
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"{tag} has an attribute twice"
        node = Node(tag, dict(attrs))
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        self.open[-1].inside.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def followed(value):
    return value.lower().startswith(("http://", "https://", "mailto:"))


def check(node):
    """Nothing can run, load or style, whatever the texts were."""
    assert node.tag in TAGS, node.tag
    for name, value in node.attributes.items():
        assert name in ATTRIBUTES or name.startswith("data-"), name
        assert name != "href" or followed(value), value
        assert name != "src" or followed(value) or value.startswith("/"), value


@pytest.fixture(scope="session")
def read():
    """`read(html)`: the tree, after it was checked that it is well formed and harmless."""

    def tree(html):
        reader = Reader()
        reader.feed(str(html))
        reader.close()
        assert reader.open == [reader.root]
        for node in list(reader.root.all())[1:]:
            check(node)
        return reader.root

    return tree


@pytest.fixture(scope="session")
def shown(read):
    """`shown(html)`: the same, of HTML in which nothing is unknown."""

    def tree(html):
        assert UNKNOWN not in html
        return read(html)

    return tree


@pytest.fixture(scope="session")
def names():
    return Names(
        people={"U1": "ana", "U2": "陈薇"},
        channels={"C1": "general"},
        usergroups={"S1": "doctors"},
        files={"F1": "/files/F1/growth.png", "https://slack.example/f1": "/files/F1/growth.png"},
    )


ATOMS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onclick='alert(1)",
    "</textarea></select></pre><b>",
    "<!-- --> ]]> <![CDATA[ <? <!doctype",
    "<!channel> <!here|x> <!subteam^S1|x> <!foo> <!date^1^{time}|x>",
    "<@U1|x> <@U9> <#C1|x>",
    "<https://evil.example/\"'|bank> https://evil.example/?a&b",
    "<javascript:alert(1)|x> javascript:alert(1) <data:text/html,x>",
    "\u202e\u2066 \u200f\u2069",
    "\0",
    "\ud800",
    ":x: :+1::skin-tone-2: :nope: 10:30:x:",
    "# head\n* item\n[x](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "*bold* _it ~s `c ```pre",
    "&amp;lt;b&gt; &#60;b&#62;",
    "> quoted\r\n>>> all\n",
    "字，*粗*。",
    "👩‍⚕️👍🏽",
)


@pytest.fixture(scope="session")
def hostile():
    """A strategy of texts that break renderings, never empty."""
    atoms = st.lists(st.sampled_from(ATOMS), min_size=1, max_size=5).map("".join)
    return atoms | st.text(st.characters(), min_size=1, max_size=40)
