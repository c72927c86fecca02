// An OGraf graphic: a lower third with the headline, each candidate's chance, and how many areas have declared.
// It polls the flat rows of a forecast service, keeps the last values when the connection drops, and loads nothing else.
// It draws by itself: static/overlay.js draws whole frames of 1920 by 1080, and a renderer scales a lower third to its own.

const STYLE = `
  :host { position: absolute; inset: 0; font: 600 34px/1.25 system-ui, sans-serif; color: #fff; }
  .bar { position: absolute; left: 5%; right: 5%; bottom: 7%; padding: 22px 32px; background: rgb(14 20 33 / 92%);
         opacity: 0; transform: translateY(24px); transition: opacity .4s, transform .4s; }
  .bar.on { opacity: 1; transform: none; }
  .bar.still { transition: none; }
  .title { font-size: 24px; opacity: .85; }
  .headline { margin: 4px 0 12px; font-size: 40px; }
  .who { display: flex; flex-wrap: wrap; gap: 10px 36px; margin: 0; padding: 0; list-style: none; }
  .who span { border-left: 10px solid var(--colour); padding-left: 12px; }
  .foot { margin-top: 12px; font-size: 22px; opacity: .85; }
`;
const DEFAULTS = { address: "", contest: "", key: "", seconds: 2, candidates: 3 };

export default class CountNightLowerThird extends HTMLElement {
  async load({ data } = {}) {
    this.settings = { ...DEFAULTS, ...this.defaults(), ...data };
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.bar = document.createElement("section");
    this.bar.className = "bar";
    root.replaceChildren(style, this.bar);
    await this.refresh();
    return { statusCode: 200 };
  }

  async dispose() {
    this.stopPolling();
    this.shadowRoot?.replaceChildren();
    return { statusCode: 200 };
  }

  async updateAction({ data } = {}) {
    this.settings = { ...this.settings, ...data };
    this.sequence = 0; // the contest may be another one
    await this.refresh();
    return { statusCode: 200 };
  }

  async playAction({ skipAnimation } = {}) {
    this.bar.classList.toggle("still", Boolean(skipAnimation));
    this.bar.classList.add("on");
    this.startPolling();
    return { statusCode: 200, currentStep: 0 };
  }

  async stopAction({ skipAnimation } = {}) {
    this.bar.classList.toggle("still", Boolean(skipAnimation));
    this.bar.classList.remove("on");
    this.stopPolling();
    return { statusCode: 200 };
  }

  async customAction({ id } = {}) {
    if (id !== "refresh") return { statusCode: 404, statusMessage: `no action "${id}"` };
    await this.refresh();
    return { statusCode: 200 };
  }

  // What the package was made for: written in here when it is made.
  defaults() {
    return globalThis.COUNT_NIGHT_GRAPHIC ?? {};
  }

  startPolling() {
    this.stopPolling();
    this.timer = setInterval(() => this.refresh(), Math.max(1, Number(this.settings.seconds) || 2) * 1000);
  }

  stopPolling() {
    clearInterval(this.timer);
  }

  async refresh() {
    const { address, contest, key } = this.settings;
    if (!address || !contest) return;
    const place = `${address.replace(/\/+$/, "")}/graphics/${encodeURIComponent(contest)}/rows.json${key ? `?key=${encodeURIComponent(key)}` : ""}`;
    try {
      const response = await fetch(place, { signal: AbortSignal.timeout(5000), cache: "no-cache" });
      if (response.ok) this.show(await response.json());
    } catch {
      // The last value stays on air: a graphic that empties itself is worse than one that is a little old.
    }
  }

  show(rows) {
    const [about] = rows.filter((row) => row.kind === "contest");
    if (!about || about.sequence < (this.sequence ?? 0)) return;
    this.sequence = about.sequence;
    const most = Number(this.settings.candidates) || 3;
    const list = this.part("ul", "who");
    for (const row of rows.filter((each) => each.kind === "candidate").slice(0, most)) {
      const item = document.createElement("li");
      const name = this.part("span", "", `${row.name} ${row.win_words}`);
      if (/^#[0-9a-f]{6}$/i.test(row.colour)) name.style.setProperty("--colour", row.colour);
      item.append(name);
      list.append(item);
    }
    const foot = `${about.areas_display} areas declared · ${about.as_of_display}`;
    const held = about.status === "live" ? "" : ` · ${about.status}`;
    this.bar.replaceChildren(
      this.part("div", "title", about.title),
      this.part("div", "headline", about.headline),
      list,
      this.part("div", "foot", foot + held),
    );
  }

  part(tag, name, text = "") {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text;
    return element;
  }
}
