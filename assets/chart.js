// Figures of the library drawn by ECharts; without it the page keeps its own drawing.
import { BarChart, ScatterChart } from "echarts/charts";
import { AriaComponent, DataZoomComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, ScatterChart, AriaComponent, DataZoomComponent, GridComponent, TooltipComponent, LabelLayout, SVGRenderer]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Plain coordinates keep their shape: a degree of longitude is drawn as long as it is.
function keepShape(option, box) {
  const all = option.series[0].data.map((point) => point.value);
  if (!option.shrink || !all.length) return;
  const [w, h] = [box.clientWidth - 60, box.clientHeight - 46];
  const range = (i, pad) => [Math.min(...all.map((p) => p[i])) - pad, Math.max(...all.map((p) => p[i])) + pad];
  const [x, y] = [range(0, 0.6), range(1, 0.4)];
  const scale = Math.min(w / ((x[1] - x[0]) * option.shrink), h / (y[1] - y[0]));
  const grow = (r, size) => {
    const more = (size - (r[1] - r[0])) / 2;
    return [r[0] - more, r[1] + more];
  };
  const [a, b] = grow(x, w / scale / option.shrink);
  const [c, d] = grow(y, h / scale);
  Object.assign(option.xAxis, { min: a, max: b });
  Object.assign(option.yAxis, { min: c, max: d });
}

for (const box of document.querySelectorAll("[data-figure]")) {
  const option = JSON.parse(box.dataset.figure);
  box.replaceChildren();
  box.classList.add("live");
  keepShape(option, box);
  const [ink, soft, line] = [token("--ink"), token("--ink-3"), token("--line")];
  const text = { color: ink, fontFamily: "inherit", fontSize: 11 };
  for (const axis of [option.xAxis, option.yAxis]) {
    axis.axisLine = { lineStyle: { color: token("--line-3") }, show: axis.type === "category" };
    axis.axisTick = { show: false };
    axis.splitLine = { show: axis.type === "value", lineStyle: { color: line } };
    axis.axisLabel = { ...axis.axisLabel, color: soft, fontSize: 11, showMinLabel: false, showMaxLabel: false };
    if (axis.type === "category") Object.assign(axis.axisLabel, { showMinLabel: true, showMaxLabel: true });
  }
  for (const series of option.series) {
    series.itemStyle = { color: token("--ink-2"), opacity: series.type === "scatter" ? 0.75 : 1 };
    series.label = { ...series.label, ...text };
    for (const item of series.data) if (item.label) item.label = { ...item.label, ...text };
  }
  option.textStyle = text;
  option.tooltip = { ...option.tooltip, renderMode: "richText", backgroundColor: token("--paper"), borderColor: line, textStyle: { ...text, fontSize: 12 } };
  const chart = init(box, null, { renderer: "svg" });
  chart.setOption(option);
  chart.on("click", (event) => {
    if (event.data?.href) location.assign(event.data.href);
  });
  new ResizeObserver(() => chart.resize()).observe(box);
}
