"""What Slack would show, as HTML: Block Kit, the texts of messages, views.

All that a message, a sample or a name says is escaped by its type (`markupsafe.Markup`). What
cannot be shown is a visible error that carries `UNKNOWN`, never a blank.
"""

from sandbox.rendering.blocks import blocks_html, text_html, view_html
from sandbox.rendering.names import Names
from sandbox.rendering.tags import UNKNOWN

__all__ = ["UNKNOWN", "Names", "blocks_html", "text_html", "view_html"]
