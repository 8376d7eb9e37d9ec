// The page: puts the parts together, and says to each what changed and where one looks.

import { ChannelPane } from "./channel.js";
import { show as showMessage } from "./blocks.js";
import { setNow } from "./dates.js";
import { Director } from "./director.js";
import { Feed } from "./feed.js";
import { HomePane } from "./home.js";
import { items } from "./items.js";
import { make } from "./make.js";
import { Modal } from "./modal.js";
import { notify, setReachable } from "./notices.js";
import { standing } from "./people.js";
import { become, go, handle, place, pointed } from "./place.js";
import { paintSidebar } from "./sidebar.js";
import { ThreadPane } from "./thread.js";

const thread = new ThreadPane(() => channel.renew());
const channel = new ChannelPane(thread);
const home = new HomePane();
const modal = new Modal();
const cramped = matchMedia("(width <= 1500px)"); // no room for a thread beside the director's panel
const narrow = matchMedia("(width <= 760px)");
const director = new Director(() => cramped.matches && thread.close());
const person = document.getElementById("person");
const drawer = document.querySelector(".drawer-toggle");
const sidebar = document.getElementById("sidebar");
const scrim = document.querySelector(".scrim");
const tip = document.getElementById("tip");
const NOT_HERE = "That message is not here any more, or not for you to see.";
let sought = pointed(location.href); // the message that a permalink opened the page for
let isOther = false; // whether another person than before will look

const feed = new Feed({
  frame(frame) {
    if (frame.whole && isOther) forget();
    const change = items.apply(frame);
    const workspace = change.changed.find((item) => item.kind === "workspace");
    if (workspace) setNow(workspace.now);
    if (items.workspace) paint(change);
  },
  log: (entries) => director.log(entries),
  up: () => setReachable(true),
  down: () => setReachable(false),
});

function paint(change) {
  if (handle() !== items.me.name) return become(items.me.name, { replace: true });
  const kinds = new Set([...change.changed, ...change.gone].map((item) => item.kind));
  if (kinds.has("person")) paintPeople();
  look(kinds.has("channel") || kinds.has("person"));
  thread.update(change);
  channel.update(change);
  home.update(change);
  modal.update();
  director.update(change);
  if (sought) showMessage(sought);
  sought = null;
  return undefined;
}

/** Show the place that the address names, or the channel in which there is most to do. */
function look(sidebarChanged = true) {
  let here = place();
  if (!here.home && !items.channel(here.channel)) {
    const liveliest = busiest();
    if (!liveliest) return;
    go({ channel: liveliest.id }, { replace: true });
    here = place();
  }
  if (here.thread && !items.message(here.channel, here.thread)) {
    notify(NOT_HERE);
    go({ channel: here.channel }, { replace: true });
    return;
  }
  if (sidebarChanged) paintSidebar(here);
  if (here.home) channel.leave();
  home.show(Boolean(here.home));
  thread.show(here.home ? {} : here);
  makeRoom();
  if (!here.home) channel.show(here.channel);
  if (here.channel) localStorage.setItem(lastKey(), here.channel);
  const name = here.home ? "Home" : (items.channel(here.channel).name || "Direct message");
  document.title = `${name} · ${items.me.real_name} · Winnow sandbox`;
}

function makeRoom() {
  if (cramped.matches && thread.isOpen) director.show(false);
}

const lastKey = () => `last channel of ${items.me.name}`;

/** Where most is unread; where nothing is, what this person last looked at. */
function busiest() {
  const last = localStorage.getItem(lastKey());
  const todo = (each) => (each.is_im || each.is_archived ? -1 : each.unread);
  const order = (each) => `${each.id === last ? 0 : 1}${each.name}`;
  return items.of("channel").sort((a, b) => todo(b) - todo(a) || (order(a) < order(b) ? -1 : 1))[0];
}

function paintPeople() {
  const people = items.of("person").filter((each) => !each.is_bot && !each.deleted);
  person.replaceChildren(...people.map((each) => {
    const more = narrow.matches ? "" : standing(each);
    return make("option", { value: each.name }, more ? `${each.real_name} · ${more}` : each.real_name);
  }));
  person.value = handle();
  tip.firstElementChild.textContent = "A local Slack with prepared texts. "
    + `You are ${items.me.real_name}; tap ✅ or ❌ under a card.`;
  tip.hidden = Boolean(localStorage.getItem("tip dismissed"));
}

function openDrawer(opened) {
  document.body.classList.toggle("drawer-open", opened);
  drawer.setAttribute("aria-expanded", String(opened));
  scrim.hidden = !opened;
  const current = sidebar.querySelector("[aria-current]");
  if (opened && current) current.focus();
  else if (!opened && sidebar.contains(document.activeElement)) drawer.focus();
}

/** What one person sees stays until the other's is there. */
function actAs() {
  isOther = true;
  feed.open(handle());
}

function forget() {
  isOther = false;
  for (const pane of [thread, home]) pane.leave();
  channel.leave({ toAnother: true });
  items.clear();
}

/** Show a message that a link points to. */
function point({ detail: { channel: id, ts, thread: root } }) {
  const pane = root ? thread : channel;
  if (place().channel !== id || !pane.point(ts)) notify(NOT_HERE);
}

person.addEventListener("change", () => become(person.value));
drawer.addEventListener("click", () => openDrawer(!document.body.classList.contains("drawer-open")));
scrim.addEventListener("click", () => openDrawer(false));
sidebar.addEventListener("click", ({ target }) => target.closest("a") && openDrawer(false));
tip.querySelector("button").addEventListener("click", () => {
  localStorage.setItem("tip dismissed", "yes");
  tip.hidden = true;
});
cramped.addEventListener("change", makeRoom);
narrow.addEventListener("change", paintPeople);
addEventListener("place", () => look());
addEventListener("popstate", () => (!isOther && handle() === items.me.name ? look() : actAs()));
addEventListener("person", actAs);
addEventListener("point", point);
addEventListener("write", () => thread.focus());
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (document.body.classList.contains("drawer-open")) openDrawer(false);
  else if (thread.isOpen) thread.close();
  else if (director.isOpen) director.show(false);
});
if (sought) history.replaceState(null, "", `/?as=${handle()}`);
feed.open(handle());
