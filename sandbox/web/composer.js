// The field in which one writes: Enter sends, Shift+Enter is a new line, a slash is a command.

import { act } from "./actions.js";
import { Suggestions } from "./commands.js";
import { items } from "./items.js";
import { icon, make } from "./make.js";
import { notify } from "./notices.js";
import { handle } from "./place.js";
import { fit } from "./typing.js";

/** A `form.composer`. `options`: id, inThread, sent() after sending, editLast() for Up in the empty field. */
export class Composer {
  #where = {};
  #options;
  #area;
  #also;
  #suggestions;
  #closed = make("p.closed", { hidden: true }, "This channel is archived: nobody can write here.");

  constructor(host, options) {
    this.#options = options;
    this.#area = make("textarea", { id: options.id, rows: "1", dir: "auto", autocomplete: "off" });
    this.#suggestions = new Suggestions(this.#area, `${options.id}-commands`);
    this.#also = options.inThread ? make("input", { type: "checkbox", name: "broadcast" }) : null;
    const sending = { type: "submit", "aria-label": "Send", title: "Send" };
    const beside = this.#also
      ? make("label.also", {}, this.#also, make("span"))
      : make("span.hint", {}, "Shift + Enter for a new line");
    const foot = make("div.foot", {}, beside, make("button.send", sending, icon("send")));
    const box = make("div.box", {}, this.#area, foot);
    this.form = make("form.composer", {}, this.#suggestions.element, make("fieldset", {}, box));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#area.addEventListener("input", () => this.#typed());
    this.#area.addEventListener("keydown", (event) => this.#onKey(event));
    host.append(this.form, this.#closed);
  }

  /** Write to this place from now on; what was typed for it before is there again. */
  at(where, label) {
    this.#where = where;
    this.#area.placeholder = label;
    this.#area.setAttribute("aria-label", label);
    this.#area.value = sessionStorage.getItem(this.#key) || "";
    this.#ready();
    this.#suggestions.hide();
    if (this.#also) {
      this.#also.checked = false;
      this.#also.nextSibling.textContent = `Also send to ${where.name.replace("# ", "#")}`;
    }
    this.renew();
    fit(this.#area);
  }

  /** Show the field, or why there is none. */
  renew() {
    const archived = Boolean(items.channel(this.#where.channel)?.is_archived);
    this.form.hidden = archived;
    this.#closed.hidden = !archived;
  }

  focus() {
    this.#area.focus({ preventScroll: true });
  }

  get #key() {
    return `draft ${handle()} ${this.#where.channel} ${this.#where.thread || ""}`;
  }

  #typed() {
    sessionStorage.setItem(this.#key, this.#area.value);
    this.#ready();
    this.#suggestions.update();
    fit(this.#area);
  }

  #ready() {
    this.form.classList.toggle("ready", Boolean(this.#area.value.trim()));
  }

  #set(text) {
    this.#area.value = text;
    this.#typed();
    if (!text) this.#suggestions.hide();
  }

  // Enter that ends the composition of a Chinese word is no Enter.
  #onKey(event) {
    if (event.isComposing) return;
    if (!this.#suggestions.onKey(event) && !this.#acts(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #acts({ key, shiftKey }) {
    if (key === "ArrowUp") return !this.#area.value && this.#options.editLast();
    if (key !== "Enter" || shiftKey) return false;
    this.form.requestSubmit();
    return true;
  }

  async #send() {
    const text = this.#area.value.trim();
    if (!text) return;
    const key = this.#key;
    this.#set("");
    const answer = text.startsWith("/") ? await this.#run(text) : await this.#say(text);
    if (!answer.error) this.#options.sent();
    else if (key === this.#key && !this.#area.value) this.#set(text);
    else sessionStorage.setItem(key, text);
  }

  #say(text) {
    const { channel, thread } = this.#where;
    if (!thread) return act("type", { channel, text });
    return act("type", { channel, text, thread_ts: thread, reply_broadcast: this.#also.checked });
  }

  async #run(text) {
    const [command] = text.split(/\s/, 1);
    const known = items.workspace.commands.some((each) => each.command === command);
    if (!known) return refused(`${command} is not a valid command.`);
    if (this.#where.thread) return refused(`${command} is not supported in threads. Sorry!`);
    const rest = text.slice(command.length).trim();
    return act("command", { channel: this.#where.channel, command, text: rest });
  }
}

// What Slack's own client refuses, before the app hears of it.
function refused(sentence) {
  notify(sentence);
  return { error: sentence };
}
