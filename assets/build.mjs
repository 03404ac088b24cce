// Bundles scripts and styles, the Latin font and the few icons used; nothing is loaded
// from elsewhere.
import { build } from "esbuild";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const out = "src/yanlian_web/ui/static/ui/build";
rmSync(out, { recursive: true, force: true });
mkdirSync(`${out}/fonts`, { recursive: true });
await build({
  entryPoints: {
    app: "assets/app.js",
    chain: "assets/chain.js",
    chart: "assets/chart.js",
    deals: "assets/deals.js",
    graph: "assets/graph.js",
    style: "assets/style.css",
  },
  bundle: true,
  minify: true,
  outdir: out,
  external: ["*.woff2"],
  logLevel: "warning",
});
for (const weight of [400, 500, 600]) {
  cpSync(
    `node_modules/@fontsource/inter/files/inter-latin-${weight}-normal.woff2`,
    `${out}/fonts/inter-${weight}.woff2`,
  );
}
cpSync("node_modules/@fontsource/inter/LICENSE", `${out}/fonts/LICENSE.txt`);

// One sprite of the icons the templates name; each keeps its Tabler drawing.
const names = readFileSync("assets/icons.txt", "utf8").split("\n").filter(Boolean);
const symbols = names.map((name) => {
  const drawing = readFileSync(`node_modules/@tabler/icons/icons/outline/${name}.svg`, "utf8");
  const inner = drawing.replace(/<!--[\s\S]*?-->/, "").replace(/<svg[^>]*>|<\/svg>/g, "").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, "")}</symbol>`;
});
writeFileSync(
  `${out}/icons.svg`,
  `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`,
);
cpSync("node_modules/@tabler/icons/LICENSE", `${out}/icons-LICENSE.txt`);
