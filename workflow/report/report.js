"use strict";
// Tables, plots and comparisons of the report, from the data that stand in the page.
const DATA = JSON.parse(document.getElementById("data").textContent);
const DARK = matchMedia("(prefers-color-scheme: dark)").matches;
const GREY = DARK ? "#6b7280" : "#b8b8b8";
const isShare = (name) => DATA.shares.includes(name);
const lowerIsBetter = (name) => DATA.lower_is_better.includes(name);
const shown = (name, value) =>
  typeof value !== "number" ? (value ?? "") : isShare(name) ? (100 * value).toFixed(2) : Number(value.toPrecision(5));

// A wide grid of numbers is drawn when it comes into view.
function whenSeen(element, draw) {
  new IntersectionObserver((entries, observer) => {
    if (entries.some((entry) => entry.isIntersecting)) { observer.disconnect(); draw(); }
  }, { rootMargin: "300px" }).observe(element);
}

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const quoted = (value) => (/[",\n]/.test(value ?? "") ? `"${String(value).replaceAll('"', '""')}"` : (value ?? ""));
const csv = (columns, rows) => [columns, ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";

function runsTable(section, experiment) {
  const { columns, rows } = experiment.runs;
  const data = rows.map((row, index) => Object.fromEntries([["index", index], ...columns.map((c, i) => [c, row[i]])]));
  const definitions = columns.map((name, i) => {
    const number = rows.some((row) => typeof row[i] === "number");
    return {
      field: name,
      title: (experiment.names[name] ?? name.replaceAll("_", " ")) + (isShare(name) ? " (%)" : ""),
      hozAlign: number ? "right" : "left",
      sorter: number ? "number" : "string",
      formatter: (cell) => echarts.format.encodeHTML(String(shown(name, cell.getValue()))),
      headerFilter: "input",
      headerFilterPlaceholder: number ? "at least" : "contains",
      headerFilterFunc: (wanted, value) =>
        number ? (value === null ? -Infinity : Number(shown(name, value))) >= parseFloat(wanted) // as it is shown
          : String(value ?? "").toLowerCase().includes(wanted.toLowerCase()),
    };
  });
  const table = new Tabulator(section.querySelector(".runs"), {
    data, columns: definitions, index: "index", layout: "fitDataFill", maxHeight: "26rem",
    nestedFieldSeparator: false, headerSortElement: "<span aria-hidden='true'>↕</span>",
    initialSort: columns.includes(experiment.criterion) ? [{ column: experiment.criterion, dir: lowerIsBetter(experiment.criterion) ? "asc" : "desc" }] : [],
  });
  const count = section.querySelector(".count");
  table.on("dataFiltered", (filters, left) => { count.textContent = `${left.length} of ${rows.length} runs`; });
  table.on("tableBuilt", () => {
    for (const title of section.querySelectorAll(".tabulator-col.tabulator-sortable")) {
      title.tabIndex = 0;
      title.addEventListener("keydown", (event) => {
        if (event.target === title && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); title.click(); }
      });
    }
  });
  section.querySelector(".save-runs").addEventListener("click", () => save(`${experiment.name}_runs.csv`, csv(columns, rows)));
  return table;
}

function chart(element) {
  const made = echarts.init(element, DARK ? "dark" : null, { renderer: "canvas" });
  new ResizeObserver(() => made.resize()).observe(element);
  return made;
}

function curves(section, experiment) {
  const element = section.querySelector(".curves");
  if (!element) return;
  const choice = section.querySelector(".metric"), plot = chart(element);
  const configurations = [...new Set(experiment.curves.map((curve) => curve.configuration))];
  const draw = () => {
    const metric = choice.value, factor = isShare(metric) ? 100 : 1;
    const many = configurations.length > 8;
    plot.setOption({
      backgroundColor: "transparent", animation: false, color: DATA.palette, aria: { enabled: true },
      grid: { left: 60, right: 20, top: 20, bottom: 45 },
      tooltip: {
        trigger: "item", confine: true,
        formatter: (p) => `${echarts.format.encodeHTML(p.seriesName)}<br>epoch ${p.value[0]}: ${Number(p.value[1].toPrecision(5))}`,
      },
      xAxis: { type: "value", name: "epoch", nameLocation: "middle", nameGap: 28, min: "dataMin", max: "dataMax" },
      yAxis: { type: "value", scale: true, name: choice.selectedOptions[0].text, nameLocation: "middle", nameGap: 45 },
      series: experiment.curves.map((curve) => {
        const place = configurations.indexOf(curve.configuration), best = curve.configuration === experiment.best;
        return {
          type: "line", name: curve.run, symbolSize: 5, triggerLineEvent: true, emphasis: { focus: "series" }, z: best ? 3 : 2,
          data: curve.epoch.map((epoch, i) => [epoch, curve[metric][i]]).filter((p) => p[1] !== null).map(([e, v]) => [e, factor * v]),
          lineStyle: { width: best ? 3 : 1.2 },
          color: many ? (best ? DATA.palette[0] : GREY) : DATA.palette[place % DATA.palette.length],
        };
      }),
    }, true);
  };
  choice.addEventListener("change", draw);
  draw();
  section.querySelector(".save-curves").addEventListener("click", () => {
    const names = ["run", "configuration", "epoch", ...DATA.metrics];
    const lines = experiment.curves.flatMap((c) => c.epoch.map((e, i) => [c.run, c.configuration, e, ...DATA.metrics.map((m) => c[m][i])]));
    save(`${experiment.name}_histories.csv`, csv(names, lines));
  });
}

function axisOf(title, values, place) {
  const label = { backgroundColor: DARK ? "#16181ae0" : "#ffffffe0", padding: [1, 3], formatter: (v) => (typeof v === "number" ? String(Number(v.toPrecision(4))) : v) };
  const axis = { dim: place, name: title, z: 20, axisLabel: label };
  if (!values.every((value) => typeof value === "number")) {
    return { ...axis, type: "category", data: [...new Set(values.map(String))] };
  }
  const low = Math.min(...values), high = Math.max(...values);
  return { ...axis, type: low > 0 && high >= 100 * low ? "log" : "value", scale: true, min: low === high ? low - 1 : low, max: low === high ? high + 1 : high };
}

function parallel(section, experiment, table) {
  const element = section.querySelector(".parallel");
  if (!element) return;
  const { columns, rows } = experiment.runs;
  const keys = [...Object.keys(experiment.names), experiment.criterion].map((name) => columns.indexOf(name));
  const kept = rows.map((row, index) => ({ row, index })).filter(({ row }) => typeof row[keys.at(-1)] === "number");
  if (!kept.length) { element.textContent = "No run has a score."; return; }
  const share = isShare(experiment.criterion), score = (row) => (share ? 100 : 1) * row[keys.at(-1)];
  const axes = keys.map((key, place) => {
    const last = place === keys.length - 1;
    return axisOf(last ? experiment.criterion.replaceAll("_", " ") + (share ? " (%)" : "") : experiment.names[columns[key]],
      kept.map(({ row }) => (last ? score(row) : row[key])), place);
  });
  const scores = kept.map(({ row }) => score(row)), plot = chart(element);
  const colors = DARK ? ["#5b2a86", "#3b82c4", "#7ad151", "#fde725"] : ["#d9b400", "#35b779", "#31688e", "#440154"];
  if (lowerIsBetter(experiment.criterion)) colors.reverse();
  plot.setOption({
    backgroundColor: "transparent", animation: false, aria: { enabled: true },
    visualMap: {
      show: false, dimension: keys.length - 1, min: Math.min(...scores), max: Math.max(...scores),
      inRange: { color: colors },
    },
    tooltip: { confine: true, formatter: (p) => echarts.format.encodeHTML(String(rows[kept[p.dataIndex].index][0])) },
    parallel: { left: 40, right: 70, top: 50, bottom: 25, parallelAxisDefault: { areaSelectStyle: { width: 24 } } },
    parallelAxis: axes,
    series: {
      type: "parallel", lineStyle: { width: 1.8, opacity: 0.8 }, inactiveOpacity: 0.06, smooth: false,
      data: kept.map(({ row }) => keys.map((key, place) => (place === keys.length - 1 ? score(row) : axes[place].type === "category" ? String(row[key]) : row[key]))),
    },
  });
  let chosen = null;
  const clear = section.querySelector(".clear");
  plot.on("axisareaselected", () => {
    const active = plot.getModel().getSeriesByIndex(0).getRawIndicesByActiveState("active");
    if (chosen) table.removeFilter(chosen);
    const left = new Set(active.map((place) => kept[place].index));
    const brushed = axes.some((_, place) => plot.getModel().getComponent("parallelAxis", place).activeIntervals?.length);
    chosen = brushed ? (row) => left.has(row.index) : null;
    if (chosen) table.addFilter(chosen);
    clear.hidden = !chosen;
  });
  clear.addEventListener("click", () => {
    axes.forEach((_, place) => plot.dispatchAction({ type: "axisAreaSelect", parallelAxisId: plot.getModel().getComponent("parallelAxis", place).id, intervals: [] }));
    if (chosen) table.removeFilter(chosen);
    chosen = null;
    clear.hidden = true;
  });
}

function differences(section, experiment) {
  const choice = section.querySelector(".other"), place = section.querySelector(".differences");
  if (!choice) return;
  choice.addEventListener("change", () => {
    place.replaceChildren();
    const other = DATA.experiments[choice.value];
    if (!other) return;
    const keys = [...new Set([...Object.keys(experiment.settings), ...Object.keys(other.settings)])];
    const rows = keys.filter((key) => experiment.settings[key] !== other.settings[key]);
    const table = document.createElement("table");
    for (const cells of [["", experiment.name, choice.value], ...rows.map((key) => [key, experiment.settings[key] ?? "", other.settings[key] ?? ""])]) {
      const line = table.insertRow();
      for (const cell of cells) line.insertCell().textContent = cell;
    }
    place.append(rows.length ? table : "The settings are the same.");
  });
}

const zoom = document.getElementById("zoom");
for (const button of document.querySelectorAll("figure button")) {
  button.addEventListener("click", () => {
    const image = button.querySelector("img");
    Object.assign(zoom.querySelector("img"), { src: image.src, alt: image.alt });
    zoom.querySelector("p").textContent = button.closest("figure").querySelector("figcaption").textContent;
    zoom.showModal();
  });
}
zoom.addEventListener("click", (event) => { if (event.target === zoom) zoom.close(); });

for (const image of document.querySelectorAll("img[data-of]")) {
  const original = document.getElementById(image.dataset.of);
  if (original) image.src = original.src;
}

for (const section of document.querySelectorAll("section[data-experiment]")) {
  const experiment = DATA.experiments[section.dataset.experiment];
  differences(section, experiment);
  whenSeen(section, () => {
    const table = runsTable(section, experiment);
    curves(section, experiment);
    table.on("tableBuilt", () => parallel(section, experiment, table));
  });
}
