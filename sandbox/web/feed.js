// The WebSocket by which the server tells what changed. It comes back by itself, ever more slowly.

import { CLIENT } from "./place.js";

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 4000; // milliseconds

export class Feed {
  #socket = null;
  #pause = FIRST_PAUSE;
  #timer = 0;
  #handlers;

  /** Handlers: frame(items frame), log(entries), up(), down(). */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** Follow the workspace as this person; an earlier connection is left. */
  open(handle) {
    clearTimeout(this.#timer);
    const before = this.#socket;
    this.#socket = null;
    if (before) before.close();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const asked = new URLSearchParams({ as: handle, client: CLIENT });
    const socket = new WebSocket(`${scheme}://${location.host}/sandbox/live?${asked}`);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#socket === socket && this.#read(JSON.parse(data));
    socket.onclose = () => this.#socket === socket && this.#again(handle);
  }

  #read(frame) {
    if (frame.log) this.#handlers.log(frame.log);
    if (frame.whole) {
      this.#pause = FIRST_PAUSE;
      this.#handlers.up();
    }
    if (frame.items) this.#handlers.frame(frame);
  }

  #again(handle) {
    this.#handlers.down();
    this.#timer = setTimeout(() => this.open(handle), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
