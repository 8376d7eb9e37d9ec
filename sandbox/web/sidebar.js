// The list of channels, direct messages and apps, with what is unread in each.

import { nameOf } from "./channel.js";
import { items } from "./items.js";
import { make } from "./make.js";
import { avatar } from "./people.js";
import { hashOf } from "./place.js";

const nav = document.getElementById("sidebar");

/** Paint the sidebar; `here` is the place that is looked at. */
export function paintSidebar(here) {
  const { app } = items.workspace;
  const channels = items.of("channel");
  const open = channels.filter((each) => !each.is_im).sort((a, b) => (a.name < b.name ? -1 : 1));
  const direct = channels.filter((each) => each.is_im);
  const withApp = direct.filter((each) => each.partner === app.user_id);
  const withPeople = direct.filter((each) => each.partner !== app.user_id);
  const appName = items.nameOf(app.user_id);
  const face = () => avatar(app.user_id, "small");
  const label = make("span.label", {}, `${appName} Home`);
  const entries = [
    ...section("Channels", open.map((each) => entry(each, here))),
    ...section("Direct messages", withPeople.map((each) => entry(each, here, avatar(each.partner, "small")))),
    ...section("Apps", [
      link({ "data-home": true, href: hashOf({ home: true }) }, here.home, face(), label),
      ...withApp.map((each) => entry(each, here, face(), `${appName} messages`)),
    ]),
  ];
  const focused = nav.contains(document.activeElement) && document.activeElement.getAttribute("href");
  const head = make("div.sidebar-head", {}, "Winnow sandbox", make("span", {}, "local workspace"));
  nav.replaceChildren(head, ...entries);
  const links = [...nav.querySelectorAll("a")];
  if (focused) links.find((each) => each.getAttribute("href") === focused)?.focus();
}

function section(title, entries) {
  if (!entries.length) return [];
  const id = `section-${title.toLowerCase().replace(" ", "-")}`;
  return [make("h2", { id }, title), make("ul", { "aria-labelledby": id }, ...entries)];
}

function entry(channel, here, face = null, name = nameOf(channel)) {
  const current = here.channel === channel.id;
  const attributes = { "data-channel": channel.id, href: hashOf({ channel: channel.id }) };
  const label = make("span.label", { dir: "auto" }, name);
  const item = link(attributes, current, face, label, channel.unread ? badgeOf(channel) : null);
  item.firstElementChild.classList.toggle("has-unread", Boolean(channel.unread));
  item.firstElementChild.classList.toggle("archived", channel.is_archived);
  return item;
}

function badgeOf({ unread, mentions }) {
  const tag = mentions ? "span.unread.mentioned" : "span.unread";
  return make(tag, { "aria-label": `${unread} unread` }, unread > 99 ? "99+" : unread);
}

function link(attributes, current, ...children) {
  return make("li", {}, make("a", { ...attributes, "aria-current": current && "page" }, ...children));
}
