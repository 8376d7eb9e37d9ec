// What a press, a choice or a keystroke in the app's blocks sends to the app.

import { act } from "./actions.js";
import { ask } from "./confirm.js";
import { closeMenu, toggleOverflow } from "./menu.js";
import { go, pointed } from "./place.js";
import { valueOf } from "./values.js";

const TYPING_PAUSE = 300; // milliseconds without a keystroke before the app hears what was typed

const waiting = new Map(); // field → {timer, send} of keystrokes that the app has not heard of

/**
 * Listen to the blocks in `root`; `whereOf(element)` says where an element stands: {channel, ts} or
 * {view_id, values}.
 */
export function listen(root, whereOf) {
  const click = (element, value) => {
    const { actionId: action_id, blockId: block_id } = element.dataset;
    return act("click", { action_id, block_id, value, ...whereOf(element) });
  };
  root.addEventListener("click", (event) => {
    const element = event.target.closest("[data-element]");
    if (element) press(element, click);
    const link = event.target.closest("a[href]");
    if (link) follow(link, event);
  });
  root.addEventListener("change", ({ target }) => choose(target, click));
  root.addEventListener("input", ({ target }) => {
    const heard = (target.dataset.dispatch || "").includes("on_character_entered");
    if (heard) later(target, () => click(target, target.value));
  });
  root.addEventListener("keydown", (event) => {
    const { target, key, isComposing } = event;
    const heard = (target.dataset.dispatch || "").includes("on_enter_pressed");
    const typed = target.matches("input[type=text], input[type=number]");
    if (!heard || !typed || key !== "Enter" || isComposing) return;
    event.preventDefault();
    click(target, target.value);
  });
}

async function press(element, click) {
  const kind = element.dataset.element;
  if (kind === "overflow-toggle") return toggleOverflow(element);
  if (kind !== "button" && kind !== "overflow") return undefined;
  if (kind === "overflow") closeMenu();
  if (element.hasAttribute("aria-busy")) return undefined;
  if (element.dataset.confirm && !(await ask(JSON.parse(element.dataset.confirm)))) return undefined;
  return busy(element, () => click(element, element.dataset.value));
}

// A second press while the first is under way is the same press.
async function busy(element, work) {
  element.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    element.removeAttribute("aria-busy");
  }
}

async function choose(field, click) {
  if (!field.dataset.actionId || field.matches("textarea, input[type=text]")) return;
  if (field.closest(".bk-input") && !field.hasAttribute("data-dispatch")) return;
  const group = field.closest(".bk-choices");
  const value = valueOf(group ? [...group.querySelectorAll("input")] : [field]);
  if (!value) return;
  const confirm = field.dataset.confirm;
  if (confirm && !(await ask(JSON.parse(confirm)))) field.selectedIndex = 0;
  else await click(field, value);
}

function later(field, send) {
  clearTimeout((waiting.get(field) || {}).timer);
  const timer = setTimeout(() => {
    waiting.delete(field);
    send();
  }, TYPING_PAUSE);
  waiting.set(field, { timer, send });
}

/** Send at once what was typed in the last moment. */
export async function flush() {
  const due = [...waiting.values()];
  waiting.clear();
  for (const { timer, send } of due) {
    clearTimeout(timer);
    await send();
  }
}

/** A permalink of this workspace is followed inside the page. */
function follow(link, event) {
  const target = pointed(link.href);
  if (!target || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  show(target);
}

/** Go to a message and show where it is. */
export function show({ channel, ts, thread }) {
  go({ channel, thread });
  dispatchEvent(new CustomEvent("point", { detail: { channel, ts, thread } }));
}
