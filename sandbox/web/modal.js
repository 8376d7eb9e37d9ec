// The person's open modal: the topmost view of the stack. What is typed stays when the app updates the view.

import { act } from "./actions.js";
import { flush, listen } from "./blocks.js";
import { items } from "./items.js";
import { iconButton, make } from "./make.js";
import { markTouched, paint } from "./painting.js";
import { FIELDS, valuesIn } from "./values.js";

export class Modal {
  #dialog = document.getElementById("modal");
  #shown = null; // the view item on the screen
  #kept = new Map(); // view id → its values, while another view lies above it
  #from = null;

  constructor() {
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#close();
    });
    // Some browsers close the dialog on a second Escape whatever the page says.
    this.#dialog.addEventListener("close", () => {
      if (this.#shown && items.get(this.#shown.key)) this.#dialog.showModal();
    });
  }

  update() {
    const top = items.of("view").sort((a, b) => (a.id > b.id ? -1 : 1))[0] || null;
    for (const id of this.#kept.keys()) if (!items.get(`view/${id}`)) this.#kept.delete(id);
    if (!top) this.#hide();
    else if (!this.#shown || this.#shown.id !== top.id) this.#build(top);
    else if (this.#shown !== top) this.#repaint(top);
  }

  get #body() {
    return this.#dialog.querySelector(".modal-body");
  }

  #hide() {
    this.#shown = null;
    if (!this.#dialog.open) return;
    this.#dialog.close();
    this.#dialog.replaceChildren();
    const lost = document.activeElement === document.body;
    if (lost && this.#from && this.#from.isConnected) this.#from.focus({ preventScroll: true });
  }

  #build(view) {
    if (this.#shown && items.get(this.#shown.key)) this.#kept.set(this.#shown.id, valuesIn(this.#body));
    if (!this.#dialog.open) this.#from = document.activeElement;
    this.#shown = view;
    const region = { tabindex: "0", role: "region", "aria-labelledby": "modal-title" };
    const body = make("div.modal-body", region);
    const form = make("form", { novalidate: true }, this.#head(view), body, this.#foot(view));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#dialog.replaceChildren(form);
    paint(body, view.html);
    listen(body, () => ({ view_id: this.#shown.id, values: valuesIn(this.#body) }));
    this.#restore(this.#kept.get(view.id) || {});
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#focusFirst();
  }

  #head({ title, depth }) {
    const click = () => this.#close();
    const name = make("h2", { id: "modal-title", dir: "auto" }, title);
    const back = depth > 0 ? iconButton("back", "Back", { "data-modal": "back", click }) : null;
    const dismiss = iconButton("close", "Dismiss", { "data-modal": "dismiss", click });
    return make("header", {}, back, name, depth > 0 ? null : dismiss);
  }

  #foot({ submit, close }) {
    const closing = { "data-modal": "close", click: () => this.#close() };
    const sending = { "data-modal": "submit", type: "submit" };
    return make("footer", {}, make("p.modal-error", { role: "alert" }),
      make("button.bk-button", closing, close || "Close"),
      submit ? make("button.bk-button.bk-primary", sending, submit) : null);
  }

  /** The app has updated the view: its words change, what is typed stays; another text begins at its top. */
  #repaint(view) {
    const before = this.#opening();
    const rebuilt = ["title", "submit", "close"].some((name) => this.#shown[name] !== view[name]);
    this.#shown = view;
    paint(this.#body, view.html);
    if (rebuilt) {
      const [head, , foot] = this.#dialog.firstElementChild.children;
      head.replaceWith(this.#head(view));
      foot.replaceWith(this.#foot(view));
    }
    if (this.#opening() !== before) this.#body.scrollTop = 0;
  }

  #opening() {
    return [...this.#body.children].slice(0, 3).map((block) => block.textContent).join("\n");
  }

  #restore(values) {
    for (const [id, value] of Object.entries(values)) {
      const block = this.#body.querySelector(`.bk-input[data-block-id="${CSS.escape(id)}"]`);
      const field = block && block.querySelector(FIELDS);
      if (!field || typeof value !== "string" || ["radio", "checkbox"].includes(field.type)) continue;
      field.value = value;
      markTouched(field);
    }
  }

  // On a phone the keyboard would hide what one is to read first.
  #focusFirst() {
    const isPhone = matchMedia("(hover: none)").matches;
    const field = isPhone ? null : this.#body.querySelector(FIELDS);
    (field || this.#body).focus({ preventScroll: true });
    if (field && field.matches("textarea")) field.setSelectionRange(0, 0);
    this.#body.scrollTop = 0;
  }

  #say(sentence) {
    const line = this.#dialog.querySelector(".modal-error");
    if (line) line.textContent = sentence;
  }

  async #submit() {
    const { id } = this.#shown;
    const button = this.#dialog.querySelector('[data-modal="submit"]');
    if (!button || button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    await flush();
    const answer = await act("submit", { view_id: id, values: valuesIn(this.#body) }, { quiet: true });
    button.removeAttribute("aria-busy");
    if (!this.#shown || this.#shown.id !== id) return;
    this.#showErrors(answer.errors || {});
    this.#say(answer.error || "");
  }

  #showErrors(errors) {
    for (const block of this.#body.querySelectorAll(".bk-input")) {
      const line = block.querySelector(".bk-error");
      const sentence = errors[block.dataset.blockId];
      line.hidden = !sentence;
      line.textContent = sentence || "";
      for (const field of block.querySelectorAll(FIELDS)) {
        field.removeAttribute("aria-invalid");
        if (!sentence) continue;
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", line.id);
      }
    }
    const first = this.#body.querySelector("[aria-invalid=true]");
    if (first) first.focus();
  }

  async #close() {
    const { id } = this.#shown;
    await flush();
    if (!this.#shown || this.#shown.id !== id) return;
    const answer = await act("close", { view_id: id, values: valuesIn(this.#body) }, { quiet: true });
    if (answer.error) this.#say(answer.error);
  }
}
