"""Images: a file of the workspace, or an address."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from sandbox.rendering.names import Names
from sandbox.rendering.tags import tag, unknown

_ADDRESS = re.compile(r"(?:https?:/)?/[^\s\0-\x1f\x7f]++", re.IGNORECASE)


def picture(image: Mapping[str, Any], names: Names) -> Markup:
    """An image block's or element's picture; an error where it leads to no picture."""
    source = _source(image, names)
    if source is None or not _ADDRESS.fullmatch(source):
        return unknown(f"image without a known picture: {image['alt_text']}", "span")
    return tag("img", {"alt": image["alt_text"], "loading": "lazy", "src": source})


def _source(image: Mapping[str, Any], names: Names) -> str | None:
    if "slack_file" not in image:
        return image.get("image_url")
    file = image["slack_file"]
    if not isinstance(file, dict):
        return None
    return names.files.get(str(file.get("id") or file.get("url")))
