// The journal: exchanges as they happen, the contract's verdict, replay and copies.

import { useState } from "./hooks.js";
import { Action, CopyButton, html, moveInRows } from "./html.js";
import { quoted } from "./api.js";
import { asCurl, asFetch, clockTime, pretty } from "./format.js";

const FILTERS = ["all", "violations", "refused", "forced", "reads", "writes"];
const SAFE = ["GET", "HEAD", "OPTIONS"];

/** The status; "drop" if the connection was closed without a response. */
const statusText = (entry) => String(entry.status ?? "drop");

function isShown(entry, filter, text) {
  if (filter === "violations" && entry.verdict.ok) return false;
  if (filter === "refused" && entry.status < 400) return false;
  if (filter === "forced" && !entry.forced) return false;
  if (filter === "reads" && !SAFE.includes(entry.method)) return false;
  if (filter === "writes" && SAFE.includes(entry.method)) return false;
  return `${entry.method} ${entry.path} ${statusText(entry)} ${entry.operation ?? ""}`.toLowerCase().includes(text);
}

/** A sign and a word for the same thing. */
function mark(entry) {
  if (!entry.verdict.ok) return ["✗", "breaks the contract", "bad"];
  if (entry.forced) return ["⚡", "forced", "forced"];
  if (entry.status >= 400) return ["!", "refused", "warn"];
  return entry.verdict.hints.length ? ["✓", "with a hint", "good hint"] : ["✓", "keeps to the contract", "good"];
}

/** The end of a path says more than its beginning. */
const short = (path) => path.replace(/^.*?\/business-units/, "…/business-units");

function Row({ entry, selected, select }) {
  const [sign, words, kind] = mark(entry);
  return html`<li>
    <button class="row exchange" aria-expanded=${selected} onClick=${() => select(selected ? null : entry.number)}>
      <span class="time">${clockTime(entry.time)}</span>
      <span class="method">${entry.method}</span>
      <span class="path" title=${entry.path}>${short(entry.path)}${entry.query && `?${entry.query}`}</span>
      <span class=${`status s${String(entry.status ?? 5)[0]}`}>${statusText(entry)}</span>
      <span class=${`mark ${kind}`}><span aria-hidden="true">${sign}</span><span class="hidden">${words}</span></span>
      <span class="ms">${entry.milliseconds < 10 ? entry.milliseconds.toFixed(1) : Math.round(entry.milliseconds)} ms</span>
    </button>
  </li>`;
}

function Message({ title, message }) {
  return html`<details open=${Boolean(message.body)}>
    <summary>${title} <span class="count">${message.headers.length} header fields</span></summary>
    ${message.body && html`<pre tabindex="0" role="group" aria-label=${`${title} body`}>${pretty(message.body)}${message.truncated && "\n… (the journal keeps 32 KiB)"}</pre>`}
    <dl class="fields">
      ${message.headers.map((one, index) => html`<div key=${index}><dt>${one.name}</dt><dd>${one.value}</dd></div>`)}
    </dl>
  </details>`;
}

function Problem({ problem }) {
  return html`<li>
    <p class="message">${problem.message}</p>
    <p class="place">
      <span class="tag">${problem.in}</span>
      ${problem.pointer && html` at <code>${problem.pointer}</code>`}
      ${problem.schema && html` · contract <code>${problem.schema}</code>`}
    </p>
  </li>`;
}

function Exchange({ entry, close, select }) {
  const { verdict } = entry;
  const told = verdict.problems.some((problem) => problem.message === verdict.explanation);
  return html`<div class="detail" role="group" aria-labelledby="exchange-title">
    <div class="detail-title">
      <h3 id="exchange-title">
        <span class="method">${entry.method}</span> <span class="path">${entry.path}${entry.query && `?${entry.query}`}</span>
        <span class=${`status s${String(entry.status ?? 5)[0]}`}>${statusText(entry)}</span>
      </h3>
      <button type="button" class="close" aria-label="Close" onClick=${close}>✕</button>
    </div>
    <p class="verdict">
      <span class=${`mark ${mark(entry)[2]}`} aria-hidden="true">${mark(entry)[0]}</span>
      ${verdict.ok ? "The request keeps to the contract." : "The request breaks the contract."}
      ${verdict.explanation && !told && html` <strong class="explanation">${verdict.explanation}</strong>`}
    </p>
    ${verdict.problems.length > 0 && html`<ol class="problems">${verdict.problems.map((problem, index) => html`<${Problem} key=${index} problem=${problem} />`)}</ol>`}
    ${verdict.hints.length > 0 && html`<ul class="hints">${verdict.hints.map((hint, index) => html`<li key=${index}>${hint}</li>`)}</ul>`}
    <div class="buttons">
      <${Action} method="POST" path=${`/journal/${entry.number}/replay`} done=${(answer) => select(answer.number)}>Replay<//>
      <${CopyButton} text=${asCurl(entry, quoted)}>Copy as curl<//>
      <${CopyButton} text=${asFetch(entry)}>Copy as fetch<//>
    </div>
    <${Message} title="Request" message=${entry.request} />
    ${entry.status !== null && html`<${Message} title="Response" message=${entry.response} />`}
  </div>`;
}

export function Journal({ entries, selected, select, download }) {
  const [filter, setFilter] = useState("all");
  const [text, setText] = useState("");
  const [paused, setPaused] = useState(null); // the entries at the pause
  const wanted = text.trim().toLowerCase();
  const source = paused ?? entries;
  const shown = source.filter((entry) => isShown(entry, filter, wanted)).reverse();
  const entry = entries.find((one) => one.number === selected) ?? source.find((one) => one.number === selected);
  const close = () => {
    const row = document.querySelector('#journal .row[aria-expanded="true"]');
    select(null);
    row?.focus();
  };
  const keys = (event) => {
    if (event.key === "Escape") {
      if (entry) close();
      else setText("");
    } else moveInRows(event);
  };
  const behind = paused ? entries.filter((one) => !paused.includes(one)).length : 0;
  return html`<section id="journal" class="pane" aria-labelledby="journal-title" onKeyDown=${keys}>
    <div class="tools">
      <h2 id="journal-title">Journal <span class="count">${entries.length}</span></h2>
      <input type="search" placeholder="filter ( / )" aria-label="Filter journal" value=${text} onInput=${(event) => setText(event.target.value)} />
      <select aria-label="Kind of exchanges" value=${filter} onChange=${(event) => setFilter(event.target.value)}>
        ${FILTERS.map((one) => html`<option key=${one}>${one}</option>`)}
      </select>
      <button type="button" aria-pressed=${Boolean(paused)} onClick=${() => setPaused(paused ? null : entries)}>
        ${paused ? `Go on${behind ? ` (${behind} new)` : ""}` : "Pause"}
      </button>
      <${Action} method="DELETE" path="/journal">Clear<//>
      <button type="button" onClick=${download}>HAR</button>
    </div>
    ${entries.length === 0 && html`<p class="none">No request yet. Send one to the API, and it appears here with the contract's verdict.</p>`}
    ${entries.length > 0 && shown.length === 0 && html`<p class="none">No exchange matches.</p>`}
    <ul class="list" aria-label="Exchanges">
      ${shown.map((one) => html`<${Row} key=${one.number} entry=${one} selected=${one.number === selected} select=${select} />`)}
    </ul>
    ${entry && html`<${Exchange} key=${entry.number} entry=${entry} close=${close} select=${select} />`}
  </section>`;
}
