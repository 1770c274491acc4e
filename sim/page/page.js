// Draws the charts of a page and links them: window, cursor, buttons, events, dark and light.
// Names are never touched here: they stand in the page as text.
"use strict";
(async () => {
  const MOST_DRAWN = 20000; // rows that the window draws exactly; beyond, means
  const NEAR_MS = 24 * 3600e3; // window around an event
  const AIR = 0.05; // above and below what is drawn
  const numbers = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });
  const byId = (id) => document.getElementById(id);
  const json = (id) => JSON.parse(byId(id).textContent);
  // Colours: Bokeh draws on canvases, which know no style sheets.
  const roles = {
    axis_label_text_color: "--quiet", major_label_text_color: "--quiet", title_text_color: "--quiet",
    axis_line_color: "--line", major_tick_line_color: "--line", minor_tick_line_color: "--line",
    grid_line_color: "--line", background_fill_color: "--paper", border_fill_color: "--paper",
  };
  const models = () => Bokeh.documents.flatMap((each) => [...each.all_models]);
  const colour = (some) => {
    const probe = document.body.appendChild(document.createElement("span"));
    const said = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
    for (const one of some) {
      for (const [property, role] of Object.entries(roles)) {
        if (property in one.properties && one[property] != null) one[property] = said(role);
      }
      if (one.tags.includes("ink")) one.line_color = said("--ink");
    }
    probe.remove();
  };
  const drawings = []; // views of what is drawn
  const draw = async (place) => {
    const views = await Bokeh.embed.embed_item(json(`${place.id}-data`), place.id);
    colour(views.roots[0].model.document.all_models); // before it is painted
    drawings.push({ place, view: views.roots[0] });
    return views;
  };

  // Paper is as light as it is, and as wide: charts are there as pictures.
  const scheme = document.documentElement.style;
  addEventListener("beforeprint", () => {
    scheme.colorScheme = "light";
    colour(models());
    for (const each of document.querySelectorAll("details")) each.open = true;
    for (const { place, view } of drawings) {
      for (const figure of [view, ...view.child_views]) { // at once: a print waits for nothing
        for (const one of figure.computed_renderer_views ?? []) one.set_visuals?.();
        figure.paint?.();
      }
      const { canvas } = view.export("png");
      canvas.className = "printed";
      place.after(canvas);
    }
  });
  addEventListener("afterprint", () => {
    scheme.colorScheme = "";
    for (const each of document.querySelectorAll(".printed")) each.remove();
    colour(models());
  });

  const told = json("dispatch-told");
  const views = await draw(byId("dispatch"));
  const root = views.roots[0].model;
  const find = (name) => root.document.get_model_by_name(name);
  const plain = (array) => // an array of Bokeh has a piece of itself as long as the whole
    new (array.BYTES_PER_ELEMENT === 8 ? Float64Array : Float32Array)(array.buffer, array.byteOffset, array.length);
  const columns = (name) => {
    const source = find(name);
    return Object.fromEntries(source.columns().map((each) => [each, plain(source.get_column(each))]));
  };
  const range = find("range"), rows = columns("rows"), bins = columns("bins"), drawn = find("drawn");
  const keys = told.curves.map((one) => one.key);
  const of = (part) => told.curves.filter((one) => one.part === part).map((one) => one.key);
  const [wanted] = of("wanted");
  const [begin, end] = told.x;
  const times = rows.t, edges = bins.t;
  const spans = [];
  for (const length of told.spans) {
    const first = spans.length ? spans.at(-1).last + 1 : 0;
    spans.push({ first, last: first + length - 1 });
  }
  const last_before = (array, x, low, high) => { // the last place from low to high that is not after x
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (array[middle] <= x) low = middle; else high = middle - 1;
    }
    return low;
  };

  // The window: exact steps where the page has all of them and they can be told apart, else means.
  const whole = { first: 0, last: edges.length - 1 };
  const drawing = () => {
    const from = Math.max(range.start, begin), to = Math.min(range.end, end);
    const span = spans.find((one) => times[one.first] <= from && times[one.last] >= to);
    if (span) {
      const first = last_before(times, from, span.first, span.last);
      const last = Math.min(last_before(times, to, span.first, span.last) + 1, span.last);
      if (last - first <= MOST_DRAWN) return { source: rows, array: times, first, last, exact: true, has: true };
    }
    const first = last_before(edges, from, whole.first, whole.last);
    const last = Math.min(last_before(edges, to, whole.first, whole.last) + 1, whole.last);
    return { source: bins, array: edges, first, last, exact: false, has: Boolean(span) };
  };
  const stack = (data, sign, columns) => { // adds what each curve is stacked up to; returns the furthest
    let below = new Float32Array(data.t.length);
    for (const key of columns) {
      const top = below.map((value, place) => value + sign * data[key][place]);
      below = data[`${key}_top`] = top;
    }
    return extreme(sign, below);
  };
  const extreme = (sign, values) => values.reduce((most, value) => (sign * value > sign * most ? value : most), 0);
  const fit = (name, low, high) => {
    const air = AIR * (high - low) || 1;
    find(name)?.y_range.setv({ start: low && low - air, end: high + air });
  };
  const redraw = () => {
    const { source, array, first, last, exact, has } = drawing();
    const slice = (name) => source[name].subarray(first, last + 1);
    const data = { t: array.subarray(first, last + 1) };
    for (const key of keys) data[key] = slice(key);
    const none = new Float32Array(data.t.length).fill(NaN);
    data.least = exact ? none : slice(`${wanted}_least`);
    data.most = exact ? none : slice(`${wanted}_most`);
    const reached = told.stacks.map(([sign, columns]) => stack(data, sign, columns));
    drawn.data = data;
    fit("window", Math.min(0, ...reached), extreme(1, [...reached, extreme(1, data[wanted]), extreme(1, data.most)]));
    for (const part of ["price", "level"]) {
      const values = of(part).map((key) => data[key]);
      fit(part, Math.min(0, ...values.map((one) => extreme(-1, one))), Math.max(0, ...values.map((one) => extreme(1, one))));
    }
    const what = told.row ? `means over ${told.row}, as recorded` : "exact steps";
    byId("drawn").textContent = exact
      ? `The window has ${what}: ${(last - first).toLocaleString("en-US")} rows.`
      : `The window has means over ${told.bin}; thin lines are the least and the highest demand wanted. ` +
        (has ? "A shorter window has exact steps." : "The rows of this time are not in the page.");
  };

  // The cursor.
  const cursors = [...root.document.all_models].filter((one) => one.name === "cursor");
  const place_at = (seconds) => begin + 1000 * Number(seconds); // on the axis
  let at = place_at(told.cursor);
  const row = (x) => {
    const span = spans.find((one) => times[one.first] <= x && x < times[one.last]);
    const [source, { first, last }] = span ? [rows, span] : [bins, whole];
    return { source, array: source.t, first, place: last_before(source.t, x, first, last - 1), exact: Boolean(span) };
  };
  const moment = (x) => {
    const [, shift, name] = told.clock[last_before(told.clock.map((one) => one[0]), x, 0, told.clock.length - 1)];
    return `${new Date(x + shift).toISOString().slice(0, 19).replace("T", " ")} ${name}`;
  };
  const point = (x) => {
    at = Math.min(Math.max(x, begin), end - 1);
    const { source, array, place, exact } = row(at);
    for (const one of cursors) one.location = at;
    const held = exact ? "holds" : `mean (least to highest) of ${told.bin}, which holds`;
    byId("moment").textContent = `${moment(at)}: ${held} from ${moment(array[place])} to ${moment(array[place + 1])}`;
    for (const cell of byId("readout").querySelectorAll("[data-key]")) {
      const value = (suffix) => numbers.format(source[cell.dataset.key + suffix][place]);
      cell.textContent = exact ? value("") : `${value("")} (${value("_least")} to ${value("_most")})`;
    }
  };

  // Moving.
  const show = (from, to) => {
    const width = Math.min(to - from, end - begin);
    const first = Math.min(Math.max(from, begin), end - width);
    range.setv({ start: first, end: first + width });
    if (at < first || at > first + width) point(first + width / 2);
  };
  const zoom = (factor) => {
    const width = (range.end - range.start) * factor;
    show(at - width / 2, at + width / 2);
  };
  const shift = (share) => {
    const by = (range.end - range.start) * share;
    show(range.start + by, range.end + by);
  };
  const step = (count) => {
    const { array, first, place } = row(at);
    const before = at > array[place] ? array[place] : place > first ? array[place - 1] : array[place] - 1;
    point(count > 0 ? array[place + 1] : before);
    const half = (range.end - range.start) / 2;
    if (at < range.start || at > range.end) show(at - half, at + half);
  };
  const acts = {
    back: () => shift(-1), on: () => shift(1), in: () => zoom(0.5), out: () => zoom(2),
    ArrowLeft: () => step(-1), ArrowRight: () => step(1), PageUp: () => shift(-1), PageDown: () => shift(1),
    Home: () => { show(begin, begin + range.end - range.start); point(begin); },
    End: () => { show(end - range.end + range.start, end); point(end); },
    "+": () => zoom(0.5), "-": () => zoom(2),
  };
  byId("moves").addEventListener("click", (event) => {
    const said = event.target.dataset;
    if (said.move) acts[said.move]();
    if (said.begin) show(place_at(said.begin), place_at(said.end));
  });
  byId("window").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
  document.addEventListener("click", (event) => { // an event, or a job
    if (!event.target.dataset.at) return;
    const x = place_at(event.target.dataset.at);
    const width = Math.min(range.end - range.start, NEAR_MS);
    point(x);
    show(x - width / 2, x + width / 2);
    byId("window").scrollIntoView({ block: "nearest" });
  });

  // Pointer: the cursor follows it, a drag moves the window, a tap in the overview brings the window there.
  const place_of = (figure, event) => {
    const view = Bokeh.index.find_one(figure);
    const { left, width } = view.frame.bbox;
    const share = (event.clientX - view.el.getBoundingClientRect().left - left) / width;
    return { share, width, x: figure.x_range.start + share * (figure.x_range.end - figure.x_range.start) };
  };
  const listen = (figure, name, act) => {
    Bokeh.index.find_one(figure).el.addEventListener(name, act, true);
  };
  for (const figure of root.children.filter((one) => one.name !== "overview")) {
    let from = null;
    listen(figure, "pointerdown", (event) => { from = { x: event.clientX, start: range.start, end: range.end }; });
    listen(figure, "pointerup", (event) => { from = null; point(place_of(figure, event).x); });
    listen(figure, "pointermove", (event) => {
      const found = place_of(figure, event);
      if (from && event.buttons) {
        const by = ((from.x - event.clientX) / found.width) * (from.end - from.start);
        show(from.start + by, from.end + by);
      } else if (found.share >= 0 && found.share <= 1) point(found.x);
    });
  }
  const overview = find("overview");
  listen(overview, "click", (event) => {
    const { x } = place_of(overview, event), width = range.end - range.start;
    if (x < range.start || x > range.end) show(x - width / 2, x + width / 2);
  });

  const follow = () => {
    for (const one of models()) {
      if (one.tags.includes("follows")) one.setv({ start: range.start, end: range.end });
    }
  };
  let waits = false;
  range.connect(range.change, () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => { waits = false; redraw(); follow(); });
  });
  redraw();
  point(at >= range.start && at <= range.end ? at : (range.start + range.end) / 2);
  document.documentElement.dataset.drawn = "dispatch";
  for (const place of document.querySelectorAll(".chart")) {
    if (place.id === "dispatch") continue;
    await new Promise((resolve) => setTimeout(resolve)); // the reader goes first
    await draw(place);
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colour(models()));
  document.documentElement.dataset.drawn = "yes";
})();
