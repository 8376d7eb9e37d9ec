// The director's panel: the clock, the scripted reviewers, the faults, and the log.

import { control } from "./actions.js";
import { clockText, now, untilMonday } from "./dates.js";
import { Faults } from "./faults.js";
import { items } from "./items.js";
import { Journal } from "./journal.js";
import { iconButton, make } from "./make.js";
import { handle, place } from "./place.js";

const STEPS = [[600, "+10 min"], [3600, "+1 h"], [86400, "+1 day"], [604800, "+1 week"]];
const PACES = [[4, "slow"], [1.5, "normal"], [0.3, "fast"]]; // seconds per act

const button = (label, attributes) => make("button.bk-button", attributes, label);
const explained = (words) => make("p.explained", {}, words);
const section = (title, ...children) => make("section", {}, make("h3", {}, title), ...children);

export class Director {
  #panel = document.getElementById("director");
  #toggle = document.getElementById("director-toggle");
  #clock = make("time", { id: "clock" });
  #app = make("p.app-state", {});
  #playing = make("p.playing", { role: "status" });
  #pace = make("select", { id: "pace" });
  #start = button("▶ Play", { "data-play": "start", click: () => this.#play() });
  #stop = button("■ Stop", { "data-play": "stop", click: () => control("play", { stop: true }) });
  #where = {}; // the channel in which the reviewers play
  #journal = new Journal();
  #faults = new Faults();
  #onOpen;

  /** `onOpen()`: whoever stands in the way of the panel makes room. */
  constructor(onOpen) {
    this.#onOpen = onOpen;
    const close = iconButton("close", "Close the director's panel", { click: () => this.show(false) });
    this.#start.classList.add("bk-primary");
    const region = { tabindex: "0", role: "region", "aria-label": "Director's controls" };
    const body = make("div.director-body", region, this.#app, this.#clockSection(),
      this.#playSection(), this.#journal.element, this.#faults.element);
    this.#panel.append(make("header.pane-head", {}, make("h2", {}, "Director"), close), body);
    this.#toggle.addEventListener("click", () => this.show(this.#panel.hidden));
    setInterval(() => this.#tick(), 1000);
    if (sessionStorage.getItem("director")) this.show(true);
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  show(shown) {
    if (shown) this.#onOpen();
    const inside = this.#panel.contains(document.activeElement);
    this.#panel.hidden = !shown;
    this.#toggle.setAttribute("aria-expanded", String(shown));
    this.#journal.show(shown);
    this.#tick();
    if (shown) sessionStorage.setItem("director", "open");
    else sessionStorage.removeItem("director");
    if (!shown && inside) this.#toggle.focus();
  }

  log(entries) {
    this.#journal.add(entries);
    this.#faults.add(entries);
  }

  update({ changed, whole }) {
    if (whole) this.#faults.clear();
    if (changed.some((item) => item.kind === "workspace")) this.#paint();
  }

  #tick() {
    if (this.isOpen) this.#clock.textContent = clockText(now());
  }

  #paint() {
    const { connections, playing, app } = items.workspace;
    const state = connections ? "is connected" : "is not connected";
    this.#app.textContent = `${items.nameOf(app.user_id)} ${state}`;
    this.#app.classList.toggle("connected", Boolean(connections));
    this.#start.disabled = Boolean(playing);
    this.#stop.disabled = !playing;
    this.#playing.textContent = playing ? `Playing, one act every ${playing.pace} s.` : "";
    this.#faults.paint();
    this.#tick();
  }

  #clockSection() {
    const words = "Schedules, queues and the weekly export follow this clock. It only goes forward.";
    const advance = (seconds) => control("clock", { advance: seconds });
    const steps = STEPS.map(([seconds, label]) => button(label, {
      "data-advance": seconds, click: () => advance(seconds),
    }));
    const monday = button("until Monday 09:00", {
      "data-advance-until": "monday", click: () => advance(untilMonday()),
    });
    return section("Clock", this.#clock, explained(words), make("div.row", {}, ...steps, monday));
  }

  #playSection() {
    const option = ([value, label]) => make("option", { value, selected: label === "normal" }, label);
    this.#pace.append(...PACES.map(option));
    this.#pace.addEventListener("change", () => items.workspace.playing && this.#begin());
    const pace = make("label.field", {}, make("span", {}, "Pace"), this.#pace);
    const words = "The other reviewers vote and correct in the channel that you look at.";
    const row = make("div.row", {}, this.#start, this.#stop, pace);
    return section("Scripted reviewers", explained(words), row, this.#playing);
  }

  #play() {
    const channel = items.channel(place().channel);
    this.#where = channel && !channel.is_im ? { channel: channel.name } : {};
    return this.#begin();
  }

  // A new pace is a new beginning, where they are.
  #begin() {
    return control("play", { pace: Number(this.#pace.value), user: handle(), ...this.#where });
  }
}
