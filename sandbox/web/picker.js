// The small emoji picker.

import { api } from "./actions.js";
import { items } from "./items.js";
import { make } from "./make.js";
import { closeMenu, openPanel } from "./menu.js";

const COLUMNS = 8;

/** Let the person pick an emoji for a message. */
export function pickReaction(anchor, { channel, ts }) {
  const pick = (name) => {
    closeMenu();
    react({ channel, ts }, name);
  };
  const buttons = items.workspace.emoji.map(({ name, glyph }) => make("button", {
    "data-emoji": name,
    "aria-label": name.replaceAll("_", " "),
    title: `:${name}:`,
    tabindex: "-1",
    click: () => pick(name),
  }, glyph));
  const attributes = { role: "dialog", "aria-label": "Pick an emoji", "data-columns": COLUMNS };
  openPanel(anchor, make("div.picker", attributes, ...buttons));
}

/** Add one's reaction to a message, or take it back. */
export function react({ channel, ts }, name) {
  const now = items.message(channel, ts);
  const before = ((now && now.reactions) || []).find((each) => each.name === name);
  const mine = Boolean(before) && before.users.includes(items.me.id);
  // A tap that is faster than the feed asks for what is so already.
  const expected = ["already_reacted", "no_reaction"];
  return api(mine ? "reactions.remove" : "reactions.add", { channel, timestamp: ts, name }, expected);
}
