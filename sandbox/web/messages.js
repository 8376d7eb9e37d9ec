// A list of messages, keyed by ts: only what changed is painted; the place one reads stays where it is.

import { listen } from "./blocks.js";
import { dateOf, dayOf, dayText } from "./dates.js";
import { make } from "./make.js";
import { MessageRow } from "./message.js";
import { listenToTools } from "./tools.js";

const NEAR = 60; // pixels from the end that still count as the end
const TOGETHER = 300; // seconds between messages of one person that stand under one name

export class MessageList {
  #rows = new Map(); // ts → MessageRow
  #sticking = true;
  #list;
  #scroller;
  #kind;

  /** `kind` {prefix, inThread, wanted(item)}: the ids' prefix, and what belongs in this list. */
  constructor(list, kind) {
    this.#list = list;
    this.#scroller = list.parentElement;
    this.#kind = kind;
    this.newAfter = null; // the ts after which messages are new to the person, or null
    this.onScroll = () => {};
    listen(list, (element) => {
      const { channel, ts } = this.rowOf(element).item;
      return { channel, ts };
    });
    listenToTools(list, (element) => this.rowOf(element));
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const follow = new ResizeObserver(() => this.#sticking && this.toEnd());
    follow.observe(list);
    follow.observe(this.#scroller);
  }

  rowOf(element) {
    return this.#rows.get(element.closest("li.message").dataset.ts);
  }

  get last() {
    return this.#list.lastElementChild ? this.rowOf(this.#list.lastElementChild).item : null;
  }

  /**
   * Show these messages and no others: from the `spot` on that was seen before, or from the first new
   * one, or from the end on.
   */
  fill(all, newAfter = null, spot = null) {
    this.newAfter = newAfter;
    this.#rows = new Map(all.map((item) => [item.ts, new MessageRow(item, this.#kind)]));
    this.#list.replaceChildren(...[...this.#rows.values()].map((row) => row.element));
    for (const row of this.#rows.values()) this.#lead(row.element);
    const divider = this.#list.querySelector(".divider.new");
    this.#sticking = spot ? spot.atEnd : !divider;
    if (spot && !spot.atEnd) this.#seek(spot);
    else if (divider && !spot) this.#scroller.scrollTop += this.#below(divider) - NEAR;
    else this.toEnd();
    this.#scrolled();
  }

  /** The place that one reads: {atEnd} or the first message there {ts, below}, in pixels below the edge. */
  get spot() {
    const seen = [...this.#rows.values()].filter(({ entry, item }) => {
      return item.kind === "message" && this.#below(entry) + entry.offsetHeight > 0;
    });
    const first = seen.sort((a, b) => this.#below(a.entry) - this.#below(b.entry))[0];
    if (this.atEnd || !first) return { atEnd: true };
    return { atEnd: false, ts: first.item.ts, below: this.#below(first.entry) };
  }

  #seek({ ts, below }) {
    const row = this.#rows.get(ts);
    if (row) this.#scroller.scrollTop += this.#below(row.entry) - below;
  }

  /** Whether half of a message, or of the screen, shows it. */
  shows(ts) {
    const row = this.#rows.get(ts);
    if (!row) return false;
    const { clientHeight: height } = this.#scroller;
    const top = this.#below(row.entry);
    const seen = Math.min(top + row.entry.offsetHeight, height) - Math.max(top, 0);
    return height > 0 && seen >= Math.min(row.entry.offsetHeight, height) / 2;
  }

  /** How far an element is below the upper edge of what one sees, in pixels. */
  #below(element) {
    return element.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
  }

  /** Take in a change of the feed; whether a message came or went. */
  update({ changed, gone }) {
    let moved = false;
    for (const item of changed.filter(this.#kind.wanted)) moved = this.#put(item) || moved;
    for (const item of gone.filter(this.#kind.wanted)) moved = this.#drop(item) || moved;
    if (moved && this.#sticking) this.toEnd();
    return moved;
  }

  #put(item) {
    const row = this.#rows.get(item.ts);
    if (row) {
      row.update(item);
      return false;
    }
    const { element } = this.#rows.set(item.ts, new MessageRow(item, this.#kind)).get(item.ts);
    let before = this.#list.lastElementChild;
    while (before && before.dataset.ts > item.ts) before = before.previousElementSibling;
    if (before) before.after(element);
    else this.#list.prepend(element);
    if (this.newAfter !== null && this.#sticking && !document.hidden) this.skipNew();
    this.#lead(element);
    if (element.nextElementSibling) this.#lead(element.nextElementSibling);
    return true;
  }

  #drop(item) {
    const row = this.#rows.get(item.ts);
    if (!row) return false;
    const next = row.element.nextElementSibling;
    row.element.remove();
    this.#rows.delete(item.ts);
    if (next) this.#lead(next);
    return true;
  }

  /** What stands above a message: the day, the line "New", or nothing; and whether its name is repeated. */
  #lead(element) {
    const { item, parts } = this.rowOf(element);
    const before = element.previousElementSibling && this.rowOf(element.previousElementSibling).item;
    const unseen = (each) => this.newAfter !== null && each.ts > this.newAfter;
    const isNew = unseen(item) && !(before && unseen(before));
    const newDay = !this.#kind.inThread && (!before || dayOf(dateOf(before.ts)) !== dayOf(dateOf(item.ts)));
    const lines = [];
    if (newDay) lines.push(make("div.divider.day", {}, make("span", {}, dayText(dateOf(item.ts)))));
    if (isNew) lines.push(make("div.divider.new", {}, make("span", {}, "New")));
    if (this.#kind.inThread && before && !element.previousElementSibling.previousElementSibling) {
      lines.push(make("div.divider.replies", {}, make("span", {}, "Replies")));
    }
    parts.lead.replaceChildren(...lines);
    element.classList.toggle("continued", !lines.length && goesOn(before, item));
  }

  /** The days are called otherwise since the clock was moved. */
  renewDays() {
    for (const row of this.#rows.values()) this.#lead(row.element);
  }

  /** Everything here counts as seen: no line "New" from here on, unless it is shown already. */
  skipNew() {
    if (this.#list.querySelector(".divider.new")) return;
    const newest = [...this.#rows.keys()].reduce((most, ts) => (ts > most ? ts : most), "");
    this.newAfter = newest;
  }

  get atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toEnd() {
    this.#sticking = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #scrolled() {
    this.#sticking = this.atEnd;
    this.onScroll(this.atEnd);
  }

  /** Scroll to a message and mark it for a moment; whether it is here. */
  point(ts) {
    const row = this.#rows.get(ts);
    if (!row) return false;
    this.#sticking = false;
    row.element.scrollIntoView({ block: "center" });
    row.element.classList.remove("pointed");
    requestAnimationFrame(() => row.element.classList.add("pointed"));
    return true;
  }

  /** The last message of this person that can be edited. */
  lastOf(user) {
    return [...this.#list.children].reverse().map((each) => this.rowOf(each)).find((row) => {
      return row.item.kind === "message" && row.item.user === user && !row.item.tombstone;
    });
  }
}

function goesOn(before, item) {
  const alone = (each) => each.kind === "ephemeral" || each.tombstone;
  if (!before || alone(before) || alone(item) || item.broadcast) return false;
  return before.user === item.user && Number(item.ts) - Number(before.ts) < TOGETHER;
}
