// The console of the mock: units on one side, the journal on the other.

import { render } from "./preact.js";
import { useCallback, useEffect, useMemo, useRef, useState } from "./hooks.js";
import { Action, ActionForm, CopyButton, NumberField, Page, html, numbers } from "./html.js";
import { api, apiKey, base, control, controlCurl, controlKey, follow, quoted, root, takeKey } from "./api.js";
import { instant } from "./format.js";
import { Journal } from "./journal.js";
import { Units } from "./units.js";

const MOST_ENTRIES = 500;
const REFRESH_MILLISECONDS = 150;

takeKey();

/** Units, clock and what else control knows, read again after each change. */
function useMock(report) {
  const [mock, setMock] = useState({});
  const [needsKey, setNeedsKey] = useState(false);
  const timer = useRef(null);
  const load = useCallback(async () => {
    timer.current = null;
    try {
      const [units, info, chaos, snapshots, sandboxes] = await Promise.all(
        ["/units", "/info", "/chaos", "/snapshots", "/sandboxes"].map((path) => control("GET", path)),
      );
      const at = performance.now();
      setMock({ units: units.business_units, clock: { ...units.clock, at }, info, chaos, ...snapshots, ...sandboxes });
      setNeedsKey(false);
    } catch (error) {
      if (error.status === 403) setNeedsKey(true);
      if (error.status) report(error); // a lost connection is reported by the journal
    }
  }, []);
  const refresh = useCallback(() => {
    timer.current ??= setTimeout(load, REFRESH_MILLISECONDS);
  }, []);
  return { mock, needsKey, refresh, load };
}

/** The simulated time in milliseconds. It goes on by itself between two answers of the mock. */
function useNow(clock) {
  const [, tick] = useState(0);
  useEffect(() => {
    const interval = setInterval(() => tick((count) => count + 1), 500);
    return () => clearInterval(interval);
  }, []);
  if (!clock) return Date.now();
  const speed = clock.frozen ? 0 : clock.speed;
  return Date.parse(clock.now) + (performance.now() - clock.at) * speed;
}

function useJournal(refresh, enabled) {
  const [entries, setEntries] = useState([]);
  const [lost, setLost] = useState(false);
  useEffect(() => {
    if (!enabled) return undefined;
    const ending = new AbortController();
    let pending = [];
    let fresh = true;
    const flush = () => {
      const batch = pending;
      pending = [];
      setEntries((known) => [...known, ...batch].slice(-MOST_ENTRIES));
    };
    follow(
      {
        connected: () => {
          if (fresh) setEntries([]);
          fresh = false;
          setLost(false);
          refresh();
        },
        lost: () => {
          fresh = true;
          setLost(true);
        },
        clear: () => setEntries([]),
        state: refresh,
        entry: (entry) => {
          if (!pending.length) requestAnimationFrame(flush);
          pending.push(entry);
        },
      },
      ending.signal,
    );
    return () => ending.abort();
  }, [enabled]);
  return { entries, lost };
}

function Clock({ clock, now }) {
  const [duration, setDuration] = useState("30d");
  if (!clock) return null;
  const advance = (text, label) =>
    html`<${Action} method="POST" path="/clock/advance" body=${{ duration: text }} aria-label=${`Advance the clock by ${label}`}>+${label}<//>`;
  const speed = (value) => html`<${Action} method="PATCH" path="/clock" body=${{ speed: value }} aria-pressed=${clock.speed === value}>${value}×<//>`;
  return html`<div class="clock" role="group" aria-label="Clock">
    <time class="now" datetime=${new Date(now).toISOString()}>${instant(now)}</time>
    <span class="tag">${clock.frozen ? "frozen" : `${clock.speed}×`}</span>
    ${advance("1h", "1 h")} ${advance("1d", "1 d")}
    <details class="menu" name="menu">
      <summary>Time</summary>
      <div class="panel">
        <${ActionForm} method="POST" path="/clock/advance" body=${{ duration }} label="Advance" disabled=${!duration}>
          <label class="field"><span>by</span><input size="6" value=${duration} onInput=${(event) => setDuration(event.target.value)} /></label>
        <//>
        <div class="buttons">
          <${Action} method="PATCH" path="/clock" body=${{ frozen: !clock.frozen }}>${clock.frozen ? "Go on" : "Freeze"}<//>
          ${speed(1)} ${speed(60)} ${speed(3600)}
          <${Action} method="DELETE" path="/clock">Real time<//>
        </div>
        <p>Usage resets when the simulated clock passes the end of a window.</p>
      </div>
    </details>
  </div>`;
}

const OUTCOMES = [
  ["429", "429, come back later"],
  ["500", "500"],
  ["503", "503"],
  ["401", "401"],
  ["drop", "dropped connection"],
  ["wait", "only a delay"],
];

function Failures({ chaos }) {
  const [outcome, setOutcome] = useState("429");
  const [given, setGiven] = useState({ next: "1", delay: "0", rate: "100", seconds: "" });
  const { next, delay, rate, seconds } = numbers(given);
  const rule = {};
  if (/^\d+$/.test(outcome)) rule.status = Number(outcome);
  if (outcome === "429") rule.retry_after = 2;
  if (outcome === "drop") rule.drop = true;
  if (delay > 0 || outcome === "wait") rule.latency = { distribution: "fixed", value: delay ?? 0 };
  if (next > 0) rule.next = next;
  if (rate < 100) rule.rate = rate / 100;
  const body = seconds > 0 ? { rules: [rule], seconds } : { rules: [rule] };
  const set = (name) => (text) => setGiven({ ...given, [name]: text });
  const on = chaos?.rules.length > 0;
  return html`<details class="menu" name="menu">
    <summary>Failures${on && html` <span class="tag alarm">on</span>`}</summary>
    <div class="panel">
      <${ActionForm} method="PUT" path="/chaos" body=${body} label="Force">
        <label class="field"><span>outcome</span>
          <select value=${outcome} onChange=${(event) => setOutcome(event.target.value)}>
            ${OUTCOMES.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
          </select>
        </label>
        <${NumberField} label="next" unit="requests (empty: all)" value=${given.next} set=${set("next")} step="1" />
        <${NumberField} label="delay" unit="ms" value=${given.delay} set=${set("delay")} />
        <${NumberField} label="rate" unit="%" value=${given.rate} set=${set("rate")} max="100" />
        <${NumberField} label="ends after" unit="s (empty: never)" value=${given.seconds} set=${set("seconds")} />
      <//>
      ${outcome === "drop" && html`<p>Chromium repeats a dropped request: leave <em>next</em> empty for its pages.</p>`}
      ${on && html`<pre tabindex="0" role="group" aria-label="Rules in force">${JSON.stringify(chaos.rules, null, 1)}</pre>`}
      <${Action} method="DELETE" path="/chaos" disabled=${!on}>End all failures<//>
      <p>One request alone: send it with the header <code>Prefer: code=500</code> or <code>wait=2</code>.</p>
    </div>
  </details>`;
}

function State({ snapshots, sandboxes, info }) {
  const [snapshot, setSnapshot] = useState("before");
  const [sandbox, setSandbox] = useState("");
  const [name, setName] = useState("");
  const [key, setKey] = useState(apiKey.get());
  const units = info?.units_path ?? "";
  const create = {
    curl: `curl -H "Authorization: Bearer $GOVERNANCE_API_KEY" -H 'Content-Type: application/json' -d ${quoted(JSON.stringify({ name }))} ${quoted(root + units)}`,
    run: () => {
      apiKey.set(key.trim());
      return api("POST", units, { name });
    },
  };
  return html`<details class="menu" name="menu">
    <summary>State</summary>
    <div class="panel">
      <h2>New unit</h2>
      <${ActionForm} body=${{ name }} send=${create} label="Create" disabled=${!units || !name.trim() || !key.trim()} done=${() => setName("")}>
        <label class="field"><span>name</span><input value=${name} onInput=${(event) => setName(event.target.value)} /></label>
        <label class="field"><span>management key</span>
          <input type="password" autocomplete="off" value=${key} onInput=${(event) => setKey(event.target.value)} /></label>
      <//>
      <h2>Seed and snapshots</h2>
      <div class="buttons"><${Action} method="POST" path="/reset">Reset to the seed<//></div>
      <${ActionForm} method="PUT" path=${`/snapshots/${encodeURIComponent(snapshot)}`} label="Save" disabled=${!snapshot}>
        <label class="field"><span>snapshot</span><input value=${snapshot} onInput=${(event) => setSnapshot(event.target.value)} /></label>
      <//>
      <ul class="plain">
        ${(snapshots ?? []).map(
          (one) => html`<li key=${one.name}><span>${one.name}</span>
            <${Action} method="POST" path=${`/snapshots/${one.name}/restore`} aria-label=${`Restore ${one.name}`}>Restore<//>
            <${Action} method="DELETE" path=${`/snapshots/${one.name}`} aria-label=${`Delete ${one.name}`}>Delete<//></li>`,
        )}
      </ul>
      <h2>Sandboxes</h2>
      <${ActionForm} method="POST" path="/sandboxes" body=${{ name: sandbox }} label="Create" disabled=${!sandbox} done=${() => setSandbox("")}>
        <label class="field"><span>sandbox</span><input value=${sandbox} onInput=${(event) => setSandbox(event.target.value)} /></label>
      <//>
      <ul class="plain">
        ${(sandboxes ?? []).map(
          (one) => html`<li key=${one.name}>
            <a href=${`${one.base_path}/_mock/`} aria-current=${one.name === info.sandbox ? "page" : undefined}>${one.name}</a>
          </li>`,
        )}
      </ul>
    </div>
  </details>`;
}

function ControlKey({ retry }) {
  const [key, setKey] = useState("");
  const use = (event) => {
    event.preventDefault();
    controlKey.set(key.trim());
    retry();
  };
  return html`<form class="key action" aria-label="Control key" onSubmit=${use}>
    <label class="field"><span>This mock needs its control key (GOVERNANCE_CONTROL_KEY):</span>
      <input type="password" autocomplete="off" value=${key} onInput=${(event) => setKey(event.target.value)} /></label>
    <button>Use</button>
  </form>`;
}

async function download(report) {
  try {
    const url = URL.createObjectURL(new Blob([JSON.stringify(await control("GET", "/journal.har"))], { type: "application/json" }));
    Object.assign(document.createElement("a"), { href: url, download: "journal.har" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    report("");
  } catch (error) {
    report(error);
  }
}

function Tabs({ tab, setTab, counts }) {
  const names = ["units", "journal"];
  const keys = (event) => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const other = tab === "units" ? "journal" : "units";
      setTab(other);
      event.currentTarget.querySelector(`[data-tab=${other}]`).focus();
    }
  };
  return html`<div class="tabs" role="tablist" aria-label="View" onKeyDown=${keys}>
    ${names.map(
      (name) => html`<button key=${name} type="button" role="tab" data-tab=${name} aria-controls=${name} aria-selected=${tab === name}
        tabindex=${tab === name ? 0 : -1} onClick=${() => setTab(name)}>${name === "units" ? "Units" : "Journal"} ${counts[name] ?? ""}</button>`,
    )}
  </div>`;
}

/** "/" goes to the search of the pane in which the focus is, or of the first one that is visible. */
function searchOnSlash(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
  const panes = [event.target.closest(".pane"), ...document.querySelectorAll(".pane")];
  panes.find((pane) => pane?.checkVisibility())?.querySelector("input[type=search]").focus();
  event.preventDefault();
}

/** Esc and a click elsewhere close an open menu. */
function closeMenus(event) {
  if (event.type === "keydown" && event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (event.type === "pointerdown" && menu.contains(event.target)) continue;
    menu.open = false;
    if (event.type === "keydown") menu.querySelector("summary").focus();
  }
}

function Console() {
  const [said, setSaid] = useState("");
  const [curl, show] = useState(controlCurl("GET", "/units"));
  const [unit, selectUnit] = useState(null);
  const [number, selectEntry] = useState(null);
  const [tab, setTab] = useState("units");
  const report = useCallback((error) => setSaid(error ? String(error.message ?? error) : ""), []);
  const { mock, needsKey, refresh, load } = useMock(report);
  const { entries, lost } = useJournal(refresh, !needsKey);
  const now = useNow(mock.clock);
  const page = useMemo(() => ({ show, report, refresh }), []);
  useEffect(() => {
    load();
    const listeners = [["keydown", searchOnSlash], ["keydown", closeMenus], ["pointerdown", closeMenus]];
    for (const listener of listeners) document.addEventListener(...listener);
    return () => listeners.forEach((listener) => document.removeEventListener(...listener));
  }, []);

  // Usage changes by itself when a window ends, and while a unit is metered.
  const changes = mock.units?.some((one) => one.meter || Object.values(one.next_resets).some((at) => Date.parse(at) <= now));
  const second = Math.floor(performance.now() / 1000);
  useEffect(() => {
    if (changes && !lost) refresh();
  }, [changes, second]);

  // The same vnode again is not rendered again: the clock ticks, the journal need not.
  const journal = useMemo(
    () => html`<${Journal} entries=${entries} selected=${number} select=${selectEntry} download=${() => download(report)} />`,
    [entries, number],
  );
  const { info } = mock;
  return html`<${Page.Provider} value=${page}>
    <header>
      <h1>governance mock</h1>
      ${info && html`<span class="about">${info.edition} · ${info.store}${base && ` · sandbox ${info.sandbox}`}</span>`}
      <nav aria-label="Pages"><a href="docs">API</a> <a href="docs?of=control">Control</a></nav>
      ${apiKey.get() && html`<span class="about">key ••••••• <${CopyButton} text=${apiKey.get()}>copy<//></span>`}
      <${Clock} clock=${mock.clock} now=${now} />
      <${Failures} chaos=${mock.chaos} />
      <${State} ...${mock} />
    </header>
    <div role="status" class="said">
      ${lost && html`<p class="lost">The mock does not answer. The console tries again every second.</p>`}
      ${said && html`<p class="error">${said} <button type="button" onClick=${() => setSaid("")}>Dismiss</button></p>`}
    </div>
    ${needsKey && html`<${ControlKey} retry=${load} />`}
    <main data-tab=${tab}>
      <${Tabs} tab=${tab} setTab=${setTab} counts=${{ units: mock.units?.length, journal: entries.length }} />
      <${Units} units=${mock.units} now=${now} selected=${unit} select=${selectUnit} failed=${lost || needsKey} />
      ${journal}
    </main>
    <footer>
      <span id="curl-title">the same with curl</span>
      <code aria-labelledby="curl-title" tabindex="0" role="group">${curl}</code>
      <${CopyButton} text=${curl}>copy<//>
    </footer>
  <//>`;
}

render(html`<${Console} />`, document.body);
