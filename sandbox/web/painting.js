// Puts the server's HTML into the page so that what has not changed is not touched: focus, open menus and
// half-typed text survive. The HTML is escaped by the server; nothing else is ever set as markup.

import { fillDates } from "./dates.js";
import { items } from "./items.js";
import { openOverflowIn, reopen } from "./menu.js";
import { FIELDS } from "./values.js";

const sources = new WeakMap(); // element → its HTML as it arrived
const painted = new WeakMap(); // container → the whole HTML it shows
const touched = new WeakSet(); // fields in which the person has typed or chosen something

for (const event of ["input", "change"]) {
  document.addEventListener(event, ({ target }) => touched.add(target), { capture: true });
}

const ID = / data-block-id="[^"]*"/g;
// Blocks without an id of their own get a new one on every update: it is no difference to keep.
const sourceOf = (node) => (node.matches(".bk-input") ? node.outerHTML : node.outerHTML.replace(ID, ""));

/** Show `html` in the container. */
export function paint(container, html) {
  if (painted.get(container) === html) return;
  const template = document.createElement("template");
  template.innerHTML = html;
  const held = focusIn(container);
  const menu = openOverflowIn(container);
  const onlyElements = [...template.content.childNodes].every((node) => node.nodeType === Node.ELEMENT_NODE);
  if (onlyElements) reconcile(container, [...template.content.children]);
  else container.replaceChildren(template.content);
  painted.set(container, html);
  dress(container);
  if (menu) reopen(container, menu);
  if (held && !container.contains(document.activeElement)) refocus(container, held);
}

/** Dates in the reader's time, and mentions of the reader marked. */
function dress(container) {
  fillDates(container);
  for (const node of container.querySelectorAll(".mention[data-user]")) {
    node.classList.toggle("mention-me", node.dataset.user === items.me.id);
  }
}

function reconcile(container, fresh) {
  const old = [...container.children];
  let next = 0;
  const result = fresh.map((node, index) => {
    const source = sourceOf(node);
    const free = old.slice(next);
    const first = free.includes(old[index]) ? [old[index]] : [];
    const kept = [...first, ...free].find((each) => isSame(each, node, source));
    if (!kept) {
      keepTyped(old.find((each) => sameField(each, node)), node);
      sources.set(node, source);
      return node;
    }
    next = old.indexOf(kept) + 1;
    adopt(kept, node, source);
    return kept;
  });
  for (const child of [...container.childNodes]) if (!result.includes(child)) child.remove();
  let cursor = container.firstChild;
  for (const node of result) {
    if (node === cursor) cursor = cursor.nextSibling;
    else container.insertBefore(node, cursor);
  }
}

function isSame(old, node, source) {
  return sources.get(old) === source || (sameField(old, node) && shapeOf(old) === shapeOf(node));
}

const fieldOf = (node) => node.matches(".bk-input") && node.querySelector(FIELDS);

/** Two inputs with the same block_id and action_id: Slack keeps what was typed in such. */
function sameField(old, node) {
  const [one, other] = [fieldOf(old), fieldOf(node)];
  const ids = ({ dataset, tagName }) => [tagName, dataset.blockId, dataset.actionId].join();
  return Boolean(one && other) && ids(one) === ids(other);
}

/** An input block's HTML without what is typed in it and what the page has marked. */
function shapeOf(block) {
  const copy = document.createElement("template");
  copy.innerHTML = sources.get(block) || block.outerHTML;
  for (const field of copy.content.querySelectorAll("textarea, input, option")) {
    if (field.tagName === "TEXTAREA") field.textContent = "";
    for (const name of ["value", "checked", "selected"]) {
      if (name !== "value" || field.type === "text") field.removeAttribute(name);
    }
  }
  return copy.innerHTML;
}

/** The kept element takes over the new one's ids, and its value where the person has typed nothing. */
function adopt(kept, node, source) {
  const ids = [node, ...node.querySelectorAll("[data-block-id]")].map((each) => each.dataset.blockId);
  [kept, ...kept.querySelectorAll("[data-block-id]")].forEach((each, index) => {
    if (ids[index] !== undefined) each.dataset.blockId = ids[index];
  });
  if (fieldOf(kept) && sources.get(kept) !== source) copyValues(node, kept, (field) => !touched.has(field));
  sources.set(kept, source);
}

function keepTyped(old, node) {
  if (!old) return;
  const typed = new Set([...old.querySelectorAll(FIELDS)].filter((field) => touched.has(field)));
  copyValues(old, node, (_, from) => typed.has(from));
}

function copyValues(source, target, wanted) {
  const from = [...source.querySelectorAll(FIELDS)];
  [...target.querySelectorAll(FIELDS)].forEach((field, index) => {
    if (!from[index] || !wanted(field, from[index])) return;
    if (["radio", "checkbox"].includes(field.type)) field.checked = from[index].checked;
    else if (field.value !== from[index].value) field.value = from[index].value;
    if (touched.has(from[index])) touched.add(field);
  });
}

// Where the focus was, in words that a new element of the same role answers to.
function focusIn(container) {
  const node = document.activeElement;
  if (!node || node === container || !container.contains(node)) return null;
  const { element, actionId, value, blockId } = node.dataset;
  const selection = node.matches("textarea, input") ? [node.selectionStart, node.selectionEnd] : null;
  return { id: node.id, element, actionId, value, blockId, selection };
}

function refocus(container, held) {
  const all = [...container.querySelectorAll("button, a, textarea, input, select, [tabindex]")];
  const same = (...names) => all.find((node) => names.every((name) => node.dataset[name] === held[name]));
  const byRole = held.actionId && (same("element", "actionId", "value") || same("element", "actionId"));
  const node = (held.id && all.find((each) => each.id === held.id)) || byRole;
  if (!node) return;
  node.focus({ preventScroll: true });
  if (held.selection && held.selection[0] !== null) node.setSelectionRange(...held.selection);
}

/** Mark a field as typed in, so that its value is kept. */
export const markTouched = (field) => touched.add(field);
