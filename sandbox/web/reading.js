// A channel is read when its end is on a visible screen.

import { act } from "./actions.js";
import { items } from "./items.js";

const told = new Map(); // person and channel → the ts up to which the server was told

/** Tell the server that this person has read a channel up to a message. */
export function markRead(id, ts) {
  const channel = items.channel(id);
  const key = `${items.me.id} ${id}`;
  if (!channel || !channel.unread || (told.get(key) || "") >= ts) return;
  told.set(key, ts);
  act("read", { channel: id, ts }, { quiet: true }).then((answer) => answer.error && told.delete(key));
}

const seen = new Set(); // replies that a person saw in a thread before they read the channel so far

const keyOf = (channel, ts) => `${items.me.id} ${channel} ${ts}`;

/** Keep that this person has seen a reply, until the page is left. */
export const markSeen = (channel, ts) => seen.add(keyOf(channel, ts));

/** Whether this person has seen a reply. */
export const isSeen = (channel, ts) => seen.has(keyOf(channel, ts));
