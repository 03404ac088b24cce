// Draws the supplies of the segment in focus over the lanes; the sheet lists the same.
const chain = document.querySelector(".chain.focused");

function draw() {
  chain.querySelector(".edges")?.remove();
  const focus = chain.querySelector(".cell.focus");
  const frame = chain.getBoundingClientRect();
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "edges");
  svg.setAttribute("aria-hidden", "true");
  const box = (cell) => {
    const r = cell.getBoundingClientRect();
    return { l: r.left - frame.left, r: r.right - frame.left, y: r.top - frame.top + r.height / 2 };
  };
  const here = box(focus);
  for (const cell of chain.querySelectorAll(".cell.in, .cell.out")) {
    const there = box(cell);
    const into = cell.classList.contains("in");
    const [from, to] = into ? [there, here] : [here, there];
    const path = document.createElementNS(space, "path");
    let d;
    if (Math.abs(from.l - to.l) < 8) {
      const bend = Math.min(18, 6 + Math.abs(from.y - to.y) / 14);
      d = `M${from.l},${from.y} C${from.l - bend},${from.y} ${to.l - bend},${to.y} ${to.l},${to.y}`;
    } else {
      const [x1, x2] = from.l < to.l ? [from.r, to.l] : [from.l, to.r];
      const pull = Math.max(30, Math.abs(x2 - x1) * 0.45) * Math.sign(x2 - x1);
      d = `M${x1},${from.y} C${x1 + pull},${from.y} ${x2 - pull},${to.y} ${x2},${to.y}`;
    }
    path.setAttribute("d", d);
    path.setAttribute("class", into ? "in" : "out");
    path.setAttribute("stroke-width", { 3: 2.2, 2: 1.6, 1: 1 }[cell.dataset.need]);
    if (cell.dataset.own) path.setAttribute("stroke-dasharray", "4 3");
    svg.append(path);
  }
  chain.append(svg);
}

if (chain) {
  draw();
  new ResizeObserver(draw).observe(chain);
  document.fonts?.ready.then(draw);
}
