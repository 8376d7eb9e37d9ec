// The faults of the director's panel: what each one does, and beside its button what became of it.

import { control } from "./actions.js";
import { secondsText } from "./dates.js";
import { items } from "./items.js";
import { make } from "./make.js";

// kind → what it does, and what it strikes; a fault without the latter strikes at once.
const FAULTS = {
  rate_limit: ["The next Web API call is answered 429 with Retry-After.", "call"],
  server_error: ["The next call is answered 500, and nothing is done.", "call"],
  slow: ["The next call is answered two seconds late.", "call"],
  lost_answer: ["The next call is done, but its answer never arrives.", "call"],
  lost_event: ["The next event never reaches the app.", "event"],
  duplicate: ["The next event arrives twice.", "event"],
  late: ["The next event arrives two seconds late.", "event"],
  reorder: ["The next event arrives after the one that follows it.", "event"],
  disconnect: ["Strikes at once: the app's connection is cut; it must come back by itself."],
  hold: ["The next call waits until it is released.", "call"],
  release: ["At once: the calls that are held go on."],
};

export class Faults {
  #times = make("input", { id: "times", type: "number", min: "1", max: "99", value: "1" });
  #states = new Map(); // kind → the line that says what became of it
  #struck = new Map(); // kind → when it last struck what
  #held = make("p.armed", { role: "status" });

  constructor() {
    const words = "Break something between Slack and the app; the app should not lose anything.";
    this.element = make("section", {}, make("h3", {}, "Faults"), make("p.explained", {}, words),
      make("label.field", {}, "Strike", this.#times, "times"),
      make("ul.faults", {}, ...Object.keys(FAULTS).map((kind) => this.#row(kind))), this.#held);
  }

  #row(kind) {
    const id = `fault-${kind}`;
    const state = make("b.fault-state", { role: "status" });
    this.#states.set(kind, state);
    const strike = { "data-fault": kind, "aria-describedby": id, click: () => this.#strike(kind) };
    return make("li", {}, make("button.bk-button", strike, kind.replaceAll("_", " ")),
      make("div", {}, make("span", { id }, FAULTS[kind][0]), state));
  }

  #strike(kind) {
    const [, what] = FAULTS[kind];
    const times = Math.max(1, Math.trunc(Number(this.#times.value)) || 1);
    return control("fault", what ? { kind, times } : { kind });
  }

  /** Take in entries of the log: a fault that is set, or one that struck. */
  add(entries) {
    for (const { kind, at, detail } of entries) {
      if (kind === "fault") this.#note(detail, secondsText(new Date(at)));
    }
    this.paint();
  }

  #note({ fault, set, method, event }, time) {
    if (!FAULTS[fault][1]) this.#struck.set(fault, `done at ${time}`);
    else if (set) this.#struck.delete(fault);
    else this.#struck.set(fault, `struck ${method || event} at ${time}`);
  }

  /** Forget what struck: the log begins anew. */
  clear() {
    this.#struck.clear();
  }

  /** Say what is armed and what has struck. */
  paint() {
    const { faults = [], held = [] } = items.workspace || {};
    for (const [kind, line] of this.#states) {
      const armed = faults.includes(kind) ? `armed: strikes the next ${FAULTS[kind][1]}` : "";
      const said = [this.#struck.get(kind), armed].filter(Boolean).join("; ");
      if (line.textContent !== said) line.textContent = said;
      line.classList.toggle("armed", Boolean(armed));
    }
    const said = held.length ? `Held calls: ${held.join(", ")}.` : "";
    if (this.#held.textContent !== said) this.#held.textContent = said;
  }
}
