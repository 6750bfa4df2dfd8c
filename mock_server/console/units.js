// The units: bars, a search, and what can be done to the selected unit.

import { useContext, useEffect, useState } from "./hooks.js";
import { controlCurl } from "./api.js";
import { Action, ActionForm, NumberField, Page, html, moveInRows, numbers } from "./html.js";
import { bars, length, wordOf } from "./format.js";

const STATES = ["all", "healthy", "near", "reached", "over", "no limit", "no governance"];

function Bar({ bar, now }) {
  const limit = bar.limit === undefined ? "no limit" : bar.show(bar.limit);
  const reset = bar.reset ? length(Date.parse(bar.reset) - now) : "no reset";
  return html`<span class="bar-row">
    <span class="kind">${bar.kind}</span>
    <span class=${`bar ${bar.zero ? "zero" : ""} ${bar.limit === undefined ? "unlimited" : ""}`} aria-hidden="true">
      <span class=${`fill ${bar.word}`} style=${{ width: `${bar.share * 100}%` }}></span>
    </span>
    <span class="amount">${bar.show(bar.used)} / ${limit}</span>
    <span class=${`word ${bar.word}`}>${bar.word}</span>
    <span class="reset"><span class="hidden">resets in </span>${reset}</span>
  </span>`;
}

function Unit({ unit, now, selected, select }) {
  const found = bars(unit);
  const word = wordOf(found);
  return html`<li>
    <button class="row unit" aria-expanded=${selected} onClick=${() => select(selected ? null : unit.id)}>
      <span class="name" dir="auto">${unit.name}</span>
      <span class="id" dir="auto">${unit.id}</span>
      ${unit.meter && html`<span class="tag">metered</span>`}
      <span class=${`word ${word.replace(" ", "-")}`}>${word}</span>
      ${found.map((bar) => html`<${Bar} key=${bar.kind} bar=${bar} now=${now} />`)}
    </button>
  </li>`;
}

export function Units({ units, now, selected, select, failed }) {
  const [search, setSearch] = useState("");
  const [state, setState] = useState("all");
  const wanted = search.trim().toLowerCase();
  const shown = (units ?? []).filter(
    (unit) =>
      (unit.name.toLowerCase().includes(wanted) || unit.id.toLowerCase().includes(wanted)) &&
      (state === "all" || wordOf(bars(unit)) === state),
  );
  const unit = units?.find((one) => one.id === selected);
  const keys = (event) => {
    if (event.key === "Escape") {
      if (unit) close();
      else setSearch("");
    } else moveInRows(event);
  };
  const close = () => {
    select(null);
    document.querySelector('#units .row[aria-expanded="true"]')?.focus();
  };
  return html`<section id="units" class="pane" aria-labelledby="units-title" onKeyDown=${keys}>
    <div class="tools">
      <h2 id="units-title">Units <span class="count">${units ? units.length : ""}</span></h2>
      <input type="search" placeholder="search ( / )" aria-label="Search units" value=${search} onInput=${(event) => setSearch(event.target.value)} />
      <select aria-label="State of units" value=${state} onChange=${(event) => setState(event.target.value)}>
        ${STATES.map((one) => html`<option key=${one}>${one}</option>`)}
      </select>
    </div>
    ${units?.length === 0 && html`<${Empty} />`}
    ${units?.length > 0 && shown.length === 0 && html`<p class="none">No unit matches.</p>`}
    ${!units && !failed && html`<p class="none">Loading…</p>`}
    <ul class="list" aria-label="Units">
      ${shown.map((one) => html`<${Unit} key=${one.id} unit=${one} now=${now} selected=${one.id === selected} select=${select} />`)}
    </ul>
    ${unit && html`<${Detail} key=${unit.id} unit=${unit} close=${close} />`}
  </section>`;
}

function Empty() {
  return html`<div class="none">
    <p>This mock has no business units. To fill it:</p>
    <ul>
      <li>create one under <em>State</em> above, or with <code>createBusinessUnit</code> of the API;</li>
      <li>go back to the seed under <em>State</em>, if the mock has one;</li>
      <li>start the mock without <code>--empty</code>, or with <code>--seed-file FILE</code>;</li>
      <li>send a seed document: <code>PUT /_mock/state</code>.</li>
    </ul>
  </div>`;
}

/** The kinds of usage that the unit counts. */
function kinds(unit) {
  return [
    ...(unit.budget ? [["dollars", "$"]] : []),
    ...(unit.rate_limit ? [["tokens", "tokens"], ["requests", "requests"]] : []),
  ];
}

function Detail({ unit, close }) {
  const path = `/units/${encodeURIComponent(unit.id)}`;
  const found = kinds(unit);
  const first = found[0]?.[0];
  const [spent, setSpent] = useState(first ? { [first]: "10" } : {});
  const [rates, setRates] = useState(unit.meter ?? (first ? { [first]: "2" } : {}));
  const page = useContext(Page);
  useEffect(() => {
    if (first) page.show(controlCurl("POST", `${path}/spend`, numbers(spent)));
  }, []);
  const fields = (texts, set, what) =>
    found.map(
      ([kind, sign]) => html`<${NumberField} key=${kind} silent label=${`${what} ${kind}`} unit=${sign} value=${texts[kind] ?? ""}
        set=${(text) => set({ ...texts, [kind]: text })} />`,
    );
  return html`<div class="detail" role="group" aria-labelledby="selected-title">
    <div class="detail-title">
      <h3 id="selected-title" dir="auto">${unit.name}</h3>
      <button type="button" class="close" aria-label="Close" onClick=${close}>✕</button>
    </div>
    ${found.length === 0 && html`<p>The unit has no governance, so that nothing is counted. PUT …/governance sets it.</p>`}
    ${found.length > 0 &&
    html`<${ActionForm} method="POST" path=${`${path}/spend`} body=${numbers(spent)} label="Spend" disabled=${!Object.keys(numbers(spent)).length}>
        <span class="does">Spend</span> ${fields(spent, setSpent, "spend")}
      <//>
      <${ActionForm} method="PUT" path=${`${path}/meter`} body=${numbers(rates)} label="Meter" disabled=${!Object.keys(numbers(rates)).length}>
        <span class="does">Each minute</span> ${fields(rates, setRates, "meter")}
        ${unit.meter && html`<${Action} method="DELETE" path=${`${path}/meter`}>Stop<//>`}
      <//>`}
  </div>`;
}
