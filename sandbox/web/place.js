// Who one is and what one looks at, kept in the address: two windows are two people, a reload keeps both.

/** The handle of the person that this window acts as. */
export const handle = () => new URLSearchParams(location.search).get("as") || "ana";

/** This window among those of the same person; a reload keeps it. */
export const CLIENT = sessionStorage.getItem("client") || crypto.randomUUID();
sessionStorage.setItem("client", CLIENT);

/** {channel, thread} or {home: true}, as the address says; {} where it names nothing. */
export function place() {
  const [first, thread] = location.hash.slice(1).split("/");
  if (first === "home") return { home: true };
  return first ? { channel: first, thread: thread || null } : {};
}

/** The address of a place, for links. */
export function hashOf({ channel, thread, home }) {
  if (home) return "#home";
  return thread ? `#${channel}/${thread}` : `#${channel}`;
}

/** Look at another place. With `replace` the way back does not lead through the old one. */
export function go(where, { replace = false } = {}) {
  const hash = hashOf(where);
  if (hash === location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", location.search + hash);
  dispatchEvent(new Event("place"));
}

/** Act as somebody else; `replace` as for `go`. */
export function become(name, { replace = false } = {}) {
  const search = new URLSearchParams(location.search);
  search.set("as", name);
  history[replace ? "replaceState" : "pushState"](null, "", `/?${search}${location.hash}`);
  dispatchEvent(new Event("person"));
}

// The same server has several names on this machine.
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
const isHere = ({ host, hostname, port }) => host === location.host
  || (port === location.port && LOOPBACK.includes(hostname) && LOOPBACK.includes(location.hostname));

/** What a permalink (`/archives/C0/p1700000000000100?thread_ts=…`) points to, or null. */
export function pointed(address) {
  if (!URL.canParse(address, location.href)) return null;
  const url = new URL(address, location.href);
  const found = /^\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(url.pathname);
  if (!isHere(url) || !found) return null;
  const ts = `${found[2]}.${found[3]}`;
  const root = url.searchParams.get("thread_ts");
  return { channel: found[1], ts, thread: root && root !== ts ? root : null };
}

/** The address that Slack's "Copy link" gives for a message. */
export function permalink({ channel, ts, thread_ts: root }) {
  const thread = root && root !== ts ? `?thread_ts=${root}&cid=${channel}` : "";
  return `${location.origin}/archives/${channel}/p${ts.replace(".", "")}${thread}`;
}
