// The page's own question before something is done: an app's confirm object, or the deletion of a message.

import { make } from "./make.js";

const textOf = (object, otherwise) => (object && object.text) || object || otherwise;

/** Ask {title, text, confirm, deny, style}, strings or Slack's text objects; whether the person agreed. */
export function ask({ title, text, confirm, deny, style }) {
  const dialog = document.getElementById("confirm");
  const answer = (value, kind, label) => make(`button.bk-button${kind}`, {
    type: "submit", value, "data-confirm-answer": value,
  }, label);
  const agreeing = style === "danger" ? ".bk-danger" : ".bk-primary";
  const form = make("form", { method: "dialog" },
    make("h2", { id: "confirm-title", dir: "auto" }, textOf(title, "Are you sure?")),
    make("p", { dir: "auto" }, textOf(text, "")),
    make("footer", {},
      answer("no", "", textOf(deny, "Cancel")),
      answer("yes", agreeing, textOf(confirm, "OK"))),
  );
  dialog.replaceChildren(form);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
