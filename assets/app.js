// Small helpers over pages that work without them.
import htmx from "htmx.org";
import { focusBox } from "./palette.js";

// Other bundles ask for parts of a page through the same instance.
window.htmx = htmx;

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    focusBox();
    return;
  }
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = { j: "next", k: "previous", Escape: "close" }[event.key];
  const target = link && document.querySelector(`a[rel~="${link}"]`);
  if (target) {
    event.preventDefault();
    target.click();
  }
  if (event.key === "/") {
    event.preventDefault();
    focusBox();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
  for (const open of document.querySelectorAll("details.me[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

// A slider shows its value while it is moved; the list follows when it is let go.
document.addEventListener("input", (event) => {
  const slider = event.target.closest("input[type=range]");
  if (!slider) return;
  slider.parentElement.querySelector("output").value = `×${Number(slider.value).toFixed(1)}`;
  // The form that runs the study again sends what the sliders show.
  const sent = document.querySelector(`#run-weights [name="${slider.name}"]`);
  if (sent) sent.value = slider.value;
});
document.addEventListener("change", (event) => {
  if (event.target.closest("form[data-submit]")) event.target.form.requestSubmit();
});
for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;

// Suggestions for a line in which a record is named.
let asked;
document.addEventListener("input", (event) => {
  const line = event.target.closest("input[data-pick]");
  const list = line && document.querySelector(`#pick-${line.dataset.pick}`);
  if (!list) return;
  clearTimeout(asked);
  asked = setTimeout(async () => {
    const url = `${list.dataset.source}?q=${encodeURIComponent(line.value)}`;
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (answer.ok) list.innerHTML = await answer.text();
  }, 150);
});
