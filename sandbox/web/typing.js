// Fields that grow with what is typed in them.

const MOST = 0.4; // of the window's height

/** Make the field as high as its text, up to a part of the window. */
export function fit(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, innerHeight * MOST)}px`;
}
