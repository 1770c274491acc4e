// Draws the charts of a page, on the screen and on paper, in the dark and in the light.
// Names are never touched here: they stand in the page as text.
"use strict";
const drawing = (() => {
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
  const draw = async (place) => { // returns the document of the chart
    const views = await Bokeh.embed.embed_item(json(`${place.id}-data`), place.id);
    const [view] = views.roots;
    colour(view.model.document.all_models); // before it is painted
    drawings.push({ place, view });
    return view.model.document;
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

  const rest = async (drawn) => { // all charts that are not drawn yet; tells what each has become
    for (const place of document.querySelectorAll(".chart")) {
      if (drawings.some((one) => one.place === place)) continue;
      await new Promise((resolve) => setTimeout(resolve)); // the reader goes first
      drawn(await draw(place));
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colour(models()));
    document.documentElement.dataset.drawn = "yes";
  };
  return { byId, json, models, draw, rest };
})();
