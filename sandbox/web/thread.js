// The thread beside the channel.

import { editLast, nameOf } from "./channel.js";
import { Composer } from "./composer.js";
import { isMessage, items } from "./items.js";
import { iconButton, make } from "./make.js";
import { MessageList } from "./messages.js";
import { go } from "./place.js";

export class ThreadPane {
  #at = null; // {channel, thread}
  #from = null; // the element that had the focus when the thread was opened
  #pane = document.getElementById("thread");
  #list;
  #composer;

  /** `onScroll()`: other replies are on the screen. */
  constructor(onScroll) {
    const wanted = (item) => isMessage(item) && this.#at && item.channel === this.#at.channel
      && (item.ts === this.#at.thread || item.thread_ts === this.#at.thread);
    this.#list = new MessageList(document.getElementById("replies"), { prefix: "t", inThread: true, wanted });
    this.#list.onScroll = onScroll;
    this.#composer = new Composer(document.getElementById("replying"), {
      id: "reply", inThread: true, sent: () => this.#list.toEnd(), editLast: () => editLast(this.#list),
    });
  }

  get isOpen() {
    return this.#at !== null;
  }

  /** Show the thread below a message, or none. */
  show({ channel, thread }) {
    if (!thread) return this.#hide();
    if (this.#at && this.#at.channel === channel && this.#at.thread === thread) return undefined;
    if (!this.#at) this.#from = document.activeElement;
    this.#at = { channel, thread };
    this.#pane.hidden = false;
    const name = nameOf(items.channel(channel));
    this.#list.fill(items.inThread(channel, thread));
    this.#composer.at({ channel, thread, name }, "Reply …");
    this.#paintHead(name);
    return undefined;
  }

  #paintHead(name) {
    const click = () => this.close();
    this.#pane.querySelector(".pane-head").replaceChildren(
      iconButton("back", "Back to the channel", { class: "back", "data-thread": "back", click }),
      make("h2", {}, "Thread"),
      make("span.beside", { dir: "auto" }, name),
      iconButton("close", "Close thread", { "data-thread": "close", click }),
    );
  }

  /** The ts of the last reply that is on the screen, if it is of this channel. */
  seen(channel) {
    const seen = this.#at && this.#at.channel === channel && this.#list.atEnd && this.#list.last;
    return seen ? seen.ts : "";
  }

  /** Whether one sees a reply. */
  shows(ts) {
    return this.#at !== null && !document.hidden && this.#list.shows(ts);
  }

  close() {
    if (this.#at) go({ channel: this.#at.channel });
  }

  /** Forget what is shown: another person looks now. */
  leave() {
    this.#at = null;
    this.#pane.hidden = true;
  }

  #hide() {
    if (!this.#at) return;
    const inside = this.#pane.contains(document.activeElement) || document.activeElement === document.body;
    this.leave();
    if (inside && this.#from && this.#from.isConnected) this.#from.focus({ preventScroll: true });
  }

  update(change) {
    if (!this.#at) return;
    this.#list.update(change);
    this.#composer.renew();
  }

  point(ts) {
    return this.#at !== null && this.#list.point(ts);
  }

  focus() {
    this.#composer.focus();
  }
}
