// Elements made by the page itself. Their text is set as text, never as markup: names come from people.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element: `tag.class.class`, attributes, children. Attributes that are functions become
 * listeners, false and null ones are left out; a button submits nothing unless it says so.
 */
export function make(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  if (name === "button") node.type = "button";
  for (const [attribute, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(attribute, value);
    else if (value === true) node.setAttribute(attribute, "");
    else if (value !== false && value != null) node.setAttribute(attribute, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** One of the symbols in index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A button that shows only an icon; its label is its accessible name and its tooltip. */
export function iconButton(name, label, attributes = {}) {
  const { class: extra = "", ...rest } = attributes;
  const named = { class: `icon ${extra}`.trim(), "aria-label": label, title: label };
  return make("button", { ...named, ...rest }, icon(name));
}
