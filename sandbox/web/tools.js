// What one can do with a message beside the app's own buttons: the toolbar and its menu.

import { act, api } from "./actions.js";
import { ask } from "./confirm.js";
import { edit } from "./editing.js";
import { items } from "./items.js";
import { iconButton } from "./make.js";
import { openMenu } from "./menu.js";
import { notify } from "./notices.js";
import { pickReaction, react } from "./picker.js";
import { go, permalink } from "./place.js";

/** The buttons of a message's toolbar. `bare`: it has no reactions, so no other button that adds one. */
export function toolsOf(item, { bare, inThread }) {
  if (item.kind === "ephemeral") return [];
  if (item.tombstone) return inThread ? [] : [threadButton()];
  const add = iconButton("react", "Add reaction", { ...ADDING, class: bare ? "add-reaction" : "" });
  const more = iconButton("more", "More actions", MORE);
  return inThread ? [add, more] : [add, threadButton(), more];
}

const MORE = { "data-tool": "more", "aria-haspopup": "menu", "aria-expanded": "false" };

/** What a button has that opens the emoji picker. */
export const ADDING = { "data-tool": "react", "aria-haspopup": "dialog", "aria-expanded": "false" };

const threadButton = () => iconButton("thread", "Reply in thread", { "data-tool": "thread" });

/** Listen to the toolbars, reactions and thread summaries of a list; `rowOf(element)` is its MessageRow. */
export function listenToTools(list, rowOf) {
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-tool], .reaction, .thread-summary");
    if (!button) return;
    const row = rowOf(button);
    const { item } = row;
    if (button.matches(".reaction")) pressReaction(button, item);
    else if (button.matches(".thread-summary")) openThread(item);
    else if (button.dataset.tool === "thread") openThread(item);
    else if (button.dataset.tool === "react") pickReaction(button, item);
    else if (button.dataset.tool === "more") openMenu(button, "More actions", entriesOf(row));
  });
}

// A second tap before the first one is answered is the same tap.
async function pressReaction(button, item) {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  await react(item, button.dataset.name);
  button.removeAttribute("aria-busy");
}

function openThread({ channel, ts, thread_ts: root }) {
  go({ channel, thread: root || ts });
  dispatchEvent(new Event("write"));
}

function entriesOf(row) {
  const { item } = row;
  const { channel, ts } = item;
  const shortcuts = items.workspace.shortcuts.map(({ name, callback_id }) => ({
    label: `${name} · ${items.nameOf(items.workspace.app.user_id)}`, data: { shortcut: callback_id },
    run: () => act("shortcut", { channel, ts, callback_id }),
  }));
  const link = { label: "Copy link", data: { tool: "copy-link" }, run: () => copy(permalink(item)) };
  const own = item.user === items.me.id ? [null,
    { label: "Edit message", data: { tool: "edit" }, run: () => edit(row) },
    { label: "Delete message …", data: { tool: "delete" }, danger: true, run: () => remove(item) },
  ] : [];
  return [...shortcuts, ...(shortcuts.length ? [null] : []), link, ...own];
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notify("The link is copied.");
  } catch {
    notify(text); // no permission for the clipboard: then it can be copied from here
  }
}

async function remove({ channel, ts }) {
  const text = "Delete this message? This cannot be undone.";
  const agreed = await ask({ title: "Delete message", text, confirm: "Delete", style: "danger" });
  if (agreed) await api("chat.delete", { channel, ts });
}
