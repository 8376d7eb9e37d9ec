// The channel that is looked at: its header, its messages, its composer.

import { show } from "./blocks.js";
import { Composer } from "./composer.js";
import { dayOf, now } from "./dates.js";
import { edit } from "./editing.js";
import { isMessage, isReply, items } from "./items.js";
import { make } from "./make.js";
import { MessageList } from "./messages.js";
import { avatar, listOfNames } from "./people.js";
import { place } from "./place.js";
import { markRead } from "./reading.js";

/** How a channel is called: `# support-en`, or the other person of a direct message. */
export function nameOf({ name, is_im: isDirect, is_private: isPrivate, partner }) {
  if (isDirect) return items.nameOf(partner);
  return `${isPrivate ? "🔒" : "#"} ${name}`;
}

export class ChannelPane {
  #id = null;
  #head = document.querySelector("#channel > .pane-head");
  #jump = document.querySelector(".jump.latest");
  #mentioned = document.querySelector(".jump.mentioned");
  #list;
  #composer;
  #today = 0;

  /** `seenInThread(channel)`: the ts of the last reply that is on the screen, or "". */
  constructor(seenInThread) {
    this.seenInThread = seenInThread;
    const outside = (item) => !isReply(item) || item.broadcast;
    const wanted = (item) => isMessage(item) && item.channel === this.#id && outside(item);
    const kind = { prefix: "m", inThread: false, wanted };
    this.#list = new MessageList(document.getElementById("messages"), kind);
    this.#nameJump(false);
    this.#list.onScroll = (atEnd) => this.#scrolled(atEnd);
    this.#composer = new Composer(document.getElementById("writing"), {
      id: "message", inThread: false, sent: () => this.#list.toEnd(), editLast: () => editLast(this.#list),
    });
    this.#jump.addEventListener("click", () => this.#list.toEnd());
    this.#mentioned.addEventListener("click", () => this.#showMention());
    document.addEventListener("visibilitychange", () => this.#scrolled(this.#list.atEnd));
  }

  /** Show a channel, from its first unread message on. */
  show(id) {
    if (id === this.#id) return this.#scrolled(this.#list.atEnd);
    this.#id = id;
    const channel = items.channel(id);
    this.#list.fill(items.inChannel(id), channel.unread ? channel.last_read || "0" : null);
    if (!channel.unread) this.#list.skipNew();
    this.#composer.at({ channel: id }, `Message ${nameOf(channel).replace("# ", "#")}`);
    this.#paintHead();
    return this.#scrolled(this.#list.atEnd);
  }

  /** Forget what is shown: another person looks now. */
  leave() {
    this.#id = null;
  }

  update(change) {
    if (!this.#id || !items.channel(this.#id)) return;
    this.#list.update(change);
    if (!this.#list.atEnd && change.changed.some((item) => this.#isAnswer(item))) this.#nameJump(true);
    if (this.#today !== dayOf(now())) this.#list.renewDays();
    this.#today = dayOf(now());
    this.#composer.renew();
    this.#paintHead();
    this.#scrolled(this.#list.atEnd);
  }

  #showMention() {
    const [{ channel, ts, thread_ts: thread }] = items.unreadMentions(this.#id);
    show({ channel, ts, thread });
  }

  point(ts) {
    return this.#list.point(ts);
  }

  focus() {
    this.#composer.focus();
  }

  #paintHead() {
    const channel = items.channel(this.#id);
    const written = JSON.stringify(channel.members) + nameOf(channel) + channel.is_archived;
    if (this.#head.dataset.shown === written) return;
    this.#head.dataset.shown = written;
    const parts = [make("h2", { dir: "auto" }, nameOf(channel))];
    if (channel.is_archived) parts.push(make("span.badge", {}, "ARCHIVED"));
    if (!channel.is_im) parts.push(membersOf(channel));
    this.#head.replaceChildren(...parts);
  }

  #isAnswer(item) {
    return item.kind === "ephemeral" && item.channel === this.#id && !item.thread_ts;
  }

  // An answer that only this person sees stands at the end, where they may not be looking.
  #nameJump(answered) {
    this.#jump.classList.toggle("answered", answered);
    this.#jump.lastElementChild.textContent = answered ? "An answer, only visible to you" : "Latest messages";
  }

  /** What is on a visible screen to its end is read. */
  #scrolled(atEnd) {
    this.#jump.hidden = atEnd;
    if (atEnd) this.#nameJump(false);
    if (!this.#id || !items.channel(this.#id)) return;
    const { thread } = place();
    this.#mentioned.hidden = items.unreadMentions(this.#id).every((each) => each.thread_ts === thread);
    const { last } = this.#list;
    if (!atEnd || document.hidden || !last || document.getElementById("conversation").hidden) return;
    this.#list.skipNew();
    const inThread = this.seenInThread(this.#id);
    markRead(this.#id, inThread > last.ts ? inThread : last.ts);
  }
}

function membersOf({ members }) {
  const faces = members.slice(0, 4).map((id) => avatar(id, "small"));
  const number = make("span.number", {}, `${members.length} members`);
  return make("span.members", { title: listOfNames(members) }, ...faces, number);
}

/** Edit the person's last message of a list; whether there is one. */
export function editLast(list) {
  const row = list.lastOf(items.me.id);
  if (row) edit(row);
  return Boolean(row);
}
