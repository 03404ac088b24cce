// The board of deals: dragging a card, or moving it by keys, opens the gate of the stage
// it is put on. The card itself stays where it is; only the gate moves it.
import Sortable from "sortablejs";

const board = document.querySelector("#board");
const sheet = document.querySelector("#gate");
const page = document.querySelector("#deals");
const columns = () => [...board.querySelectorAll("section[data-stage]")];
let lifted = null;
let target = 0;

function open(card, stage) {
  const url = `${card.dataset.gate}?to=${encodeURIComponent(stage)}`;
  mark(card);
  window.htmx.ajax("GET", url, { target: "#gate", swap: "innerHTML" });
}

function mark(card) {
  board.querySelector(".deal.chosen")?.classList.remove("chosen");
  card?.classList.add("chosen");
}

function close() {
  sheet.hidden = true;
  sheet.replaceChildren();
  page.classList.add("alone");
  page.classList.remove("open");
  const card = board.querySelector(".deal.chosen");
  mark(null);
  card?.focus();
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target !== sheet) return;
  sheet.hidden = false;
  page.classList.remove("alone");
  // Where the sheet does not fit beside the board it stands in its place.
  page.classList.add("open");
  sheet.focus();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) {
    event.preventDefault();
    close();
  }
  const link = event.target.closest(".deal .lack");
  if (link) mark(link.closest(".deal"));
});

for (const list of board.querySelectorAll("ul[data-column]")) {
  Sortable.create(list, {
    group: "deals",
    sort: false,
    delay: 180,
    delayOnTouchOnly: true,
    filter: "a",
    preventOnFilter: false,
    ghostClass: "ghost",
    dragClass: "drag",
    onStart: () => board.classList.add("dragging"),
    onEnd(event) {
      board.classList.remove("dragging");
      const { item, from, to, oldIndex } = event;
      if (from === to) return;
      from.insertBefore(item, from.children[oldIndex] ?? null);
      open(item, to.dataset.column);
    },
  });
}

function put(card) {
  card?.classList.remove("lifted");
  for (const column of columns()) column.classList.remove("aim");
  lifted = null;
}

board.addEventListener("keydown", (event) => {
  const card = event.target.closest(".deal");
  if (!card || event.target !== card) return;
  if (event.key === "Enter" && !lifted) {
    card.querySelector(".who a").click();
  } else if (event.key === " ") {
    event.preventDefault();
    if (!lifted) {
      lifted = card;
      card.classList.add("lifted");
      target = columns().indexOf(card.closest("section"));
    } else {
      const stage = columns()[target].dataset.stage;
      const here = card.closest("section").dataset.stage;
      put(card);
      if (stage !== here) open(card, stage);
    }
  } else if (lifted && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    event.preventDefault();
    const all = columns();
    all[target].classList.remove("aim");
    target = (target + (event.key === "ArrowRight" ? 1 : -1) + all.length) % all.length;
    all[target].classList.add("aim");
    all[target].scrollIntoView({ block: "nearest", inline: "nearest" });
  } else if (lifted && event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    put(card);
  }
});
