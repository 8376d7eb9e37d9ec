// Editing one's own message where it stands.

import { api } from "./actions.js";
import { items } from "./items.js";
import { make } from "./make.js";
import { fit } from "./typing.js";

/** The text as it was typed: Slack keeps & < > as entities and people as <@ID>. */
function readable(text) {
  const handleOf = (whole, id) => {
    const person = items.get(`person/${id}`);
    return person ? `@${person.name}` : whole;
  };
  return text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, handleOf)
    .replace(/<((?:https?|mailto):[^|>]+)(?:\|[^>]*)?>/g, (_, address) => address.replace(/^mailto:/, ""))
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** What is typed, as Slack keeps it. */
function stored(text) {
  const ids = new Map(items.of("person").map(({ name, id }) => [name, id]));
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const mention = (whole, name) => (ids.has(name) ? `<@${ids.get(name)}>` : whole);
  return escaped.replace(/(?<![\w@])@([\w.-]+)/g, mention);
}

/** Turn a message into a field with its text; Enter saves, Escape leaves it as it was. */
export function edit(row) {
  if (row.element.querySelector("form.edit")) return;
  const { item, parts } = row;
  const before = readable(item.text || "");
  const area = make("textarea", { rows: "1", "aria-label": "Edit message", dir: "auto" });
  area.value = before;
  const form = make("form.edit", {}, area, make("div.edit-foot", {},
    make("button.bk-button", { "data-edit": "cancel", click: () => close() }, "Cancel"),
    make("button.bk-button.bk-primary", { type: "submit", "data-edit": "save" }, "Save")));
  const close = () => {
    form.remove();
    parts.body.hidden = false;
    const button = row.element.querySelector('[data-tool="more"]');
    if (button) button.focus({ preventScroll: true });
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save(item, before, area.value.trim()).then((done) => done && close());
  });
  area.addEventListener("input", () => fit(area));
  area.addEventListener("keydown", (event) => onKey(event, form, close));
  parts.body.hidden = true;
  parts.body.after(form);
  fit(area);
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

function onKey(event, form, close) {
  if (event.isComposing) return;
  if (event.key === "Escape") close();
  else if (event.key === "Enter" && !event.shiftKey) form.requestSubmit();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

async function save({ channel, ts }, before, text) {
  if (!text || text === before) return true;
  const answer = await api("chat.update", { channel, ts, text: stored(text) });
  return !answer.error;
}
