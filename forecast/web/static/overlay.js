// Graphics for air, 1920 by 1080 on nothing. Every word comes from the service's show document; this only places it.
// A page at /overlay/… defines update, play, next, stop and remove for CasparCG; `mount` serves other renderers too.
const NS = "http://www.w3.org/2000/svg";
const EDGE = 96; // safe area: five per cent of the width
const THEMES = {
  dark: { plate: "#10141a", ink: "#ffffff", quiet: "#c3c8ce", rule: "#4a525b", half: "#59626c", most: "#2e353d", alarm: "#ffc27a" },
  light: { plate: "#ffffff", ink: "#15181b", quiet: "#4b5157", rule: "#c6c9cc", half: "#b4b8bc", most: "#e0e2e4", alarm: "#8a3c00" },
};

function node(name, attributes = {}, ...children) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function write(parent, text, x, y, size, attributes = {}, room = 0) {
  const made = node("text", { x, y, "font-size": size, ...attributes }, String(text));
  parent.append(made);
  if (room && made.getComputedTextLength?.() > room) {
    const fitted = Math.max(26, Math.floor((size * room) / made.getComputedTextLength()));
    made.setAttribute("font-size", fitted);
    if (made.getComputedTextLength() > room) { made.setAttribute("textLength", room); made.setAttribute("lengthAdjust", "spacingAndGlyphs"); }
  }
  return made;
}

function fold(parent, text, x, y, size, room, most, attributes = {}) {
  const words = String(text).split(" ");
  const lines = [];
  const rule = node("text", { "font-size": size, ...attributes });
  parent.append(rule);
  let line = "";
  for (const word of words) {
    rule.textContent = line ? `${line} ${word}` : word;
    if (line && rule.getComputedTextLength() > room && lines.length < most - 1) { lines.push(line); line = word; } else line = rule.textContent;
  }
  lines.push(line);
  rule.remove();
  lines.forEach((each, i) => write(parent, each, x, y + i * size * 1.25, size, attributes, room));
  return lines.length * size * 1.25;
}

const plate = (theme, x, y, width, height) => node("rect", { x, y, width, height, rx: 6, fill: theme.plate, "fill-opacity": 0.94 });

function head(svg, show, theme, x, y, room) {
  write(svg, show.title, x, y, 44, { fill: theme.ink, "font-weight": 700 }, room);
  write(svg, `${show.subtitle}${show.as_of ? ` · ${show.as_of}` : ""}`, x, y + 46, 30, { fill: theme.quiet }, room);
}

function foot(svg, show, theme, x, y, room) {
  const told = ["stale", "held"].includes(show.status) ? `${show.status_word}: the last good forecast. ` : "";
  write(svg, told + show.source, x, y, 28, { fill: told ? theme.alarm : theme.quiet }, room);
}

function lowerThird(svg, show, theme, name) {
  const [x, y, width, height] = [EDGE, 796, 1920 - 2 * EDGE, 226];
  svg.append(plate(theme, x, y, width, height));
  write(svg, show.title, x + 40, y + 54, 34, { fill: theme.ink, "font-weight": 700 }, 1000);
  write(svg, show.subtitle, x + width - 40, y + 54, 30, { fill: theme.quiet, "text-anchor": "end" }, 560);
  svg.append(node("line", { x1: x + 40, x2: x + width - 40, y1: y + 76, y2: y + 76, stroke: theme.rule, "stroke-width": 2 }));
  show.candidates.slice(0, 2).forEach((each, i) => {
    const left = x + 40 + (i * (width - 40)) / 2;
    svg.append(node("rect", { x: left, y: y + 98, width: 12, height: 74, fill: each.colour[name] }));
    write(svg, each.name, left + 32, y + 130, 38, { fill: theme.ink, "font-weight": 700 }, 450);
    write(svg, each.party === each.name ? "" : each.party, left + 32, y + 168, 28, { fill: theme.quiet }, 450);
    write(svg, each.words, left + width / 2 - 60, y + 130, 42, { fill: theme.ink, "font-weight": 700, "text-anchor": "end" }, 330);
    write(svg, each.display, left + width / 2 - 60, y + 168, 28, { fill: theme.quiet, "text-anchor": "end" });
  });
  write(svg, `${show.aim}. ${show.source}.`, x + 40, y + 208, 26, { fill: theme.quiet }, width - 80);
}

function margin(svg, show, theme, name) {
  const figure = show.margin;
  const [x, width] = [EDGE + 64, 1920 - 2 * EDGE - 128];
  svg.append(plate(theme, EDGE, 54, 1920 - 2 * EDGE, 972));
  head(svg, show, theme, x, 136, width);
  write(svg, figure.title, x, 262, 38, { fill: theme.ink, "font-weight": 700 }, width);
  for (const [side, at, anchor] of [[figure.left, x, "start"], [figure.right, x + width, "end"]]) {
    if (!side.name) continue;
    svg.append(node("rect", { x: anchor === "start" ? at : at - 26, y: 300, width: 26, height: 26, fill: side.colour[name] }));
    write(svg, `${side.name} · ${side.count}`, anchor === "start" ? at + 42 : at - 42, 324, 34, { fill: theme.ink, "text-anchor": anchor }, width / 2 - 60);
  }
  const [top, tall] = [356, 380];
  const up = (0.92 * tall) / (figure.base - Math.min(...figure.blocks.map((block) => block[1])));
  const across = (percent) => x + (width * percent) / 100;
  for (const [level, left, wide] of figure.bands) svg.append(node("rect", { x: across(left), y: top, width: (width * wide) / 100, height: tall, fill: level > 0.6 ? theme.most : theme.half }));
  for (const [left, y, wide, high, above] of figure.blocks) {
    const side = above ? figure.right : figure.left;
    svg.append(node("rect", { x: across(left) + 1.5, y: top + tall - (figure.base - y) * up + 1.5, width: Math.max(2, (width * wide) / 100 - 3), height: Math.max(2, high * up - 3), rx: 2, fill: side.colour[name] }));
  }
  svg.append(node("line", { x1: x, x2: x + width, y1: top + tall, y2: top + tall, stroke: theme.quiet, "stroke-width": 2 }));
  if (figure.line !== null) svg.append(node("line", { x1: across(figure.line), x2: across(figure.line), y1: top, y2: top + tall + 12, stroke: theme.ink, "stroke-width": 3 }));
  for (const [at, label] of figure.ticks) write(svg, label, across(at), top + tall + 40, 28, { fill: theme.quiet, "text-anchor": "middle" });
  figure.lines.forEach(([what, said], i) => {
    write(svg, what, x, 838 + i * 46, 32, { fill: theme.quiet });
    write(svg, said, x + 260, 838 + i * 46, 34, { fill: theme.ink, "font-weight": i ? 400 : 700 }, width - 260);
  });
  foot(svg, show, theme, x, 998, width);
}

function course(svg, show, theme, name) {
  const [x, width] = [EDGE + 64, 1920 - 2 * EDGE - 128];
  svg.append(plate(theme, EDGE, 54, 1920 - 2 * EDGE, 972));
  head(svg, show, theme, x, 136, width);
  write(svg, `${show.aim} after each declaration`, x, 262, 38, { fill: theme.ink, "font-weight": 700 }, width);
  const [left, top, wide, tall] = [x + 100, 320, width - 470, 560];
  for (const level of [0, 25, 50, 75, 100]) {
    const y = top + tall * (1 - level / 100);
    svg.append(node("line", { x1: left, x2: left + wide, y1: y, y2: y, stroke: level === 50 ? theme.quiet : theme.rule, "stroke-width": 2 }));
    write(svg, `${level}%`, left - 18, y + 10, 28, { fill: theme.quiet, "text-anchor": "end" });
  }
  const stages = show.course.stages;
  const step = wide / Math.max(1, stages.length);
  const every = Math.ceil(stages.length / 16);
  stages.forEach(([declared], i) => { if ((stages.length - 1 - i) % every === 0) write(svg, declared, left + (i + 0.5) * step, top + tall + 40, 28, { fill: theme.quiet, "text-anchor": "middle" }); });
  let lowest = -Infinity;
  const ordered = [...show.course.lines].sort((one, two) => two.chances.at(-1) - one.chances.at(-1));
  const dashes = ["", "18 9", "5 7", "24 8 6 8", "10 10"];
  ordered.forEach((line, i) => {
    const y = (chance) => top + tall * (1 - chance);
    let d = `M${left} ${y(line.chances[0])}H${left + step}`;
    line.chances.slice(1).forEach((chance, k) => { d += `V${y(chance)}H${left + (k + 2) * step}`; });
    svg.append(node("path", { d, fill: "none", stroke: line.colour[name], "stroke-width": 7, "stroke-dasharray": dashes[i % dashes.length] }));
    lowest = Math.max(lowest + 78, y(line.chances.at(-1)));
    write(svg, line.name, left + wide + 24, lowest, 32, { fill: theme.ink, "font-weight": 700 }, 340);
    write(svg, line.display, left + wide + 24, lowest + 34, 30, { fill: theme.quiet });
  });
  write(svg, "areas declared", left + wide, top + tall + 76, 28, { fill: theme.quiet, "text-anchor": "end" });
  foot(svg, show, theme, x, 998, width);
}

function needs(svg, show, theme, name, page) {
  const [x, width] = [EDGE + 64, 1920 - 2 * EDGE - 128];
  svg.append(plate(theme, EDGE, 54, 1920 - 2 * EDGE, 972));
  head(svg, show, theme, x, 136, width);
  write(svg, "What is needed", x, 262, 38, { fill: theme.ink, "font-weight": 700 }, width);
  let y = 340;
  for (const line of show.needs.slice(page * 3, page * 3 + 3)) {
    svg.append(node("line", { x1: x, x2: x + width, y1: y - 52, y2: y - 52, stroke: theme.rule, "stroke-width": 2 }));
    y += fold(svg, line, x, y, 40, width, 3, { fill: theme.ink }) + 56;
  }
  foot(svg, show, theme, x, 998, width);
}

function state(svg, show, theme, name, page) {
  const [x, width] = [EDGE + 64, 1920 - 2 * EDGE - 128];
  svg.append(plate(theme, EDGE, 54, 1920 - 2 * EDGE, 972));
  head(svg, show, theme, x, 136, width);
  show.state.slice(page * 10, page * 10 + 10).forEach((area, i) => {
    const y = 268 + i * 70;
    svg.append(node("line", { x1: x, x2: x + width, y1: y - 46, y2: y - 46, stroke: theme.rule, "stroke-width": 2 }));
    svg.append(node("rect", { x, y: y - 28, width: 26, height: 26, fill: area.declared ? area.colour[name] : "none", stroke: area.colour[name], "stroke-width": 3 }));
    write(svg, area.name, x + 48, y - 2, 34, { fill: theme.ink, "font-weight": 700 }, 620);
    write(svg, area.status, x + 720, y - 2, 30, { fill: theme.quiet }, 260);
    write(svg, area.said, x + width, y - 2, 34, { fill: theme.ink, "text-anchor": "end" }, 560);
  });
  foot(svg, show, theme, x, 998, width);
}

function mark(svg, theme) {
  svg.append(node("text", { x: 960, y: 640, "font-size": 300, "font-weight": 700, "text-anchor": "middle", fill: theme.alarm, "fill-opacity": 0.28, transform: "rotate(-18 960 540)", "aria-hidden": "true" }, "TEST"));
  svg.append(node("rect", { x: 1920 - EDGE - 150, y: 54, width: 150, height: 58, fill: "#ffc27a" }));
  write(svg, "TEST", 1920 - EDGE - 75, 97, 40, { fill: "#15181b", "font-weight": 700, "text-anchor": "middle" });
}

const DRAWN = { "lower-third": [lowerThird, () => 1], margin: [margin, () => 1], course: [course, () => 1], needs: [needs, (show) => Math.ceil(show.needs.length / 3)], state: [state, (show) => Math.ceil(show.state.length / 10)] };
export const GRAPHICS = Object.keys(DRAWN);

/** What a playout system sends: JSON, CasparCG's templateData XML, or an object. */
export function readData(data) {
  if (data && typeof data === "object") return data;
  const text = String(data ?? "").trim();
  if (!text) return {};
  if (!text.startsWith("<")) { try { return Object(JSON.parse(text)); } catch { return {}; } }
  const parsed = new DOMParser().parseFromString(text, "text/xml");
  return Object.fromEntries([...parsed.querySelectorAll("componentData")].map((each) => [each.id, each.querySelector("data")?.getAttribute("value") ?? ""]));
}

/**
 * Put a graphic into an element.
 * @param {Element|ShadowRoot} root where it is drawn
 * @param {{graphic?: string, theme?: string}} options
 * @returns {{update: Function, play: Function, next: Function, stop: Function, remove: Function}}
 * `update` takes a show document as `show`, and `title`, `subtitle`, `graphic`, `theme` (or f0 and f1) to override.
 */
export function mount(root, options = {}) {
  const svg = node("svg", { class: "graphic", viewBox: "0 0 1920 1080", role: "img" });
  root.append(svg);
  let show = null;
  let said = {};
  let page = 0;
  const draw = () => {
    svg.replaceChildren();
    if (!show) return;
    const [drawing, pages] = DRAWN[said.graphic ?? options.graphic] ?? DRAWN["lower-third"];
    const name = THEMES[said.theme ?? options.theme] ? (said.theme ?? options.theme) : "dark";
    const shown = { ...show, title: said.title || said.f0 || show.title, subtitle: said.subtitle || said.f1 || show.subtitle };
    if (show.test && !shown.title.startsWith("TEST")) shown.title = `TEST ${shown.title}`;
    svg.setAttribute("aria-label", `${shown.title}. ${show.headline}`);
    drawing(svg, shown, THEMES[name], name, page % Math.max(1, pages(show)));
    if (show.test) mark(svg, THEMES[name]);
  };
  return {
    update(data) {
      const { show: given, ...rest } = readData(data);
      if (given) show = given;
      said = { ...said, ...rest };
      draw();
    },
    play() { page = 0; draw(); svg.classList.add("on"); },
    next() { page += 1; draw(); },
    stop() { svg.classList.remove("on"); },
    remove() { svg.remove(); },
  };
}

/** Keep a graphic fed from the service: the last value stays when the connection drops. */
export function feed(graphic, address, events) {
  let etag = "";
  let source = null;
  let over = false;
  const read = async () => {
    try {
      const answer = await fetch(address, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
      if (!answer.ok) return;
      etag = answer.headers.get("ETag") ?? "";
      const show = await answer.json();
      if (show.schema === 1 && !over) graphic.update({ show });
    } catch { /* the last value stays */ }
  };
  const listen = (wait) => {
    if (over) return;
    source = new EventSource(events);
    source.onopen = () => { wait = 1000; read(); };
    for (const kind of ["message", "publication", "decision", "service"]) source.addEventListener(kind, read);
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(Math.min(2 * wait, 15000)), wait); };
  };
  listen(1000);
  const often = setInterval(read, 30000);
  return () => { over = true; clearInterval(often); source?.close(); };
}

const page = globalThis.document?.body;
if (page?.dataset.graphic) {
  const graphic = mount(page, { graphic: page.dataset.graphic, theme: page.dataset.theme });
  if (page.dataset.show) graphic.update({ show: JSON.parse(page.dataset.show) });
  const end = feed(graphic, page.dataset.address, page.dataset.events);
  globalThis.update = (data) => { const { show, ...rest } = readData(data); graphic.update(rest); };
  globalThis.play = () => graphic.play();
  globalThis.next = () => graphic.next();
  globalThis.stop = () => graphic.stop();
  globalThis.remove = () => { end(); graphic.remove(); };
  if (page.dataset.auto !== "0") graphic.play();
}
