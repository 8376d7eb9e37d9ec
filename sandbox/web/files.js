// The files of a message: a card with a preview and a way to download it.

import { icon, make } from "./make.js";

function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The elements that show a message's files. */
export function filesOf({ files = [] }) {
  return files.map((file) => {
    const title = file.title || file.name;
    const opening = { href: file.url, target: "_blank", rel: "noopener", dir: "auto" };
    const saving = { href: file.url, download: file.name, "aria-label": `Download ${title}` };
    const words = make("div.file-words", {},
      make("a.file-name", opening, title), make("span.file-size", {}, sizeOf(file.size)));
    const download = make("a.bk-button", saving, "Download");
    const head = make("div.file-head", {}, icon("file"), words, download);
    return make("div.file", {}, head, previewOf(file, title));
  });
}

function previewOf(file, title) {
  if (file.is_image) return make("img", { src: file.url, alt: title, loading: "lazy" });
  if (!file.preview) return null;
  const region = { tabindex: "0", role: "region", "aria-label": `Preview of ${title}`, dir: "auto" };
  return make("pre", region, file.preview);
}
