// Menus: those the page opens beside a button, and the overflow menus inside the app's blocks.

import { make } from "./make.js";

// A menu stands in the same part of the page as its button: all else is inert while a modal is open.
const PLACES = "dialog, main, aside, nav";

let open = null; // {menu, anchor, close}

/** Close whatever menu is open; the focus goes back to its button if it was in the menu. */
export function closeMenu() {
  if (!open) return false;
  const { menu, anchor, close } = open;
  open = null;
  const inside = menu.contains(document.activeElement);
  close();
  anchor.setAttribute("aria-expanded", "false");
  if (inside && anchor.isConnected) anchor.focus();
  return true;
}

/** A menu beside its button. Entries: {label, run, danger, data: {name: value}}; null is a line between. */
export function openMenu(anchor, label, entries) {
  const again = open && open.anchor === anchor;
  closeMenu();
  if (again) return;
  const menu = make("div.menu", { role: "menu", "aria-label": label }, ...entries.map(entryOf));
  anchor.closest(PLACES).append(menu);
  begin(menu, anchor, () => menu.remove());
}

function entryOf(entry) {
  if (!entry) return make("div.line", { role: "separator" });
  const click = () => {
    closeMenu();
    entry.run();
  };
  const tag = entry.danger ? "button.danger" : "button";
  const button = make(tag, { role: "menuitem", tabindex: "-1", click }, entry.label);
  Object.assign(button.dataset, entry.data);
  return button;
}

/** Show or hide the overflow menu that the server rendered behind its ⋯ button. */
export function toggleOverflow(toggle) {
  const menu = toggle.parentElement.querySelector('[role="menu"]');
  const again = open && open.menu === menu;
  closeMenu();
  if (again) return;
  menu.hidden = false;
  begin(menu, toggle, () => {
    menu.hidden = true;
  });
}

/** What `reopen` needs to find the overflow menu that is open in `root`; null where none is. */
export function openOverflowIn(root) {
  if (!open || !root.contains(open.anchor) || !open.menu.closest(".bk-overflow")) return null;
  const { actionId } = open.menu.querySelector("[data-action-id]").dataset;
  return { actionId, at: [...open.menu.children].indexOf(document.activeElement) };
}

/** Open that menu again if its button was painted anew. */
export function reopen(root, { actionId, at }) {
  if (open && open.anchor.isConnected) return;
  open = null;
  const entry = root.querySelector(`[role="menu"] [data-action-id="${CSS.escape(actionId)}"]`);
  if (!entry) return;
  toggleOverflow(entry.closest(".bk-overflow").querySelector('[data-element="overflow-toggle"]'));
  (entry.parentElement.children[at] || entry).focus({ preventScroll: true });
}

/** A panel that is no menu (the emoji picker) beside its button. */
export function openPanel(anchor, panel) {
  const again = open && open.anchor === anchor;
  closeMenu();
  if (again) return;
  anchor.closest(PLACES).append(panel);
  begin(panel, anchor, () => panel.remove());
}

function begin(menu, anchor, close) {
  open = { menu, anchor, close };
  anchor.setAttribute("aria-expanded", "true");
  place(menu, anchor);
  const first = menu.querySelector("button");
  if (first) first.focus({ preventScroll: true });
}

const MARGIN = 8;

function place(menu, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + 4 + height + MARGIN <= innerHeight || at.top < height + MARGIN;
  const top = below ? Math.min(at.bottom + 4, innerHeight - height - MARGIN) : at.top - height - 4;
  const left = Math.min(at.left, innerWidth - width - MARGIN);
  menu.style.top = `${Math.max(MARGIN, top)}px`;
  menu.style.left = `${Math.max(MARGIN, left)}px`;
}

/** The steps of the arrow keys among the buttons of a menu; in a grid, up and down go by rows. */
function stepOf(key, menu) {
  const columns = Number(menu.dataset.columns || 1);
  const steps = { ArrowDown: columns, ArrowUp: -columns };
  return columns > 1 ? { ...steps, ArrowRight: 1, ArrowLeft: -1 }[key] : steps[key];
}

function onKey(event) {
  if (!open) return;
  const buttons = [...open.menu.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const ends = { Home: 0, End: buttons.length - 1 };
  const step = stepOf(event.key, open.menu);
  if (event.key === "Escape" || event.key === "Tab") {
    if (event.key === "Escape") event.preventDefault();
    closeMenu();
  } else if (at >= 0 && (step || event.key in ends)) {
    event.preventDefault();
    const next = step ? at + step : ends[event.key];
    const isGrid = Boolean(open.menu.dataset.columns);
    if (!isGrid) buttons[(next + buttons.length) % buttons.length].focus();
    else if (buttons[next]) buttons[next].focus();
  } else return;
  event.stopPropagation();
}

document.addEventListener("keydown", onKey, { capture: true });
document.addEventListener("pointerdown", ({ target }) => {
  if (open && !open.menu.contains(target) && !open.anchor.contains(target)) closeMenu();
});
addEventListener("resize", closeMenu);
// A menu does not run along with the text that it belongs to.
document.addEventListener("scroll", ({ target }) => {
  if (open && target !== open.menu && target.contains(open.anchor)) place(open.menu, open.anchor);
}, { capture: true, passive: true });
