// The points of a sweep: sorts and filters their table, and shows the campus of the one that is selected.
// Names and values reach the page as text only.
"use strict";
const points = (() => {
  const SIGN = /^(<=|>=|==|!=|<|>|=)\s*(.+)$/, RANGE = /^(.+?)\s*\.\.\s*(.+)$/;
  const AND = /\s+and\s+|\s*&\s*|\s*;\s*/i;
  const CLOSE = 1e-8; // numbers in the page have nine digits
  const byId = (id) => document.getElementById(id);
  const told = JSON.parse(byId("sweep-told").textContent);
  const { columns, values, places } = told;
  const table = byId("points"), body = table.tBodies[0];
  const rows = [...body.rows]; // in the order of the sweep
  const everything = rows.map((_, row) => row);
  let order = everything, passes = rows.map(() => true), picked = 0;
  const listeners = [];
  const tell = (what) => { for (const each of listeners) each(what); };
  const number = (text) => (text.trim() === "" ? NaN : Number(text.replaceAll(",", "")));

  // Filters: a part of a text, or a range, of a column.
  const compare = {
    "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
    "=": (a, b) => Math.abs(a - b) <= CLOSE * Math.max(Math.abs(a), Math.abs(b)),
  };
  const said = (column, row) => (column < told.table ? rows[row].cells[column + 1].textContent : String(values[column][row]));
  const by_sign = (column, sign, limit) => {
    const here = values[column], is_order = sign.includes("<") || sign.includes(">");
    if (!columns[column].number) {
      if (is_order) throw new Error(`${columns[column].name} has words, which have no order`);
      return (row) => (here[row] === limit.toLowerCase() || here[row] === limit) === (sign !== "!=");
    }
    const wanted = number(limit);
    if (Number.isNaN(wanted)) throw new Error(`${limit} is not a number`);
    if (sign === "!=") return (row) => here[row] !== null && !compare["="](here[row], wanted);
    return (row) => here[row] !== null && compare[sign === "==" ? "=" : sign](here[row], wanted);
  };
  const condition = (column, text) => {
    const { name, number: is_number } = columns[column];
    const rest = (text.startsWith(name) && SIGN.test(text.slice(name.length).trim()) ? text.slice(name.length) : text).trim();
    const sign = rest.match(SIGN), range = rest.match(RANGE);
    if (sign) return by_sign(column, sign[1], sign[2].trim());
    if (range && is_number) {
      const [low, high] = [by_sign(column, ">=", range[1]), by_sign(column, "<=", range[2])];
      return (row) => low(row) && high(row);
    }
    return (row) => said(column, row).toLowerCase().includes(rest.toLowerCase());
  };
  const by_name = (text) => { // NAME SIGN VALUE
    const found = text.match(/^([^<>=!]+?)\s*((?:<=|>=|==|!=|<|>|=).+)$/);
    const column = columns.findIndex(({ name }) => name === (found?.[1] ?? text));
    if (!found) throw new Error(`${text} is not a condition such as cost_usd < 3e6`);
    if (column < 0) throw new Error(`${found[1]} is neither an axis nor a metric that varies`);
    return condition(column, found[2]);
  };
  const read = (field, one) => {
    const parts = field.value.split(AND).map((part) => part.trim()).filter(Boolean);
    field.removeAttribute("aria-invalid");
    try {
      return { conditions: parts.map(one) };
    } catch (error) {
      field.setAttribute("aria-invalid", "true");
      return { conditions: [], wrong: error.message };
    }
  };
  const fields = [...table.querySelectorAll("[data-filter]")];
  const filter = () => {
    const found = fields.map((field) => read(field, (part) => condition(Number(field.dataset.filter), part)));
    found.push(read(byId("where"), by_name));
    const conditions = found.flatMap((one) => one.conditions);
    passes = everything.map((row) => conditions.every((holds) => holds(row)));
    rows.forEach((row, at) => { row.hidden = !passes[at]; });
    const count = passes.filter(Boolean).length, wrong = found.map((one) => one.wrong).filter(Boolean);
    byId("passing").textContent = [
      conditions.length ? `${count.toLocaleString("en-US")} of ${rows.length.toLocaleString("en-US")} points pass.`
        : `${rows.length.toLocaleString("en-US")} points.`,
      ...wrong.map((message) => `Not applied: ${message}.`),
    ].join(" ");
    tell("passes");
  };

  // Order.
  const sort = (head) => {
    const column = Number(head.dataset.sort), cell = head.parentElement;
    const down = cell.getAttribute("aria-sort") === "ascending";
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", down ? "descending" : "ascending");
    const here = column < 0 ? places : values[column], sign = down ? -1 : 1;
    const before = (a, b) => { // what is missing comes last in both orders
      if (here[a] === null || here[b] === null) return (here[a] === null) - (here[b] === null);
      return sign * (here[a] < here[b] ? -1 : here[a] > here[b] ? 1 : 0);
    };
    order = [...everything].sort(before);
    body.append(...order.map((row) => rows[row]));
  };

  // The selected point.
  const lines = (table) => told.tables[table].split("\n");
  const text_of = (piece) => {
    if (typeof piece === "number") return told.tables[piece];
    if (typeof piece === "string") return piece;
    const [table, first, last, between] = piece, all = lines(table);
    return [...all.slice(0, first), ...between, ...all.slice(all.length - last)].join("\n");
  };
  const toml = (row) => told.models[row]?.map(text_of).join("") ?? null;
  const name = (row) => `Point ${places[row]}: ` +
    columns.slice(0, told.axes).map((one, column) => `${one.name} = ${said(column, row)}`).join(", ") + ".";
  const pick = (row, focus) => {
    const button = (at) => rows[at].querySelector("[data-point]");
    rows[picked].removeAttribute("aria-current");
    button(picked).tabIndex = -1;
    picked = row;
    rows[row].setAttribute("aria-current", "true");
    button(row).tabIndex = 0;
    const list = table.parentElement, head = table.tHead.offsetHeight;
    const top = rows[row].offsetTop, bottom = top + rows[row].offsetHeight;
    if (top < list.scrollTop + head) list.scrollTop = top - head;
    if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
    if (focus) button(row).focus({ preventScroll: true });
    for (const each of document.querySelectorAll(".hint .picked")) each.textContent = name(row);
    byId("picked").textContent = name(row);
    byId("toml").textContent = toml(row) ?? told.no_campus;
    byId("command").textContent = `dcgrid run point-${places[row]}.toml`;
    byId("save").disabled = !told.whole || toml(row) === null;
    tell("picked");
  };
  const passing = () => order.filter((row) => passes[row]);
  const step = (some, count, focus) => { // from the selected point to one that lies so many places on
    if (!some.length) return;
    const at = some.indexOf(picked);
    pick(some[at < 0 ? 0 : Math.min(Math.max(at + count, 0), some.length - 1)], focus);
  };

  table.tHead.addEventListener("click", ({ target }) => { if (target.dataset.sort) sort(target); });
  body.addEventListener("click", ({ target }) => {
    const row = rows.indexOf(target.closest("tr"));
    if (row >= 0) pick(row);
  });
  body.addEventListener("keydown", (event) => {
    const count = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (count === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    step(passing(), count, true);
  });
  for (const field of [...fields, byId("where")]) field.addEventListener("input", filter);
  byId("all").addEventListener("click", () => {
    for (const field of [...fields, byId("where")]) field.value = "";
    filter();
  });
  byId("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([toml(picked)], { type: "application/toml" }));
    link.download = `point-${places[picked]}.toml`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  pick(0);
  return {
    byId, columns, values, name, pick, passing, step, axes: told.axes,
    passes: (row) => passes[row], picked: () => picked, count: rows.length, changed: (act) => listeners.push(act),
  };
})();
