"use strict";
// Tables, plots and comparisons of the report, from the data in the page.
const DATA = JSON.parse(document.getElementById("data").textContent);
const DARK = matchMedia("(prefers-color-scheme: dark)").matches;
const GREY = DARK ? "#6b7280" : "#b8b8b8";
const isShare = (name) => DATA.shares.includes(name);
const lowerIsBetter = (name) => DATA.lower_is_better.includes(name);
const shown = (name, value) =>
  typeof value !== "number" ? (value ?? "") : isShare(name) ? (100 * value).toFixed(2) : Number(value.toPrecision(5));

// Tables and plots are drawn shortly before they come into view.
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

// A cell of a CSV file; a text that a spreadsheet would run as a formula gets a leading '.
const quoted = (value) => {
  const text = String(value ?? ""), safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
const csv = (columns, rows) => [columns, ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";

// The test for a filter's text: ">= 0.9", "< 3", "= 5", "90..95", or several of them; a number alone is a lower limit.
function numberTest(text) {
  const tests = [];
  const rest = text.replace(/≥/g, ">=").replace(/≤/g, "<=").replace(/(-?[\d.]*\d(?:e[-+]?\d+)?)\s*\.\.\s*(-?[\d.]*\d(?:e[-+]?\d+)?)/gi, (_, low, high) => {
    tests.push((value) => value >= Number(low) && value <= Number(high));
    return "";
  });
  for (const [, sign, number] of rest.matchAll(/(>=|<=|>|<|=)?\s*(-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)/gi)) {
    const limit = Number(number);
    tests.push({
      ">": (value) => value > limit, "<": (value) => value < limit,
      "<=": (value) => value <= limit, "=": (value) => value === limit,
    }[sign] ?? ((value) => value >= limit));
  }
  return (value) => tests.every((test) => test(value));
}

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
      headerFilterPlaceholder: number ? ">= or <=" : "contains",
      headerFilterFunc: (wanted, value) =>
        number ? numberTest(wanted)(value === null ? NaN : Number(shown(name, value))) // as shown
          : String(value ?? "").toLowerCase().includes(wanted.toLowerCase()),
    };
  });
  if (innerWidth < 500) definitions.sort((a, b) => (b.field === experiment.criterion) - (a.field === experiment.criterion));
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

// For each epoch the mean, lowest and highest of the runs that reached it.
function summaryOf(runs, metric, factor) {
  const values = new Map();
  for (const run of runs) {
    run.epoch.forEach((epoch, i) => {
      if (run[metric][i] !== null) values.set(epoch, [...(values.get(epoch) ?? []), factor * run[metric][i]]);
    });
  }
  return [...values].sort(([a], [b]) => a - b)
    .map(([epoch, found]) => [epoch, found.reduce((sum, value) => sum + value, 0) / found.length, Math.min(...found), Math.max(...found)]);
}

function curves(section, experiment) {
  const element = section.querySelector(".curves");
  if (!element) return;
  const choice = section.querySelector(".metric"), single = section.querySelector(".single"), plot = chart(element);
  const configurations = [...new Set(experiment.curves.map((curve) => curve.configuration))];
  const many = configurations.length > 8;
  const title = (name) => (configurations.length === 1 ? "all runs" : name.replaceAll("__", ", ") + (name === experiment.best ? " (best)" : ""));
  const colorOf = (name) => (!many ? DATA.palette[configurations.indexOf(name)] : name === experiment.best ? DATA.palette[0] : GREY);
  const keyOf = (name) => (many && name !== experiment.best ? `the other ${configurations.length - 1}` : title(name));
  const hidden = new Set(), keys = new Map(configurations.map((name) => [keyOf(name), colorOf(name)]));
  for (const [key, color] of keys) {
    const label = document.createElement("label"), box = document.createElement("input"), mark = document.createElement("i");
    Object.assign(box, { type: "checkbox", checked: true });
    mark.style.background = color;
    box.addEventListener("change", () => { hidden[box.checked ? "delete" : "add"](key); draw(); });
    label.append(box, mark, ` ${key}`);
    section.querySelector(".legend").append(label);
  }
  const draw = () => {
    const metric = choice.value, factor = isShare(metric) ? 100 : 1, series = [];
    configurations.forEach((name, place) => {
      if (hidden.has(keyOf(name))) return;
      const runs = experiment.curves.filter((curve) => curve.configuration === name), best = name === experiment.best;
      const color = colorOf(name);
      const common = { type: "line", color, z: best ? 3 : 2, triggerLineEvent: true };
      const rows = summaryOf(runs, metric, factor);
      if (single.checked) {
        for (const run of runs) {
          series.push({
            ...common, id: run.run, symbolSize: 5, lineStyle: { width: best ? 2 : 1 }, emphasis: { focus: "series" },
            data: run.epoch.map((epoch, i) => [epoch, run[metric][i]]).filter((p) => p[1] !== null).map(([e, v]) => [e, factor * v]),
          });
        }
        return;
      }
      if (runs.length > 1 && (!many || best)) {
        // Forward along the highest values and back along the lowest: the areas below both cancel.
        series.push({
          type: "line", id: `${name} band`, color, silent: true, symbol: "none", z: 1, lineStyle: { opacity: 0 }, areaStyle: { color, opacity: 0.18, origin: "start" },
          data: [...rows.map(([epoch, , , high]) => [epoch, high]), ...rows.toReversed().map(([epoch, , low]) => [epoch, low])],
        });
      }
      series.push({
        ...common, id: `${title(name)}, mean of ${runs.length}`, symbolSize: rows.length > 30 ? 0 : 5,
        lineStyle: { width: best ? 3 : 1.5 }, data: rows.map((row) => row.slice(0, 2)),
      });
    });
    plot.setOption({
      backgroundColor: "transparent", animation: false, color: DATA.palette, aria: { enabled: true },
      grid: { left: 60, right: 20, top: 20, bottom: 45 },
      tooltip: {
        trigger: "item", confine: true,
        formatter: (p) => `${echarts.format.encodeHTML(p.seriesId)}<br>epoch ${p.value[0]}: ${Number(p.value[1].toPrecision(5))}`,
      },
      xAxis: { type: "value", name: "epoch", nameLocation: "middle", nameGap: 28, min: "dataMin", max: "dataMax", axisLabel: { hideOverlap: true, formatter: (v) => String(Number(v.toPrecision(5))) } },
      yAxis: { type: "value", scale: true, name: choice.selectedOptions[0].text, nameLocation: "middle", nameGap: 45 },
      series,
    }, true);
  };
  single.addEventListener("change", draw);
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
  const colors = ["#8458b3", "#3b82c4", "#1f9e78", "#b08d00"]; // from worst to best, visible on white and on black
  if (lowerIsBetter(experiment.criterion)) colors.reverse();
  plot.setOption({
    backgroundColor: "transparent", animation: false, aria: { enabled: true },
    visualMap: {
      dimension: keys.length - 1, min: Math.min(...scores), max: Math.max(...scores), precision: 2,
      orient: "horizontal", left: "center", bottom: 0, itemHeight: 120, itemWidth: 12, textStyle: { color: DARK ? "#e6e6e6" : "#1f2328" },
      text: [Math.max(...scores), Math.min(...scores)].map((value) => String(Number(value.toPrecision(4)))),
      inRange: { color: colors },
    },
    tooltip: { confine: true, formatter: (p) => echarts.format.encodeHTML(String(rows[kept[p.dataIndex].index][0])) },
    parallel: { left: 40, right: 70, top: 50, bottom: 55, parallelAxisDefault: { areaSelectStyle: { width: 24 } } },
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

function mistakes(section) {
  const rows = [...section.querySelectorAll(".mistakes tr[data-true_class]")], choices = [...section.querySelectorAll("select.class")];
  const choose = () => {
    for (const row of rows) row.hidden = choices.some((choice) => choice.selectedIndex > 0 && row.dataset[choice.dataset.column] !== choice.value);
    section.querySelector(".left").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} mistakes`;
  };
  for (const choice of choices) choice.addEventListener("change", choose);
}

const zoom = document.getElementById("zoom");
for (const button of document.querySelectorAll("figure > button")) {
  button.addEventListener("click", () => {
    const image = button.querySelector("img");
    Object.assign(zoom.querySelector("img"), { src: image.src, alt: image.alt });
    zoom.querySelector("p").textContent = button.closest("figure").querySelector(".caption").textContent;
    zoom.showModal();
  });
}
zoom.addEventListener("click", (event) => { if (event.target === zoom) zoom.close(); });

for (const button of document.querySelectorAll("button.copy")) {
  const title = button.textContent, { command } = button.dataset;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command);
      button.textContent = "Copied";
    } catch { // not allowed by the browser
      window.prompt("The command", command);
    }
    setTimeout(() => { button.textContent = title; }, 1500);
  });
}

for (const section of document.querySelectorAll("section[data-experiment]")) {
  const experiment = DATA.experiments[section.dataset.experiment];
  differences(section, experiment);
  mistakes(section);
  for (const plot of section.querySelectorAll(".curves")) whenSeen(plot, () => curves(section, experiment));
  whenSeen(section.querySelector(".parallel") ?? section.querySelector(".runs"), () => {
    const table = runsTable(section, experiment);
    table.on("tableBuilt", () => setTimeout(() => parallel(section, experiment, table))); // a task of its own
  });
}
