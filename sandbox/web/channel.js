// The channel that is looked at: its header, its messages, its composer.

import { show } from "./blocks.js";
import { Composer } from "./composer.js";
import { dayOf, now } from "./dates.js";
import { edit } from "./editing.js";
import { isMessage, isReply, items } from "./items.js";
import { make } from "./make.js";
import { MessageList } from "./messages.js";
import { avatar, listOfNames } from "./people.js";
import { isSeen, markRead, markSeen } from "./reading.js";

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
  #answer = null; // the ts of the latest answer to this person that they have not seen
  #spots = new Map(); // person and channel → what they saw of it when they left
  #passedOn = null; // {id, spot} from one person to the next
  #thread;

  constructor(thread) {
    this.#thread = thread;
    const outside = (item) => !isReply(item) || item.broadcast;
    const wanted = (item) => isMessage(item) && item.channel === this.#id && outside(item);
    const kind = { prefix: "m", inThread: false, wanted };
    this.#list = new MessageList(document.getElementById("messages"), kind);
    this.#list.onScroll = () => this.#scrolled();
    this.#composer = new Composer(document.getElementById("writing"), {
      id: "message", inThread: false, sent: () => this.#list.toEnd(), editLast: () => editLast(this.#list),
    });
    this.#jump.addEventListener("click", () => this.#list.toEnd());
    this.#mentioned.addEventListener("click", () => this.#showMention());
    document.addEventListener("visibilitychange", () => this.#scrolled());
  }

  /** Show a channel: where this person left it, or from its first unread message on. */
  show(id) {
    if (id === this.#id) return this.#scrolled();
    this.leave();
    this.#id = id;
    const channel = items.channel(id);
    const newAfter = channel.unread ? channel.last_read || "0" : null;
    this.#list.fill(items.inChannel(id), newAfter, this.#spotIn(channel));
    if (!channel.unread) this.#list.skipNew();
    this.#composer.at({ channel: id }, `Message ${nameOf(channel).replace("# ", "#")}`);
    this.#paintHead();
    return this.#scrolled();
  }

  /** Forget what is shown. `toAnother`: another person looks now, at the same messages. */
  leave({ toAnother = false } = {}) {
    if (!this.#id) return;
    const { spot } = this.#list;
    this.#spots.set(`${items.me.id} ${this.#id}`, spot);
    this.#passedOn = toAnother ? { id: this.#id, spot } : null;
    this.#id = null;
    this.#answer = null;
    for (const jump of [this.#jump, this.#mentioned]) jump.hidden = true;
  }

  /** Where to begin: null for the first unread message, also below what was its end. */
  #spotIn({ id, unread }) {
    const passedOn = this.#passedOn;
    this.#passedOn = null;
    if (passedOn && passedOn.id === id) return passedOn.spot;
    const left = this.#spots.get(`${items.me.id} ${id}`);
    return left && !(left.atEnd && unread) ? left : null;
  }

  update(change) {
    if (!this.#id || !items.channel(this.#id)) return;
    this.#list.update(change);
    const answer = change.whole ? null : change.changed.findLast((item) => this.#isAnswer(item));
    if (answer) this.#answer = answer.ts;
    if (this.#today !== dayOf(now())) this.#list.renewDays();
    this.#today = dayOf(now());
    this.#composer.renew();
    this.#paintHead();
    this.#scrolled();
  }

  /** The thread beside it shows something else now. */
  renew() {
    this.#scrolled();
  }

  #showMention() {
    const [{ channel, ts, thread_ts: thread }] = this.#mentions();
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
  #paintJump(atEnd) {
    if (atEnd || this.#list.shows(this.#answer)) this.#answer = null;
    const answered = this.#answer !== null;
    this.#jump.hidden = atEnd;
    this.#jump.classList.toggle("answered", answered);
    this.#jump.lastElementChild.textContent = answered ? "An answer, only visible to you" : "Latest messages";
  }

  /** The replies that mention the person and that they have neither read nor seen in their thread. */
  #mentions() {
    const unread = items.unreadMentions(this.#id);
    for (const { channel, ts } of unread) if (this.#thread.shows(ts)) markSeen(channel, ts);
    return unread.filter(({ channel, ts }) => !isSeen(channel, ts));
  }

  /** What is on a visible screen to its end is read. */
  #scrolled() {
    if (!this.#id || !items.channel(this.#id)) return;
    const { atEnd, last } = this.#list;
    this.#paintJump(atEnd);
    this.#mentioned.hidden = !this.#mentions().length;
    if (!atEnd || document.hidden || !last || document.getElementById("conversation").hidden) return;
    this.#list.skipNew();
    const inThread = this.#thread.seen(this.#id);
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
