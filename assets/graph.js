// The chain as a graph; positions are computed on the server, Cytoscape only draws.
import cytoscape from "cytoscape";

const box = document.querySelector("#graph");
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

async function draw() {
  // Cytoscape would write its one rule into the page, which the policy forbids; the sheet
  // has the rule, and this mark tells so.
  const mark = document.createElement("meta");
  mark.id = "__________cytoscape_stylesheet";
  document.head.append(mark);
  const data = await (await fetch(box.dataset.source)).json();
  const graph = cytoscape({
    container: box,
    elements: [
      ...data.nodes.map((n) => ({ data: n, position: { x: n.x, y: n.y } })),
      ...data.edges.map((e) => ({ data: e })),
    ],
    layout: { name: "preset" },
    minZoom: 0.15,
    maxZoom: 3,
    style: [
      { selector: "node", style: { shape: "round-rectangle", width: 104, height: 22, label: "data(label)", "font-size": 11.5, "text-valign": "center", "text-halign": "center", "font-family": getComputedStyle(box).fontFamily, color: token("--ink-2"), "background-color": token("--paper"), "border-width": 1, "border-style": "dashed", "border-color": token("--s-none-line") } },
      ...[1, 2, 3, 4, 5].map((s) => ({ selector: `node[step = ${s}]`, style: { "background-color": token(`--s${s}`), color: token(`--s${s}-on`), "border-width": 0 } })),
      { selector: "node[?marked]", style: { "border-width": 2, "border-style": "solid", "border-color": token("--ink") } },
      { selector: "edge", style: { width: 0.5, "line-color": token("--line-2"), "curve-style": "straight", opacity: 0.7 } },
      { selector: "edge[need = 3]", style: { width: 0.9, "line-color": token("--line-3") } },
      { selector: ".dim", style: { opacity: 0.14 } },
      { selector: "edge.into", style: { width: 2, "line-color": token("--in"), opacity: 1, "curve-style": "bezier", "target-arrow-shape": "triangle", "target-arrow-color": token("--in"), "arrow-scale": 0.7 } },
      { selector: "edge.from", style: { width: 2, "line-color": token("--out"), opacity: 1, "curve-style": "bezier", "target-arrow-shape": "triangle", "target-arrow-color": token("--out"), "arrow-scale": 0.7 } },
    ],
  });
  graph.fit(undefined, 16);
  const clear = () => graph.elements().removeClass("dim into from");
  const show = (node) => {
    clear();
    graph.elements().not(node.closedNeighborhood()).addClass("dim");
    node.incomers("edge").addClass("into");
    node.outgoers("edge").addClass("from");
  };
  graph.on("mouseover", "node", (event) => show(event.target));
  graph.on("mouseout", "node", clear);
  graph.on("tap", "node", (event) => location.assign(event.target.data("href")));
  box.querySelector("p")?.remove();
}

if (box) draw();
