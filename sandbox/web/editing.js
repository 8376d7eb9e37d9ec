// Editing one's own message where it stands.

import { act } from "./actions.js";
import { items } from "./items.js";
import { make } from "./make.js";
import { fit } from "./typing.js";

/** The text as it was typed: Slack keeps & < > as entities, and whom `body` shows as mentioned by ids. */
function readable(text, body) {
  const handleOf = (whole, id) => {
    const person = items.get(`person/${id}`);
    return person ? `@${person.name}` : whole;
  };
  const groupOf = (whole, id) => {
    const mention = body.querySelector(`[data-usergroup="${id}"]`);
    return mention ? mention.textContent : whole;
  };
  return text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, handleOf)
    .replace(/<!subteam\^(\w+)(?:\|[^>]*)?>/g, groupOf)
    .replace(/<!(channel|here|everyone)(?:\|[^>]*)?>/g, "@$1")
    .replace(/<((?:https?|mailto):[^|>]+)(?:\|[^>]*)?>/g, (_, address) => address.replace(/^mailto:/, ""))
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Turn a message into a field with its text; Enter saves, Escape leaves it as it was. */
export function edit(row) {
  if (row.element.querySelector("form.edit")) return;
  const { item, parts } = row;
  const before = readable(item.text, parts.body);
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
  const answer = await act("edit", { channel, ts, text });
  return !answer.error;
}
