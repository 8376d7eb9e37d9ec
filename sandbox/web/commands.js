// Slash commands: what the composer suggests while one is typed.

import { items } from "./items.js";
import { make } from "./make.js";

/** The list above a composer's field; the field keeps the focus. */
export class Suggestions {
  #area;
  #box;
  #found = [];
  #chosen = 0;

  constructor(area, id) {
    this.#area = area;
    const attributes = { role: "listbox", id, "aria-label": "Commands", hidden: true };
    this.#box = make("div.suggestions", attributes);
    this.#box.addEventListener("pointerdown", (event) => this.#pick(event));
    area.setAttribute("aria-controls", id);
    area.setAttribute("aria-autocomplete", "list");
    area.addEventListener("blur", () => this.hide());
  }

  get element() {
    return this.#box;
  }

  /** Look at what is typed. */
  update() {
    const typed = this.#area.value;
    const word = typed.split(/\s/)[0];
    const fits = ({ command }) => (typed === word ? command.startsWith(word) : command === word);
    const commands = typed.startsWith("/") && items.workspace ? items.workspace.commands : [];
    this.#found = commands.filter(fits);
    this.#chosen = 0;
    this.#box.replaceChildren(...this.#found.map((each, index) => this.#option(each, index)));
    this.#box.hidden = !this.#found.length;
    this.#mark();
  }

  hide() {
    this.#found = [];
    this.#box.hidden = true;
    this.#mark();
  }

  #option({ command, usage_hint: usage, description }, index) {
    const attributes = { role: "option", id: `${this.#box.id}-${index}`, "data-command": command };
    return make("div.suggestion", attributes,
      make("div", {}, make("b", {}, command), " ", make("span.usage", {}, usage || "")),
      make("div.description", {}, description || ""));
  }

  #mark() {
    const options = [...this.#box.children];
    options.forEach((each, index) => each.setAttribute("aria-selected", String(index === this.#chosen)));
    const shown = this.#found.length > 0;
    if (shown) this.#area.setAttribute("aria-activedescendant", options[this.#chosen].id);
    else this.#area.removeAttribute("aria-activedescendant");
  }

  #complete(command) {
    this.#area.value = `${command} `;
    this.#area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #pick(event) {
    const option = event.target.closest("[data-command]");
    if (!option) return;
    event.preventDefault();
    if (!this.#area.value.includes(" ")) this.#complete(option.dataset.command);
  }

  /** Whether the key was for the list: arrows choose, Tab and Enter complete, Escape hides. */
  onKey({ key }) {
    if (!this.#found.length) return false;
    const { command } = this.#found[this.#chosen];
    const typed = this.#area.value;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (step && this.#found.length > 1) {
      this.#chosen = (this.#chosen + step + this.#found.length) % this.#found.length;
      this.#mark();
    } else if (key === "Escape") this.hide();
    else if (key === "Tab" && !typed.includes(" ")) this.#complete(command);
    else if (key === "Enter" && !typed.includes(" ") && typed !== command) this.#complete(command);
    else return false;
    return true;
  }
}
