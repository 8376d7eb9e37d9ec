// How people are shown: initials in a coloured square, names, the APP badge.

import { items } from "./items.js";
import { make } from "./make.js";

const TONES = 8;

function initials(name) {
  const words = name.split(/[\s_-]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const first = words.slice(0, 2).map((word) => [...word][0]);
  return (first.join("") || [...name][0] || "?").toUpperCase();
}

function toneOf(id) {
  const sum = [...id].reduce((before, character) => (before * 31 + character.codePointAt(0)) % 9973, 7);
  return sum % TONES;
}

/** The square with the person's initials. */
export function avatar(id, size = "") {
  const kind = id === items.workspace.app.user_id ? "app" : `tone-${toneOf(id)}`;
  return make("span", { class: `avatar ${kind} ${size}`, "aria-hidden": "true" }, initials(items.nameOf(id)));
}

export const isBot = (id) => Boolean((items.get(`person/${id}`) || {}).is_bot);

/** "Ana Ruiz, Ben Okafor and you". */
export function listOfNames(ids) {
  const others = ids.filter((id) => id !== items.me.id).map((id) => items.nameOf(id));
  const names = ids.includes(items.me.id) ? [...others, others.length ? "you" : "You"] : others;
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names.join("");
}

/** What a person is beside a full member, for lists of people; "" for members. */
export function standing({ is_restricted: guest, is_stranger: stranger, title }) {
  if (stranger) return "other workspace";
  return guest ? "guest" : title || "";
}
