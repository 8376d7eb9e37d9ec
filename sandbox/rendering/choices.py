"""Elements in which one chooses: menus, radio buttons, checkboxes."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from markupsafe import Markup

from sandbox.rendering.sites import Element, Site, control, dispatch, hooks
from sandbox.rendering.tags import Attributes, joined, shown, tag
from sandbox.rendering.texts import plain, text_object

_ONE, _SEVERAL = "Select an item", "Select items"
Option = Mapping[str, Any]


def static_select(element: Element, site: Site) -> Markup:
    """A menu of options, of which one is chosen."""
    chosen = site.value(element, "selected_option", "initial_option")
    return _menu(element, site, _listed(element, [chosen] if chosen else []))


def multi_static_select(element: Element, site: Site) -> Markup:
    """A list of options, of which several are chosen."""
    chosen = site.value(element, "selected_options", "initial_options") or []
    return _several(element, site, _listed(element, chosen))


def users_select(element: Element, site: Site) -> Markup:
    """A menu of people."""
    chosen = site.value(element, "selected_user", "initial_user")
    return _menu(element, site, _named(site.names.people, [chosen]))


def multi_users_select(element: Element, site: Site) -> Markup:
    """A list of people."""
    chosen = site.value(element, "selected_users", "initial_users") or []
    return _several(element, site, _named(site.names.people, chosen))


def channels_select(element: Element, site: Site) -> Markup:
    """A menu of channels."""
    chosen = site.value(element, "selected_channel", "initial_channel")
    return _menu(element, site, _named(_marked("#", site.names.channels), [chosen]))


def conversations_select(element: Element, site: Site) -> Markup:
    """A menu of channels and people."""
    chosen = site.value(element, "selected_conversation", "initial_conversation")
    places = _marked("#", site.names.channels) | _marked("@", site.names.people)
    return _menu(element, site, _named(places, [chosen]))


def _menu(element: Element, site: Site, options: Markup) -> Markup:
    """A menu that begins with its placeholder; where nothing is asked for, that is a choice."""
    placeholder = plain(element["placeholder"]) if "placeholder" in element else _ONE
    locked = not (site.is_input and site.optional)
    # A browser takes the last of what is selected.
    first: Attributes = {"value": "", "selected": True, "disabled": locked, "dir": "auto"}
    none = tag("option", first, shown(placeholder))
    return tag("select", control(element, site, _ONE), none, options)


def _several(element: Element, site: Site, options: Markup) -> Markup:
    most = element.get("max_selected_items")
    attributes = {"multiple": True, "data-most": str(most) if most else None}
    return tag("select", {**control(element, site, _SEVERAL), **attributes}, options)


def _listed(element: Element, initial: Iterable[Option]) -> Markup:
    chosen = {option["value"] for option in initial}
    groups = [
        tag("optgroup", {"label": plain(group["label"])}, _options(group["options"], chosen))
        for group in element.get("option_groups", [])
    ]
    return joined([_options(element.get("options", []), chosen), *groups])


def _options(options: Iterable[Option], chosen: Collection[str]) -> Markup:
    return joined(
        _choice(option["value"], " – ".join(_words(option)), option["value"] in chosen)
        for option in options
    )


def _words(option: Option) -> list[str]:
    return [plain(option[name]) for name in ("text", "description") if name in option]


def _marked(mark: str, names: Mapping[str, str]) -> dict[str, str]:
    return {id_: f"{mark}{name.removeprefix(mark)}" for id_, name in names.items()}


def _named(names: Mapping[str, str], initial: Iterable[str | None]) -> Markup:
    """Options of ids with names; one that is chosen is there even without a name."""
    chosen = {id_: id_ for id_ in initial if id_}
    return joined(_choice(id_, name, id_ in chosen) for id_, name in {**chosen, **names}.items())


def _choice(value: str, text: str, selected: bool) -> Markup:
    return tag("option", {"value": value, "selected": selected, "dir": "auto"}, shown(text))


# Radio buttons and checkboxes -----------------------------------------------------------------


def radio_buttons(element: Element, site: Site) -> Markup:
    """Options one below the other, of which one is chosen."""
    chosen = site.value(element, "selected_option", "initial_option")
    return _boxes(element, site, "radio", {chosen["value"]} if chosen else set())


def checkboxes(element: Element, site: Site) -> Markup:
    """Options one below the other, of which any may be chosen."""
    chosen = site.value(element, "selected_options", "initial_options") or []
    return _boxes(element, site, "checkbox", {option["value"] for option in chosen})


def _boxes(element: Element, site: Site, kind: str, chosen: Collection[str]) -> Markup:
    """A group, labelled by its input block's label; a radio button alone can be required."""
    name = f"{site.block_id}/{element.get('action_id', '')}"
    box: Attributes = {
        "type": kind,
        "name": site.block_id if site.is_input else name,
        "required": kind == "radio" and not site.optional,
        "data-dispatch": dispatch(element, site),
        **hooks(element, site),
    }
    boxes = [
        _box({**box, "value": option["value"], "checked": option["value"] in chosen}, option, site)
        for option in element["options"]
    ]
    role = "radiogroup" if kind == "radio" else "group"
    attributes: Attributes = {"class": "bk-choices", "role": role}
    if site.is_input:
        labelled = {"id": f"in-{site.block_id}", "aria-labelledby": f"label-{site.block_id}"}
        return tag("div", {**attributes, **labelled}, *boxes)
    return tag("div", {**attributes, "aria-label": _ONE}, *boxes)


def _box(box: Attributes, option: Option, site: Site) -> Markup:
    words = text_object(option["text"], site.names)
    if "description" in option:
        described = text_object(option["description"], site.names)
        words += tag("span", {"class": "bk-description"}, described)
    return tag("label", {"class": "bk-choice"}, tag("input", box), tag("span", {}, words))
