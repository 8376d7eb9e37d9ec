// Times as Slack writes them, in the reader's time zone. "Today" is the day of the workspace, whose
// clock can be moved.

let ahead = 0; // milliseconds by which the workspace's clock is ahead of this machine's

/** Take over the workspace's time, an ISO date. */
export function setNow(iso) {
  ahead = Date.parse(iso) - Date.now();
}

/** The workspace's time. */
export const now = () => new Date(Date.now() + ahead);

/** The moment of a message's ts. */
export const dateOf = (ts) => new Date(Number(ts) * 1000);

const form = (options) => {
  const format = new Intl.DateTimeFormat("en-GB", options);
  return (date) => format.format(date);
};
const time = form({ hour: "2-digit", minute: "2-digit" });
const weekday = form({ weekday: "long", day: "numeric", month: "long" });
const short = form({ day: "numeric", month: "short", year: "numeric" });
const medium = form({ day: "numeric", month: "long", year: "numeric" });
const long = form({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const seconds = form({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const clock = form({
  weekday: "short", day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
});
const number = form({ year: "numeric", month: "2-digit", day: "2-digit" });

export { time as timeText, seconds as secondsText, clock as clockText };

/** A day as a number that two moments of the same day share. */
export const dayOf = (date) => new Date(date).setHours(0, 0, 0, 0);

const daysAgo = (date) => Math.round((dayOf(now()) - dayOf(date)) / 86400000);
const relative = (date) => ({ 0: "Today", 1: "Yesterday", "-1": "Tomorrow" })[daysAgo(date)];

/** The label of a day divider. */
export function dayText(date) {
  return relative(date) || (Math.abs(daysAgo(date)) < 300 ? weekday(date) : long(date));
}

/** Date and time, for tooltips. */
export const fullText = (date) => `${relative(date) || long(date)} at ${seconds(date)}`;

/** "3 minutes ago", for the summary of a thread. */
export function agoText(date) {
  const minutes = Math.floor((now() - date) / 60000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return counted(minutes, "minute");
  if (minutes < 24 * 60) return counted(Math.floor(minutes / 60), "hour");
  return counted(Math.floor(minutes / 60 / 24), "day");
}

const counted = (n, unit) => `${n} ${unit}${n === 1 ? "" : "s"} ago`;

const TOKENS = {
  date_num: number,
  date: medium,
  date_short: short,
  date_long: long,
  date_pretty: (date) => relative(date) || medium(date),
  date_short_pretty: (date) => relative(date) || short(date),
  date_long_pretty: (date) => relative(date) || long(date),
  time,
  time_secs: seconds,
  ago: agoText,
};

// Where a word begins with a capital: at the start of a line or of a sentence.
const BEGINNING = /(^|\n|[.!?]\s)\s*$/;

/** What stands before a date in its paragraph. */
function textBefore(node) {
  const words = [];
  for (let each = node.previousSibling; each; each = each.previousSibling) {
    words.unshift(each.nodeName === "BR" ? "\n" : each.textContent);
  }
  const inline = node.parentElement.matches("b, i, s, em, strong, a, code");
  return (inline ? textBefore(node.parentElement) : "") + words.join("");
}

/** Write the dates of a message (`<!date^…>`) for this reader. */
export function fillDates(root) {
  for (const node of root.querySelectorAll("time[data-ts][data-format]")) {
    const date = dateOf(node.dataset.ts);
    if (Number.isNaN(date.getTime())) continue; // beyond all calendars: the fallback stays
    const begins = BEGINNING.test(textBefore(node));
    const written = (whole, token, at) => {
      const words = TOKENS[token] ? TOKENS[token](date) : whole;
      return words === relative(date) && !(begins && at === 0) ? words.toLowerCase() : words;
    };
    node.textContent = node.dataset.format.replace(/\{(\w+)\}/g, written);
    node.title = fullText(date);
  }
}

/** Seconds from now until the next Monday at nine in the morning, the reader's time. */
export function untilMonday() {
  const monday = now();
  monday.setHours(9, 0, 0, 0);
  monday.setDate(monday.getDate() + ((8 - monday.getDay()) % 7));
  if (monday <= now()) monday.setDate(monday.getDate() + 7);
  return Math.ceil((monday - now()) / 1000);
}
