// Links the charts of dispatch: window, cursor, buttons, events. A page has one run, or several below one another.
"use strict";
(async () => {
  const MOST_DRAWN = 20000; // rows of a run that the window draws exactly; beyond, means
  const LEAST_MS = 1000; // shortest window
  const NEAR_MS = 24 * 3600e3; // window around an event
  const AIR = 0.05; // above and below what is drawn
  const numbers = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });
  const { byId, json, models, draw, rest } = drawing;
  if (!byId("dispatch-told")) return rest(() => {}); // runs without a window in common

  const told = json("dispatch-told");
  const [begin, end] = told.x;
  const documents = {}; // of charts, by their id
  for (const place of byId("window").querySelectorAll(".chart")) documents[place.id] = await draw(place);
  const range = Object.values(documents).map((one) => one.get_model_by_name("range")).find(Boolean);
  const plain = (array) => // an array of Bokeh has a piece of itself as long as the whole
    new (array.BYTES_PER_ELEMENT === 8 ? Float64Array : Float32Array)(array.buffer, array.byteOffset, array.length);
  const last_before = (array, x, low, high) => { // the last place from low to high that is not after x
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (array[middle] <= x) low = middle; else high = middle - 1;
    }
    return low;
  };
  const runs = told.runs.map((said) => {
    const find = (name) => documents[said.chart].get_model_by_name(name);
    const columns = (name) => {
      const source = find(name);
      return Object.fromEntries(source.columns().map((each) => [each, plain(source.get_column(each))]));
    };
    const spans = [];
    for (const length of said.spans) {
      const first = spans.length ? spans.at(-1).last + 1 : 0;
      spans.push({ first, last: first + length - 1 });
    }
    const of = (part) => said.curves.filter((one) => one.part === part).map((one) => one.key);
    const bins = columns("bins");
    const whole = { first: 0, last: bins.t.length - 1 };
    return { ...said, find, of, rows: columns("rows"), bins, whole, spans, drawn: find("drawn") };
  });

  // The window: exact steps where the page has all of them and they can be told apart, else means.
  const shown_of = ({ rows, bins, spans, whole }) => {
    const from = Math.max(range.start, begin), to = Math.min(range.end, end);
    const span = spans.find((one) => rows.t[one.first] <= from && rows.t[one.last] >= to);
    if (span) {
      const first = last_before(rows.t, from, span.first, span.last);
      const last = Math.min(last_before(rows.t, to, span.first, span.last) + 1, span.last);
      if (last - first <= MOST_DRAWN) return { source: rows, first, last, exact: true, has: true };
    }
    const first = last_before(bins.t, from, whole.first, whole.last);
    const last = Math.min(last_before(bins.t, to, whole.first, whole.last) + 1, whole.last);
    return { source: bins, first, last, exact: false, has: Boolean(span) };
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
  const fit = (name, reached) => { // charts of several runs have one scale
    const low = Math.min(0, ...reached), high = Math.max(0, ...reached);
    const air = AIR * (high - low) || 1;
    for (const run of runs) run.find(name)?.y_range.setv({ start: low && low - air, end: high + air });
  };
  const redrawn = (run) => { // draws the window of a run; says how far it reaches, and what is drawn
    const { source, first, last, exact, has } = shown_of(run), [wanted] = run.of("wanted");
    const slice = (name) => source[name].subarray(first, last + 1);
    const data = { t: slice("t") };
    for (const { key } of run.curves) data[key] = slice(key);
    const none = new Float32Array(data.t.length).fill(NaN);
    data.least = exact ? none : slice(`${wanted}_least`);
    data.most = exact ? none : slice(`${wanted}_most`);
    const reach = run.stacks.map(([sign, columns]) => stack(data, sign, columns));
    run.drawn.data = data;
    const both = (part) => run.of(part).flatMap((key) => [extreme(-1, data[key]), extreme(1, data[key])]);
    const what = run.row ? `means over ${run.row}, as recorded` : "exact steps";
    const said = exact
      ? `The window has ${what}: ${(last - first).toLocaleString("en-US")} rows.`
      : `The window has means over ${run.bin}; thin lines are the least and the highest demand wanted. ` +
        (has ? "A shorter window has exact steps." : "The rows of this time are not in the page.");
    return {
      window: [...reach, extreme(1, data[wanted]), extreme(1, data.most)], price: both("price"), level: both("level"),
      said: run.name ? `${run.name}: ${said}` : said,
    };
  };
  const redraw = () => {
    const found = runs.map(redrawn);
    for (const name of ["window", "price", "level"]) fit(name, found.flatMap((one) => one[name]));
    byId("drawn").textContent = found.map((one) => one.said).join("\n");
  };

  // The cursor.
  const cursors = [];
  const place_at = (seconds) => begin + 1000 * Number(seconds); // on the axis
  let at = place_at(told.cursor);
  const row = ({ rows, bins, spans, whole }, x) => {
    const span = spans.find((one) => rows.t[one.first] <= x && x < rows.t[one.last]);
    const [source, { first, last }] = span ? [rows, span] : [bins, whole];
    return { source, array: source.t, first, place: last_before(source.t, x, first, last - 1), exact: Boolean(span) };
  };
  const moment = (x) => {
    const [, shift, name] = told.clock[last_before(told.clock.map((one) => one[0]), x, 0, told.clock.length - 1)];
    return `${new Date(x + shift).toISOString().slice(0, 19).replace("T", " ")} ${name}`;
  };
  const held = (run, { exact, array, place }) =>
    `${exact ? "holds" : `mean (least to highest) of ${run.bin}, which holds`} from ${moment(array[place])} ` +
    `to ${moment(array[place + 1])}`;
  const firm = ({ source, place, exact }) => { // firm capacity, and the margin where demand is known exactly
    const mw = told.firm[last_before(told.firm.map((one) => one[0]), at, 0, told.firm.length - 1)][1];
    const [wanted] = runs[0].of("wanted"), demand = source[wanted][place];
    const margin = 100 * (mw / demand - 1);
    const said = `Firm capacity at the cursor, if nothing fails: ${numbers.format(mw)} MW`;
    return exact && demand > 0 ? `${said}; reserve margin ${margin < 0 ? "" : "+"}${margin.toFixed(1)} %` : said;
  };
  const point = (x) => {
    at = Math.min(Math.max(x, begin), end - 1);
    for (const one of cursors) one.location = at;
    const found = runs.map((run) => row(run, at));
    const means = found.every((one) => one.exact)
      ? "each value holds until the next change of its run"
      : "a mean of an interval stands with its least and its highest value";
    byId("moment").textContent = `${moment(at)}: ${runs.length === 1 ? held(runs[0], found[0]) : means}`;
    if (byId("out")) {
      const away = told.outages.filter(([from, to]) => from <= at && at < to).map((one) => one[2]);
      byId("out").textContent = `Out of service or limited at the cursor: ${away.join("; ") || "nothing"}`;
      byId("firm").textContent = firm(found[0]);
    }
    for (const cell of byId("readout").querySelectorAll("[data-key]")) {
      const { source, place, exact } = found[cell.dataset.run];
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
  const step = (count) => { // to the next change of any run
    const found = runs.map((run) => row(run, at));
    const before = ({ array, first, place }) =>
      at > array[place] ? array[place] : place > first ? array[place - 1] : array[place] - 1;
    point(count > 0
      ? Math.min(...found.map(({ array, place }) => array[place + 1]))
      : Math.max(...found.map(before)));
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
    if (said.cursor) point(place_at(said.cursor));
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
    if (event.target.closest(".tiles")) byId("window").focus({ preventScroll: true }); // for its keys
  });

  byId("event-filter")?.addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const line of byId("event-list").querySelectorAll("tbody tr")) {
      line.hidden = !line.textContent.toLowerCase().includes(wanted);
    }
  });

  // Pointer: the cursor follows it, a drag moves the window, two fingers zoom; a tap in the overview brings it there.
  const place_of = (figure, event) => {
    const view = Bokeh.index.find_one(figure);
    const { left, width } = view.frame.bbox;
    const share = (event.clientX - view.el.getBoundingClientRect().left - left) / width;
    return { share, width, x: figure.x_range.start + share * (figure.x_range.end - figure.x_range.start) };
  };
  const listen = (figure, name, act) => {
    Bokeh.index.find_one(figure).el.addEventListener(name, act, true);
  };
  const pointed = (figure) => {
    const down = new Map(); // pointers that are down: the share of the width at which each is, and the time it holds
    let width = 0;
    const take = () => {
      width = range.end - range.start;
      for (const one of down.values()) one.x = range.start + one.share * width;
    };
    const lift = (event) => { down.delete(event.pointerId); take(); };
    listen(figure, "pointerdown", (event) => {
      down.set(event.pointerId, { share: place_of(figure, event).share });
      take();
    });
    listen(figure, "pointercancel", lift);
    listen(figure, "pointerup", (event) => {
      if (down.size < 2) point(place_of(figure, event).x);
      lift(event);
    });
    listen(figure, "pointermove", (event) => {
      const { share, x } = place_of(figure, event);
      if (!event.buttons) down.clear();
      const held = down.get(event.pointerId);
      if (!held) {
        if (share >= 0 && share <= 1) point(x);
        return;
      }
      held.share = share;
      const [one, two] = down.values();
      const pinched = two ? (two.x - one.x) / (two.share - one.share) : width;
      if (!(pinched >= LEAST_MS && pinched < Infinity)) return;
      show(one.x - one.share * pinched, one.x + (1 - one.share) * pinched);
    });
  };
  const overview = Object.values(documents).map((one) => one.get_model_by_name("overview")).find(Boolean);
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
  const link = (drawn) => { // a chart that has been drawn
    const some = [...drawn.all_models];
    cursors.push(...some.filter((one) => one.name === "cursor"));
    for (const one of some) if (one.tags.includes("pointed")) pointed(one);
  };
  Object.values(documents).forEach(link);
  redraw();
  point(at >= range.start && at <= range.end ? at : (range.start + range.end) / 2);
  document.documentElement.dataset.drawn = "dispatch";
  await rest(link);
  follow();
  point(at);
})();
