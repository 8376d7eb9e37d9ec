// The log in the director's panel: events, Web API calls and interactions as they happen.

import { secondsText } from "./dates.js";
import { make } from "./make.js";

const MOST = 1000; // lines that stay
const NEAR = 40; // pixels from the end that still count as the end
const FILTERS = { all: "All", call: "Calls", event: "Events", interaction: "Interactions" };
const GROUP = {
  call: "call", event: "event", delivery: "event", interaction: "interaction", response: "interaction",
};

export class Journal {
  #entries = [];
  #shown = false;
  #list = make("ol", { id: "log", "data-filter": "all", tabindex: "0", "aria-label": "Log" });

  constructor() {
    const filters = Object.entries(FILTERS).map(([kind, label]) => make("button.filter", {
      "data-log-filter": kind,
      "aria-pressed": String(kind === "all"),
      click: ({ currentTarget }) => this.#filter(currentTarget),
    }, label));
    this.element = make("section", {}, make("h3", {}, "Live log"),
      make("div.row", { role: "group", "aria-label": "Show in the log" }, ...filters), this.#list);
  }

  /** Lines are made only while somebody looks. */
  show(shown) {
    if (shown && !this.#shown) {
      this.#list.replaceChildren(...this.#entries.map(lineOf));
      requestAnimationFrame(() => this.#toEnd());
    }
    this.#shown = shown;
  }

  /** Take in entries {n, at, kind, title, detail}; the server repeats the last ones after a reconnect. */
  add(entries) {
    const same = this.#entries.find(({ n }) => n === entries[0].n);
    if (same ? same.at !== entries[0].at : entries[0].n < this.#last) this.#clear();
    const fresh = entries.filter(({ n }) => n > this.#last);
    this.#entries = [...this.#entries, ...fresh].slice(-MOST);
    if (!this.#shown || !fresh.length) return;
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#list.append(...fresh.map(lineOf));
    while (this.#list.childElementCount > MOST) this.#list.firstElementChild.remove();
    if (atEnd) this.#toEnd();
  }

  get #last() {
    return this.#entries.length ? this.#entries.at(-1).n : 0;
  }

  #clear() {
    this.#entries = [];
    this.#list.replaceChildren();
  }

  #toEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #filter(chosen) {
    this.#list.dataset.filter = chosen.dataset.logFilter;
    for (const each of chosen.parentElement.children) {
      each.setAttribute("aria-pressed", String(each === chosen));
    }
    this.#toEnd();
  }
}

function lineOf({ at, kind, title, detail }) {
  const time = make("time", { datetime: at }, secondsText(new Date(at)));
  const line = make("details", {}, make("summary", {}, time, make("span.title", {}, title)));
  const expand = () => line.append(make("pre", { tabindex: "0" }, JSON.stringify(detail, null, 2)));
  line.addEventListener("toggle", expand, { once: true });
  return make("li", { "data-group": GROUP[kind] || "other", "data-kind": kind }, line);
}
