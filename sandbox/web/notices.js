// What the page itself has to say: a passing notice, and that the server is gone.

const SHOWN_FOR = 6000; // milliseconds

let timer = 0;

/** Say something in passing, in the corner of the page. */
export function notify(text) {
  const box = document.getElementById("notice");
  box.textContent = text;
  box.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => box.classList.remove("shown"), SHOWN_FOR);
}

/** Show that the server is gone, or that it is back; nothing can be sent meanwhile. */
export function setReachable(reachable) {
  document.getElementById("ended").hidden = reachable;
  document.body.classList.toggle("offline", !reachable);
  for (const fields of document.querySelectorAll("form.composer > fieldset")) fields.disabled = !reachable;
}
