// The app's Home: the app publishes it anew whenever it is opened.

import { act } from "./actions.js";
import { listen } from "./blocks.js";
import { items } from "./items.js";
import { make } from "./make.js";
import { paint } from "./painting.js";
import { avatar } from "./people.js";
import { valuesIn } from "./values.js";

export class HomePane {
  #section = document.getElementById("home");
  #conversation = document.getElementById("conversation");
  #body = make("div.home-body", {});
  #shown = false;

  constructor() {
    this.#section.querySelector(".scroller").append(this.#body);
    listen(this.#body, () => ({ view_id: items.get("home").id, values: valuesIn(this.#body) }));
  }

  show(shown) {
    const opened = shown && !this.#shown;
    this.#shown = shown;
    this.#section.hidden = !shown;
    this.#conversation.hidden = shown;
    if (!shown) return;
    this.#paint();
    if (opened) act("home", {});
  }

  /** Forget what is shown: another person looks now. */
  leave() {
    this.#shown = false;
  }

  update({ changed, gone }) {
    if (this.#shown && [...changed, ...gone].some((item) => item.kind === "home")) this.#paint();
  }

  #paint() {
    const home = items.get("home");
    const { app } = items.workspace;
    const head = document.querySelector("#channel > .pane-head");
    delete head.dataset.shown;
    const name = make("h2", {}, items.nameOf(app.user_id));
    head.replaceChildren(avatar(app.user_id, "small"), name, make("span.tab", {}, "Home"));
    this.#section.classList.toggle("empty", !home);
    paint(this.#body, home ? home.html : "<p>The app has not published its Home yet.</p>");
  }
}
