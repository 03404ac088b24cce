// Bundles scripts and styles and copies the Latin font; nothing is loaded from elsewhere.
import { build } from "esbuild";
import { cpSync, mkdirSync, rmSync } from "node:fs";

const out = "src/yanlian_web/ui/static/ui/build";
rmSync(out, { recursive: true, force: true });
mkdirSync(`${out}/fonts`, { recursive: true });
await build({
  entryPoints: { app: "assets/app.js", style: "assets/style.css" },
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
