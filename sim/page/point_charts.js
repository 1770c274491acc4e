// Draws the charts of a sweep as SVG: parallel coordinates, a heat map and a Pareto front. Style sheets colour them.
"use strict";
(() => {
  const { byId, columns, values, passing, passes, picked, pick, step, count } = points;
  const NEAR_PX = 24, SAME_PX = 1;
  const HEAT = ["#ffffe5", "#fff7bc", "#fee391", "#fec44f", "#fe9929", "#ec7014", "#cc4c02", "#993404", "#662506"];
  const FEW_TICKS = 6; // values of a column that has a tick for each
  const MOST_FIELDS = 24; // values of an axis of the heat map, beyond which they are taken together
  const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 4 });
  const long = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });
  const written = (value, form = long) => (typeof value === "number" ? form.format(value) : String(value ?? "-"));
  const column_of = (name) => columns.findIndex((one) => one.name === name);
  const all = [...Array(count).keys()];

  // A shape of SVG; what it is called reaches it as text only.
  const shape = (name, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const label = (x, y, text, anchor = "middle", room = Infinity) => { // cut to the room that it has
    const most = Math.max(1, Math.floor(room / 7)), cut = text.length > most;
    const made = shape("text", { x, y, "text-anchor": anchor }, cut ? `${text.slice(0, most - 1)}…` : text);
    if (cut) made.append(shape("title", {}, text));
    return made;
  };
  const dots = (places) => places.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");
  const ring = ([x, y]) => `M${x - 7} ${y}a7 7 0 1 0 14 0a7 7 0 1 0 -14 0`;
  const path = (places) => places.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

  // A scale: from the values of a column to places from low to high; words lie in their order.
  const scale = (column, low, high) => {
    const here = values[column], known = here.filter((value) => value !== null);
    if (!columns[column].number) {
      const words = [...new Set(known)].sort(), at = new Map(words.map((word, place) => [word, place]));
      const place = (value) => low + ((at.get(value) + 0.5) / words.length) * (high - low);
      return { place, ticks: words };
    }
    const least = known.reduce((a, b) => Math.min(a, b), Infinity), most = known.reduce((a, b) => Math.max(a, b), -Infinity);
    const width = most - least || 1, from = most > least ? least : least - 0.5;
    const place = (value) => low + ((value - from) / width) * (high - low);
    const distinct = [...new Set(known)];
    if (distinct.length <= FEW_TICKS) return { place, ticks: distinct };
    const rough = (0.75 * width) / 5, size = 10 ** Math.floor(Math.log10(rough));
    const each = [1, 2, 5, 10].map((one) => one * size).find((one) => one >= rough);
    const ticks = [];
    for (let tick = Math.ceil(from / each); tick * each <= from + width * (1 + 1e-9); tick += 1) ticks.push(tick * each);
    return { place, ticks };
  };

  // A chart: drawn anew when its width, the filter, the selection or a choice changes.
  const chart = (name, draw) => {
    const place = byId(name), near = byId(`${name}-near`);
    if (!place) return () => {};
    let wide = 0, drawn = { nearest: () => null, order: () => [], mark: () => {} };
    const redraw = () => {
      const width = place.clientWidth;
      if (!width) return;
      wide = width;
      const { height, shapes, ...rest } = draw(width);
      const sheet = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
      sheet.append(...shapes);
      place.replaceChildren(sheet);
      drawn = rest;
      drawn.mark(picked());
    };
    const found = (event) => {
      const { left, top } = place.getBoundingClientRect();
      return drawn.nearest(event.clientX - left, event.clientY - top);
    };
    place.addEventListener("pointermove", (event) => {
      const row = found(event);
      near.textContent = row === null ? "" : drawn.said(row);
    });
    place.addEventListener("click", (event) => {
      const row = found(event);
      if (row !== null) pick(row);
    });
    place.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      step(drawn.order(), by);
      near.textContent = drawn.said(picked());
    });
    new ResizeObserver(() => { if (place.clientWidth !== wide) redraw(); }).observe(place);
    points.changed((what) => (what === "picked" ? drawn.mark(picked()) : redraw()));
    redraw();
    return redraw;
  };
  const with_values = (row, some) =>
    `${points.name(row)} ${some.map((column) => `${columns[column].name} = ${written(values[column][row])}`).join(", ")}`;
  const nearest_of = (places) => (x, y) => { // the row whose place is nearest, if it is near
    let best = null, least = NEAR_PX;
    for (const one of places) {
      const distance = Math.hypot(one[1][0] - x, one[1][1] - y);
      if (distance < least) [best, least] = [one, distance];
    }
    if (!best) return null;
    const there = ([, at]) => Math.hypot(at[0] - best[1][0], at[1] - best[1][1]) < SAME_PX;
    const rows = places.filter(there).map(([row]) => row); // of several in one place, that after the selected one
    return rows[(rows.indexOf(picked()) + 1) % rows.length];
  };

  // Parallel coordinates: the axes lie below one another, so that their names have room.
  const EACH = 58, TOP = 34, SIDE = 28;
  const boxes = [...document.querySelectorAll(".boxes input")];
  const redraw_parallel = chart("parallel", (width) => {
    const chosen = boxes.filter((box) => box.checked).map((box) => column_of(box.value));
    const scales = chosen.map((column) => scale(column, SIDE, width - SIDE));
    const whole = all.filter((row) => chosen.every((column) => values[column][row] !== null));
    const y = (at) => TOP + at * EACH;
    const line = (row) => chosen.map((column, at) => [scales[at].place(values[column][row]), y(at)]);
    const inside = whole.filter(passes), mark = shape("path", { class: "picked" });
    const faint = Math.max(0.08, Math.min(0.7, 60 / inside.length)); // many lines show where they are dense
    const shapes = [
      shape("path", { class: "out", d: whole.filter((row) => !passes(row)).map((row) => path(line(row))).join("") }),
      ...inside.map((row) => shape("path", { class: "in", d: path(line(row)), "stroke-opacity": faint })),
      mark,
    ];
    chosen.forEach((column, at) => {
      shapes.push(shape("path", { class: "axis", d: `M${SIDE} ${y(at)}H${width - SIDE}` }));
      shapes.push(label(SIDE, y(at) - 8, columns[column].name, "start", width - 2 * SIDE));
      const { ticks, place } = scales[at], room = (width - 2 * SIDE) / Math.max(1, ticks.length);
      for (const tick of ticks) {
        shapes.push(shape("path", { class: "axis", d: `M${place(tick)} ${y(at)}v5` }));
        if (room > 24) shapes.push(label(place(tick), y(at) + 17, written(tick, short), "middle", room));
      }
    });
    const nearest = (x, at_y) => {
      if (!chosen.length) return null;
      const at = Math.floor((at_y - TOP) / EACH), share = (at_y - y(at)) / EACH;
      if (at < 0 || at >= chosen.length - 1) return nearest_of(inside.map((row) => [row, line(row).at(at < 0 ? 0 : -1)]))(x, at_y);
      const here = (row) => {
        const [from, to] = line(row).slice(at, at + 2);
        return [from[0] + share * (to[0] - from[0]), at_y];
      };
      return nearest_of(inside.map((row) => [row, here(row)]))(x, at_y);
    };
    return {
      height: y(Math.max(0, chosen.length - 1)) + 28, shapes, nearest, order: passing,
      mark: (row) => mark.setAttribute("d", whole.includes(row) ? path(line(row)) : ""),
      said: (row) => with_values(row, chosen.filter((column) => column >= points.axes)),
    };
  });
  for (const box of boxes) box.addEventListener("change", redraw_parallel);

  // Heat map: the mean of the points of a field that pass.
  const fields_of = (column) => { // the field of each row, and what each field is called
    const known = [...new Set(values[column].filter((value) => value !== null))];
    const is_number = columns[column].number;
    known.sort(is_number ? (a, b) => a - b : undefined);
    if (!is_number || known.length <= MOST_FIELDS) {
      const at = new Map(known.map((value, place) => [value, place]));
      return { of: (row) => at.get(values[column][row]), names: known.map((value) => written(value, short)), taken: 1 };
    }
    const parts = Math.max(4, Math.min(MOST_FIELDS, Math.round(Math.sqrt(count / 2)))); // two points a field or so
    const low = known[0], width = (known.at(-1) - low) / parts;
    const of = (row) => Math.min(parts - 1, Math.floor((values[column][row] - low) / width));
    return { of, names: [...Array(parts).keys()].map((at) => written(low + (at + 0.5) * width, short)), taken: known.length };
  };
  const LEFT = 70, BOTTOM = 44, HEAD = 40;
  const choice = (id) => column_of(byId(id).value);
  const redraw_heat = chart("heat", (width) => {
    const [x, y, metric] = [choice("heat-x"), choice("heat-y"), choice("heat-metric")];
    const across = fields_of(x), up = fields_of(y);
    const cells = new Map();
    for (const row of passing()) {
      if (values[metric][row] === null) continue;
      const key = `${across.of(row)} ${up.of(row)}`;
      cells.set(key, [...(cells.get(key) ?? []), row]);
    }
    const mean = (rows) => rows.reduce((sum, row) => sum + values[metric][row], 0) / rows.length;
    const means = [...cells.values()].map(mean), low = Math.min(...means), high = Math.max(...means);
    const height = HEAD + Math.min(360, Math.max(120, 36 * up.names.length)) + BOTTOM;
    const wide = (width - LEFT - 12) / across.names.length, tall = (height - HEAD - BOTTOM) / up.names.length;
    const box = ([at, over]) => ({ x: LEFT + at * wide, y: height - BOTTOM - (over + 1) * tall, width: wide, height: tall });
    const fill = (value) => HEAT[high > low ? Math.min(8, Math.floor((9 * (value - low)) / (high - low))) : 4];
    const shapes = [], both = (key) => key.split(" ").map(Number);
    for (const [key, rows] of cells) shapes.push(shape("rect", { ...box(both(key)), fill: fill(mean(rows)), class: "field" }));
    const mark = shape("rect", { class: "picked" });
    shapes.push(mark);
    const every = (names, room) => Math.max(1, Math.ceil((names.length * 44) / room));
    across.names.forEach((name, at) => {
      if (at % every(across.names, width - LEFT) === 0) shapes.push(label(LEFT + (at + 0.5) * wide, height - BOTTOM + 16, name));
    });
    up.names.forEach((name, at) => {
      const each = Math.max(1, Math.ceil((up.names.length * 18) / (height - HEAD - BOTTOM)));
      if (at % each === 0) shapes.push(label(LEFT - 6, height - BOTTOM - (at + 0.5) * tall + 4, name, "end", LEFT));
    });
    shapes.push(label(LEFT + (width - LEFT) / 2, height - 8, columns[x].name, "middle", width - LEFT));
    shapes.push(label(4, HEAD - 8, columns[y].name, "start", width / 2));
    if (means.length) {
      const step_px = Math.min(16, width / 40), from = width - 9 * step_px - 70;
      HEAT.forEach((one, at) => shapes.push(shape("rect", { x: from + at * step_px, y: 2, width: step_px, height: 10, fill: one })));
      shapes.push(label(from - 6, 12, written(low, short), "end"), label(from + 9 * step_px + 6, 12, written(high, short), "start"));
    }
    const most = Math.max(0, ...[...cells.values()].map((rows) => rows.length));
    const together = [[x, across], [y, up]].filter(([, one]) => one.taken > 1)
      .map(([column, one]) => ` ${one.taken} values of ${columns[column].name} are taken together in ${one.names.length} equal parts, named by their middles.`);
    byId("heat-said").textContent = `${columns[metric].name}: ` + (most > 1
      ? `each field is the mean of the points in it that pass the filter, up to ${most}; a click goes from one to the next.`
      : "each field is one point that passes the filter.") + together.join("");
    const rows_at = (at_x, at_y) => {
      const key = `${Math.floor((at_x - LEFT) / wide)} ${Math.floor((height - BOTTOM - at_y) / tall)}`;
      return cells.get(key) ?? [];
    };
    const field = (row) => `${across.of(row)} ${up.of(row)}`;
    const of = (row) => cells.get(field(row)) ?? [row];
    return {
      height, shapes, order: passing,
      mark: (row) => {
        const place = cells.get(field(row))?.includes(row) ? box(both(field(row))) : { width: 0, height: 0 };
        for (const [key, value] of Object.entries(place)) mark.setAttribute(key, value);
      },
      nearest: (at_x, at_y) => {
        const rows = rows_at(at_x, at_y), at = rows.indexOf(picked());
        return rows.length ? rows[(at + 1) % rows.length] : null;
      },
      said: (row) => {
        const rows = of(row);
        return rows.length > 1 ? `${rows.length} points: mean of ${columns[metric].name} ${written(mean(rows))}` : with_values(row, [metric]);
      },
    };
  });
  for (const id of ["heat-x", "heat-y", "heat-metric"]) byId(id)?.addEventListener("change", redraw_heat);

  // Pareto front.
  const FRONT_PX = 360;
  const front_of = (some, x, y, signs) => { // those that no other is at least as good as in both, and better in one
    const at = (row) => [signs[0] * values[x][row], signs[1] * values[y][row]];
    const ranked = [...some].sort((a, b) => at(a)[0] - at(b)[0] || at(a)[1] - at(b)[1]);
    let lowest = Infinity, seen = null;
    return ranked.filter((row) => {
      const [first, second] = at(row);
      const is_best = second < lowest || (seen && first === seen[0] && second === seen[1]);
      if (is_best) [lowest, seen] = [second, [first, second]];
      return is_best;
    });
  };
  const redraw_pareto = chart("pareto", (width) => {
    const [x, y] = [choice("pareto-x"), choice("pareto-y")];
    const signs = ["x", "y"].map((side) => (byId(`pareto-${side}-aim`).value.startsWith("less") ? 1 : -1));
    const across = scale(x, LEFT + 12, width - 20), up = scale(y, FRONT_PX - BOTTOM - 8, HEAD + 4);
    const at = (row) => [across.place(values[x][row]), up.place(values[y][row])];
    const whole = all.filter((row) => values[x][row] !== null && values[y][row] !== null);
    const mark = shape("path", { class: "picked" });
    const inside = whole.filter(passes), front = front_of(inside, x, y, signs);
    const shapes = [];
    for (const tick of across.ticks) {
      shapes.push(shape("path", { class: "axis", d: `M${across.place(tick)} ${FRONT_PX - BOTTOM}v5` }));
      shapes.push(label(across.place(tick), FRONT_PX - BOTTOM + 18, written(tick, short)));
    }
    for (const tick of up.ticks) {
      shapes.push(shape("path", { class: "grid", d: `M${LEFT} ${up.place(tick)}H${width - 12}` }));
      shapes.push(label(LEFT - 6, up.place(tick) + 4, written(tick, short), "end"));
    }
    shapes.push(
      shape("path", { class: "axis", d: `M${LEFT} ${HEAD}V${FRONT_PX - BOTTOM}H${width - 12}` }),
      shape("path", { class: "out dots", d: dots(whole.filter((row) => !passes(row)).map(at)) }),
      shape("path", { class: "in dots", d: dots(inside.map(at)) }),
      shape("path", { class: "front", d: path(front.map(at)) }),
      shape("path", { class: "front dots", d: dots(front.map(at)) }),
      mark,
      label(LEFT + (width - LEFT) / 2, FRONT_PX - 6, columns[x].name, "middle", width - LEFT),
      label(4, HEAD - 16, columns[y].name, "start", width / 2),
    );
    return {
      height: FRONT_PX, shapes, nearest: nearest_of(whole.map((row) => [row, at(row)])),
      mark: (row) => mark.setAttribute("d", whole.includes(row) ? ring(at(row)) : ""),
      order: () => [...inside].sort((a, b) => values[x][a] - values[x][b] || values[y][a] - values[y][b]),
      said: (row) => with_values(row, [x, y]) + (front.includes(row) ? " (on the front)" : ""),
    };
  });
  for (const id of ["pareto-x", "pareto-y", "pareto-x-aim", "pareto-y-aim"]) byId(id)?.addEventListener("change", redraw_pareto);

  document.documentElement.dataset.drawn = "yes";
})();
