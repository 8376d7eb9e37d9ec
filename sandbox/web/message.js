// One message in a list: built once, then only the parts that changed are painted again.

import { dateOf, fullText, timeText, agoText } from "./dates.js";
import { filesOf } from "./files.js";
import { items } from "./items.js";
import { iconButton, make } from "./make.js";
import { paint } from "./painting.js";
import { avatar, isBot, listOfNames } from "./people.js";
import { ADDING, toolsOf } from "./tools.js";

/** An `li.message`; `element` is it, `update(item)` paints it anew, `item` is what it shows. */
export class MessageRow {
  constructor(item, { prefix, inThread }) {
    this.inThread = inThread;
    this.parts = {
      lead: make("div.lead"),
      who: make("div.who"),
      body: make("div.body", { dir: "auto" }),
      files: make("div.files"),
      reactions: make("div.reactions"),
      thread: make("div.thread-foot"),
      tools: make("div.tools", { role: "group", "aria-label": "Message actions" }),
    };
    const { lead, who, body, files, reactions, thread, tools } = this.parts;
    this.gutter = make("div.gutter");
    const content = make("div.content", {}, who, body, files, reactions, thread);
    const { channel, ts } = item;
    const attributes = { id: `${prefix}-${ts}`, "data-ts": ts, "data-channel": channel };
    this.entry = make("div.entry", {}, this.gutter, content, tools);
    this.element = make("li.message", attributes, lead, this.entry);
    this.update(item);
  }

  update(item) {
    const before = this.item || {};
    this.item = item;
    const isOther = (name) => JSON.stringify(before[name]) !== JSON.stringify(item[name]);
    const changed = (...names) => !this.painted || names.some(isOther);
    this.element.classList.toggle("ephemeral", item.kind === "ephemeral");
    this.element.classList.toggle("tombstone", Boolean(item.tombstone));
    if (changed("user", "broadcast")) this.#paintWho();
    paint(this.parts.body, item.html || "");
    this.parts.body.classList.toggle("edited", Boolean(item.edited));
    if (changed("files")) this.parts.files.replaceChildren(...filesOf(item));
    if (changed("reactions")) this.#paintReactions();
    if (changed("reply_count", "reply_users", "latest_reply")) this.#paintThread();
    if (changed("tombstone", "reactions")) this.#paintTools();
    this.painted = true;
  }

  #paintWho() {
    const { ts, user = items.workspace.app.user_id, kind, tombstone, broadcast } = this.item;
    const date = dateOf(ts);
    const when = { datetime: date.toISOString(), title: fullText(date) };
    const time = () => make("time.time", when, timeText(date));
    const name = make("b.name", { dir: "auto" }, tombstone ? "" : items.nameOf(user));
    const badge = isBot(user) ? make("span.badge", {}, "APP") : null;
    const above = [];
    if (kind === "ephemeral") above.push(make("div.only", {}, "Only visible to you"));
    if (broadcast && !this.inThread) above.push(make("div.only", {}, "replied in a thread"));
    this.gutter.replaceChildren(avatar(user), time());
    this.parts.who.replaceChildren(...above, make("div.author", {}, name, badge, time()));
  }

  // The buttons stay the same elements, here and below: the focus may be in them.
  #paintReactions() {
    const box = this.parts.reactions;
    const reactions = this.item.reactions || [];
    const known = new Map([...box.querySelectorAll(".reaction")].map((node) => [node.dataset.name, node]));
    const wanted = reactions.map((each) => known.get(each.name) || pill(each));
    for (const node of known.values()) if (!wanted.includes(node)) node.remove();
    wanted.forEach((node, index) => {
      if (box.children[index] !== node) box.insertBefore(node, box.children[index] || null);
      mark(node, reactions[index]);
    });
    const add = box.querySelector(".add-reaction");
    if (!reactions.length && add) add.remove();
    if (reactions.length && !add) box.append(addButton());
  }

  #paintThread() {
    const { reply_count: count, reply_users: users = [], latest_reply: latest } = this.item;
    if (!count || this.inThread) return this.parts.thread.replaceChildren();
    const words = `${count} ${count === 1 ? "reply" : "replies"}`;
    const last = latest ? `Last reply ${agoText(dateOf(latest))}` : "";
    const faces = users.slice(0, 5).map((id) => avatar(id, "small"));
    const button = this.parts.thread.firstElementChild || make("button.thread-summary");
    button.replaceChildren(...faces, make("b", {}, words), make("span.last", {}, last));
    return button.isConnected ? undefined : this.parts.thread.append(button);
  }

  #paintTools() {
    const bare = !(this.item.reactions || []).length;
    const wanted = `${this.item.tombstone} ${bare}`;
    if (this.toolsFor === wanted) return;
    this.toolsFor = wanted;
    this.parts.tools.replaceChildren(...toolsOf(this.item, { bare, inThread: this.inThread }));
  }
}

function pill({ name, glyph }) {
  return make("button.reaction", { "data-name": name },
    make("span.glyph", { "aria-hidden": "true" }, glyph), make("span.count", {}));
}

function mark(node, { name, glyph, count, users }) {
  const said = `${listOfNames(users)} reacted with :${name}:`;
  node.querySelector(".count").textContent = count;
  node.setAttribute("aria-pressed", String(users.includes(items.me.id)));
  node.setAttribute("aria-label", `${glyph} ${count}: ${said}`);
  node.title = said;
}

function addButton() {
  return iconButton("react", "Add reaction", { ...ADDING, class: "add-reaction" });
}
