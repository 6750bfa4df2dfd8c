// What the components share: htm with Preact, and buttons that show the curl command of what they do.

import { createContext, h } from "./preact.js";
import { useContext, useRef } from "./hooks.js";
import htm from "./htm.js";
import { control, controlCurl, copy } from "./api.js";

export const html = htm.bind(h);

/** { show(curl), report(error or text), refresh() } */
export const Page = createContext(null);

/** A button that sends a request to control. Focus or the pointer shows the curl command of the same request. */
export function Action({ method, path, body, children, done, ...rest }) {
  const page = useContext(Page);
  const show = () => page.show(controlCurl(method, path, body));
  const run = async () => {
    show();
    try {
      const answer = await control(method, path, body);
      page.report("");
      done?.(answer);
      page.refresh();
    } catch (error) {
      page.report(error);
    }
  };
  return html`<button type="button" onClick=${run} onFocus=${show} onMouseEnter=${show} ...${rest}>${children}</button>`;
}

/** A form that sends a request to control when it is submitted. Its fields show the curl command while they change. */
export function ActionForm({ method, path, body, label, disabled, children, done, send }) {
  const page = useContext(Page);
  const show = () => body !== undefined && page.show(send?.curl ?? controlCurl(method, path, body));
  const run = async (event) => {
    event.preventDefault();
    show();
    try {
      const answer = await (send ? send.run() : control(method, path, body));
      page.report("");
      done?.(answer);
      page.refresh();
    } catch (error) {
      page.report(error);
    }
  };
  return html`<form class="action" onSubmit=${run} onFocusIn=${show} onInput=${() => setTimeout(show)} onMouseEnter=${show}>
    ${children}<button disabled=${disabled}>${label}</button>
  </form>`;
}

/** A number field; an empty text is no number. */
export function NumberField({ label, unit, value, set, silent, ...rest }) {
  return html`<label class="field">
    <span class=${silent ? "hidden" : ""}>${label}</span>
    <input type="number" min="0" step="any" value=${value} onInput=${(event) => set(event.target.value)} ...${rest} />
    ${unit && html`<span class="unit-of">${unit}</span>`}
  </label>`;
}

/** The members of an object whose texts are numbers. */
export function numbers(texts) {
  const found = Object.entries(texts).filter(([, text]) => text !== "" && Number.isFinite(Number(text)));
  return Object.fromEntries(found.map(([name, text]) => [name, Number(text)]));
}

export function CopyButton({ text, children }) {
  const button = useRef(null);
  const run = async () => {
    await copy(text);
    const said = button.current.textContent;
    button.current.textContent = "copied";
    setTimeout(() => button.current && (button.current.textContent = said), 1200);
  };
  return html`<button type="button" ref=${button} onClick=${run}>${children}</button>`;
}

/** Moves the focus between the rows of a list with the arrow keys. */
export function moveInRows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.closest("select, .detail, form")) return;
  const rows = [...event.currentTarget.querySelectorAll(".row")];
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? rows[0] : rows[at + step];
  if (next) next.focus();
  else if (step < 0) event.currentTarget.querySelector("input")?.focus();
  event.preventDefault();
}
