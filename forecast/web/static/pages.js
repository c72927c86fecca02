// What makes the pages live. Without it every page works by links and forms; nothing here works a figure out.
const body = document.body;
const parser = new DOMParser();
const KINDS = ["message", "news", "proposal", "confirmed", "rejected", "decision", "publication", "alarm", "feed", "service"];
const served = new Map();

// --- what was served of each part, so that only what has changed is replaced -------------------------------------
const parts = (root) => [...root.querySelectorAll("[data-part]")];
for (const part of parts(document)) served.set(part.id, part.outerHTML);

function focusables(root) {
  return [...root.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
}

function busy(part) {
  const at = document.activeElement;
  return part.contains(at) && at.matches("input, select, textarea");
}

function replacePart(old, fresh, html) {
  if (busy(old)) return;
  const open = new Map([...old.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
  const place = old.contains(document.activeElement) ? focusables(old).indexOf(document.activeElement) : -1;
  const node = document.importNode(fresh, true);
  for (const each of node.querySelectorAll("details[id]")) if (open.has(each.id)) each.open = open.get(each.id);
  node.classList.add("changed");
  old.replaceWith(node);
  served.set(node.id, html);
  if (place >= 0) focusables(node)[place]?.focus({ preventScroll: true });
}

function arrange(container, fresh) {
  let cursor = container.firstElementChild;
  for (const each of [...fresh.children]) {
    const html = each.outerHTML;
    const old = each.id ? container.querySelector(`:scope > #${CSS.escape(each.id)}`) : null;
    if (!old) {
      const node = container.insertBefore(document.importNode(each, true), cursor);
      served.set(node.id, html);
      continue;
    }
    while (cursor && cursor !== old && !fresh.querySelector(`:scope > #${CSS.escape(cursor.id || "none")}`)) {
      const gone = cursor;
      cursor = cursor.nextElementSibling;
      gone.remove();
    }
    if (cursor !== old) container.insertBefore(old, cursor);
    const next = old.nextElementSibling;
    if (served.get(each.id) !== html) replacePart(old, each, html);
    cursor = next;
  }
  while (cursor) {
    const gone = cursor;
    cursor = cursor.nextElementSibling;
    gone.remove();
  }
}

function say(text) {
  const announcer = document.getElementById("announcer");
  if (text && announcer && announcer.textContent !== text) announcer.textContent = text;
}

function take(html) {
  const fresh = parser.parseFromString(html, "text/html");
  const before = document.querySelector("[data-announce]")?.dataset.announce;
  const only = body.dataset.only?.split(" ");
  if (only) {
    for (const id of only) {
      const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
      if (old && now && served.get(id) !== now.outerHTML) replacePart(old, now, now.outerHTML);
    }
  } else {
    const [live, now] = [document.getElementById("live"), fresh.getElementById("live")];
    if (live && now) arrange(live, now);
  }
  const [banner, freshBanner] = [document.getElementById("banner"), fresh.getElementById("banner")];
  if (banner && freshBanner) banner.replaceWith(document.importNode(freshBanner, true));
  const headline = fresh.getElementById("headline");
  if (headline) body.classList.toggle("early", headline.hasAttribute("data-early"));
  const after = document.querySelector("[data-announce]")?.dataset.announce;
  if (after && after !== before) say(after);
  showConnection();
  tellAges();
}

// --- the connection ---------------------------------------------------------------------------------------------
let lostAt = null;

function showConnection() {
  const told = document.getElementById("connection");
  body.toggleAttribute("data-lost", lostAt !== null);
  if (!told) return;
  told.hidden = lostAt === null;
  told.textContent = lostAt === null ? "" : `Connection lost at ${lostAt.toLocaleTimeString("en-GB")}. The last figures are kept; trying again.`;
}

function lost() {
  if (lostAt !== null) return;
  lostAt = new Date();
  showConnection();
  say("Connection lost. The last figures are kept.");
}

function found() {
  if (lostAt === null) return;
  lostAt = null;
  showConnection();
  say("Connected again.");
}

let asked = false;
let again = false;

async function refresh() {
  if (asked) { again = true; return; }
  asked = true;
  try {
    const answer = await fetch(body.dataset.live, { headers: { Accept: "text/html" }, credentials: "same-origin", cache: "no-store" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const html = await answer.text();
    if (body.hasAttribute("data-whole") && html.includes('id="headline"')) { location.reload(); return; }
    take(html);
    found();
  } catch {
    lost();
  } finally {
    asked = false;
    if (again) { again = false; setTimeout(refresh, 100); }
  }
}

let due = 0;
function refreshSoon() {
  if (due) return;
  due = setTimeout(() => { due = 0; refresh(); }, 80);
}

function listen(wait = 1000) {
  const source = new EventSource(body.dataset.events);
  source.onopen = () => { wait = 1000; refreshSoon(); };
  for (const kind of KINDS) source.addEventListener(kind, refreshSoon);
  source.onerror = () => {
    lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(Math.min(2 * wait, 15000)), wait);
  };
}

// --- how old the forecast is ------------------------------------------------------------------------------------
function age(seconds) {
  for (const [size, one] of [[86400, "day"], [3600, "hour"], [60, "minute"]]) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${one}${count === 1 ? "" : "s"} ago`;
  }
  const count = Math.max(0, Math.floor(seconds));
  return `${count} second${count === 1 ? "" : "s"} ago`;
}

function tellAges() {
  for (const time of document.querySelectorAll("time[data-age]")) time.textContent = age((Date.now() - Date.parse(time.dateTime)) / 1000);
}

// --- what if ----------------------------------------------------------------------------------------------------
function addSliders(form) {
  for (const number of form.querySelectorAll("[data-slider]")) {
    const range = document.createElement("input");
    Object.assign(range, { type: "range", min: number.dataset.low, max: number.dataset.high, step: "0.5", value: number.value || number.placeholder });
    range.setAttribute("aria-label", form.querySelector(`label[for="${number.id}"]`).textContent);
    range.addEventListener("input", () => { number.value = range.value; });
    number.addEventListener("input", () => { range.value = number.value || number.placeholder; });
    form.addEventListener("reset", () => setTimeout(() => { number.value = ""; range.value = number.placeholder; }));
    number.before(range);
  }
}

function answerInPlace(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = document.getElementById("what-if-answer");
    const sent = new FormData(form);
    sent.set("part", "1");
    try {
      const reply = await fetch(form.action, { method: "POST", body: new URLSearchParams(sent), credentials: "same-origin" });
      const fresh = parser.parseFromString(await reply.text(), "text/html");
      answer.replaceChildren(...[...fresh.body.childNodes].map((node) => document.importNode(node, true)));
      if (!fresh.body.firstElementChild) answer.textContent = "No answer came. Try again.";
    } catch {
      answer.textContent = "No answer came. Try again.";
    }
    answer.focus();
  });
}

// --- the declaration desk ---------------------------------------------------------------------------------------
function showKind(form) {
  const kind = form.elements.kind.value;
  for (const each of form.querySelectorAll("[data-kind]")) each.hidden = each.dataset.kind !== kind;
  for (const each of form.querySelectorAll("[data-votes]")) each.hidden = kind === "verified" || kind === "withdrawn";
}

function checkWhileTyping(form) {
  let timer = 0;
  let turn = 0;
  const check = async () => {
    const mine = ++turn;
    try {
      const reply = await fetch(form.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" });
      const fresh = parser.parseFromString(await reply.text(), "text/html");
      if (mine !== turn || !reply.ok) return;
      document.getElementById("checks").replaceChildren(...[...fresh.body.childNodes].map((node) => document.importNode(node, true)));
    } catch {
      document.getElementById("checks").textContent = "No checks: the connection is lost. What you typed is kept.";
    }
  };
  form.addEventListener("input", () => { showKind(form); clearTimeout(timer); timer = setTimeout(check, 180); });
  showKind(form);
  if ([...form.querySelectorAll("td input")].some((each) => each.value)) check();
}

function moveByKeys(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.matches("button")) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) { form.querySelector('button[value="take"]').click(); return; }
    const fields = [...form.querySelectorAll("input:not([type=hidden]):not([type=radio]), button")].filter((each) => each.offsetParent);
    const at = event.target.matches("[type=radio]") ? -1 : fields.indexOf(event.target);
    fields[at + 1]?.focus();
    fields[at + 1]?.select?.();
  });
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (event.submitter?.value === "take") form.dataset.sent = "1";
  });
}

function filterAreas(search) {
  const list = () => [...document.querySelectorAll(`#${search.dataset.filter} a`)];
  search.closest("p").hidden = false;
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase();
    for (const each of list()) each.hidden = !each.textContent.toLowerCase().includes(wanted);
  });
  search.addEventListener("keydown", (event) => {
    const first = list().find((each) => !each.hidden);
    if (event.key === "Enter" && first) { event.preventDefault(); location.href = first.href; }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, textarea, select")) return;
    event.preventDefault();
    search.focus();
  });
}

// --- start ------------------------------------------------------------------------------------------------------
for (const form of document.querySelectorAll("[data-what-if]")) { addSliders(form); answerInPlace(form); }
for (const form of document.querySelectorAll("[data-check]")) { checkWhileTyping(form); moveByKeys(form); }
for (const search of document.querySelectorAll("[data-filter]")) filterAreas(search);
for (const once of document.querySelectorAll("[data-once]")) once.value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
if (location.hash === "#entry") {
  // after the browser has gone to the form, which takes the focus away again
  const begin = () => setTimeout(() => [...document.querySelectorAll("#entry table input")].find((each) => each.offsetParent)?.focus(), 50);
  if (document.readyState === "complete") begin(); else addEventListener("load", begin);
}
if (body.dataset.events) {
  listen();
  setInterval(refresh, 30000); // what nobody tells of: that a forecast has become old, or that nobody answers
  addEventListener("offline", lost);
  addEventListener("online", refreshSoon);
}
if (body.dataset.every) setInterval(refresh, 1000 * Number(body.dataset.every));
tellAges();
setInterval(tellAges, 1000);
