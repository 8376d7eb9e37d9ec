// Everything that the person may see, as the server last told it: items by key.

class Items {
  #known = new Map();
  #written = new Map(); // key → JSON, by which a whole frame after a reconnect shows what changed

  /** Take in a frame; what has changed: {changed: [item], gone: [item], whole}. */
  apply({ items = [], gone = [], whole = false }) {
    const present = new Set(items.map((item) => item.key));
    const leaving = whole ? [...this.#known.keys()].filter((key) => !present.has(key)) : gone;
    const left = leaving.map((key) => this.#drop(key)).filter(Boolean);
    return { changed: items.filter((item) => this.#keep(item)), gone: left, whole };
  }

  clear() {
    this.#known.clear();
    this.#written.clear();
  }

  #keep(item) {
    const written = JSON.stringify(item);
    if (this.#written.get(item.key) === written) return false;
    this.#written.set(item.key, written);
    this.#known.set(item.key, item);
    return true;
  }

  #drop(key) {
    const item = this.#known.get(key);
    this.#known.delete(key);
    this.#written.delete(key);
    return item;
  }

  get(key) {
    return this.#known.get(key);
  }

  of(kind) {
    return [...this.#known.values()].filter((item) => item.kind === kind);
  }

  get workspace() {
    return this.get("workspace");
  }

  get me() {
    return this.workspace ? this.workspace.me : { id: "", name: "", real_name: "" };
  }

  channel(id) {
    return this.get(`channel/${id}`);
  }

  message(channel, ts) {
    return this.get(`message/${channel}/${ts}`);
  }

  /** The name that stands above a person's messages. */
  nameOf(id) {
    const person = this.get(`person/${id}`);
    return person ? person.real_name || person.name : id;
  }

  /** What stands in a channel outside threads, ephemeral messages among it, oldest first. */
  inChannel(channel) {
    return this.#standing(channel, (each) => !isReply(each) || each.broadcast);
  }

  /** A thread's first message and its replies, oldest first. */
  inThread(channel, root) {
    return this.#standing(channel, (each) => each.ts === root || each.thread_ts === root);
  }

  /** Replies in threads of a channel that mention the person and that they have not read. */
  unreadMentions(channel) {
    const { last_read: after } = this.channel(channel);
    const { id } = this.me;
    const mentions = ({ user, html }) => user !== id && html.includes(`data-user="${id}"`);
    return this.#standing(channel, (each) => isReply(each) && each.ts > after && mentions(each));
  }

  #standing(channel, wanted) {
    const inside = (each) => isMessage(each) && each.channel === channel && wanted(each);
    return [...this.#known.values()].filter(inside).sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }
}

export const isMessage = (item) => item.kind === "message" || item.kind === "ephemeral";

/** Whether it stands in a thread below another message. */
export const isReply = (item) => Boolean(item.thread_ts) && item.thread_ts !== item.ts;

export const items = new Items();
