// The one box: everything that can be found and every command, by keyboard. Without
// this script the box is a form whose answer is a page.
const field = document.querySelector("#search-field");
const box = document.querySelector("#found");
const said = document.querySelector("#found-said");
const options = () => [...box.querySelectorAll('[role="option"]')];
let asked = 0;
let waiting;
let shownFor = null;
let chosen = -1;

function choose(at) {
  const all = options();
  all[chosen]?.setAttribute("aria-selected", "false");
  chosen = all.length ? (at + all.length) % all.length : -1;
  const link = all[chosen];
  if (!link) {
    field.removeAttribute("aria-activedescendant");
    return;
  }
  link.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", link.id);
  link.scrollIntoView({ block: "nearest" });
}

function close() {
  clearTimeout(waiting);
  asked += 1;
  box.hidden = true;
  shownFor = null;
  chosen = -1;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

async function open() {
  const text = field.value.trim();
  if (text === shownFor) return;
  asked += 1;
  const mine = asked;
  const url = `${field.dataset.found}?q=${encodeURIComponent(text)}`;
  const answer = await fetch(url, { headers: { "HX-Request": "true" } });
  // What was asked before what is written now is late.
  if (!answer.ok || mine !== asked) return;
  box.innerHTML = await answer.text();
  options().forEach((link, k) => {
    link.id = `hit-${k}`;
    link.tabIndex = -1;
  });
  box.hidden = false;
  shownFor = text;
  chosen = -1;
  field.setAttribute("aria-expanded", "true");
  // With a text, Enter takes the likeliest.
  if (text && box.querySelector('[role="group"]')) choose(0);
  said.textContent = box.querySelector(".hint")?.textContent ?? `${options().length}`;
}

export function focusBox() {
  field?.focus();
  field?.select();
  if (field) open();
}

function keys(event) {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    event.preventDefault();
    if (box.hidden) field.blur();
    close();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (box.hidden) open();
    else choose(chosen + (event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1));
  } else if (event.key === "Enter") {
    const link = !box.hidden && shownFor === field.value.trim() && options()[chosen];
    if (link) {
      event.preventDefault();
      link.click();
    }
  } else if (event.key === "Tab") close();
}

if (field && box) {
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(open, 120);
  });
  // A word that an input method is still composing is none yet.
  field.addEventListener("compositionend", open);
  field.addEventListener("keydown", keys);
  field.addEventListener("click", open);
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".find")) close();
  });
}
