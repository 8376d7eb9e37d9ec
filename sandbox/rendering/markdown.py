"""The markdown block: CommonMark with tables and strikethrough, by markdown-it-py.

Its own renderer would let a table style itself and write any tag; this one writes those below.
"""

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from sandbox.rendering import references
from sandbox.rendering.glyphs import with_glyphs
from sandbox.rendering.tags import joined, shown, tag, unknown

_DEEPEST = 20
"""Where markdown-it-py stops reading what is nested, and leaves the rest out."""
_SAME = {
    "blockquote": "blockquote",
    "bullet_list": "ul",
    "list_item": "li",
    "paragraph": "div",
    "strong": "b",
    "em": "i",
    "s": "s",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
    "th": "th",
    "td": "td",
}
_CODE = {"fence": "pre", "code_block": "pre", "code_inline": "code"}
_BREAKS = frozenset({"softbreak", "hardbreak"})


def markdown(text: str) -> Markup:
    """Render standard Markdown; what is nested deeper than it is read is shown as it is written."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST})
    parser.enable(["table", "strikethrough"])
    parser.validateLink = references.is_link  # type: ignore[method-assign]
    tokens = parser.parse(text)
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        return tag("div", {"class": "bk-raw", "dir": "auto"}, shown(text))
    return _inside(SyntaxTreeNode(tokens))


def _inside(node: SyntaxTreeNode) -> Markup:
    return joined(_node(child) for child in node.children)


def _node(node: SyntaxTreeNode) -> Markup:
    kind = node.type
    if kind == "inline":
        return _inside(node)
    if kind == "text":
        return shown(with_glyphs(node.content))
    if kind in _BREAKS:
        return tag("br", {})
    if kind in _CODE:
        return tag(_CODE[kind], {"dir": "auto"}, shown(node.content.removesuffix("\n")))
    if kind in _SAME:
        return tag(_SAME[kind], {"dir": "auto"}, _inside(node))
    return _rest(node)


def _rest(node: SyntaxTreeNode) -> Markup:
    match node.type:
        case "hr":
            return tag("hr", {})
        case "heading":
            return tag(f"h{min(int(node.tag[1:]) + 2, 6)}", {"dir": "auto"}, _inside(node))
        case "ordered_list":
            attributes = {"start": str(node.attrs.get("start", 1)), "dir": "auto"}
            return tag("ol", attributes, _inside(node))
        case "link":
            return references.linked(str(node.attrs["href"]), _inside(node))
        case "image":  # Slack shows the link alone
            return references.link(str(node.attrs["src"]), node.content or str(node.attrs["src"]))
    return unknown(f"markdown: {node.type}", "span")
