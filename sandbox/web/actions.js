// What a person does, posted to the server. The answer to most of it arrives by the feed.

import { notify } from "./notices.js";
import { CLIENT, handle } from "./place.js";

const UNREACHABLE = "The sandbox does not answer.";
// What may open a modal; it belongs to the window in which that was done.
const OPENING = ["click", "command", "shortcut"];

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(path, request).catch(() => null);
  if (!response) return { error: UNREACHABLE };
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return { error: `${path} answered ${response.status}: ${text.slice(0, 200)}` };
  }
}

/** A verb of `/sandbox/`; an {error} in the answer is shown unless `quiet`. */
export async function act(verb, body, { quiet = false } = {}) {
  const window = OPENING.includes(verb) ? { client: CLIENT } : {};
  const answer = await post(`/sandbox/${verb}`, { user: handle(), ...window, ...body });
  if (answer.error && !quiet) notify(answer.error);
  return answer;
}

/** A control of the sandbox that no person does: clock, fault, play. */
export async function control(verb, body) {
  const answer = await post(`/sandbox/${verb}`, body);
  if (answer.error) notify(answer.error);
  return answer;
}

/** A method of the Web API with the person's own token; errors in `expected` are not worth a word. */
export async function api(method, body, expected = []) {
  const answer = await post(`/api/${method}`, { token: `xoxp-${handle()}`, ...body });
  if (answer.error && !expected.includes(answer.error)) notify(`${method}: ${answer.error}`);
  return answer;
}
