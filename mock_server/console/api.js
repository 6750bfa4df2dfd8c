// Requests to control (/_mock/), and the same requests as curl.

/** The base path of the sandbox: "" or "/s/NAME". */
export const base = location.pathname.replace(/\/_mock(\/.*)?$/, "");
export const root = location.origin + base;

/** Keys live as long as the tab. */
const store = (name) => ({ get: () => sessionStorage.getItem(name) ?? "", set: (value) => sessionStorage.setItem(name, value) });
export const apiKey = store("governance-mock-key");
export const controlKey = store("governance-mock-control-key");

/** Take a key from the fragment of the address, which no server sees, and remove it from the address. */
export function takeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key) {
    apiKey.set(key);
    history.replaceState(null, "", location.pathname + location.search);
  }
}

function headers(body) {
  const found = {};
  if (body !== undefined) found["Content-Type"] = "application/json";
  if (controlKey.get()) found["X-Mock-Control-Key"] = controlKey.get();
  return found;
}

export class Refused extends Error {
  constructor(status, error) {
    super(error.pointer ? `${error.message} (at ${error.pointer})` : error.message);
    this.status = status;
  }
}

/** Send a request to control; returns the JSON of the response, null if it is empty. Throws Refused. */
export async function control(method, path, body) {
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(`${base}/_mock${path}`, { method, headers: headers(body), body: sent });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Refused(response.status, answer?.error ?? { message: `status ${response.status}` });
  return answer;
}

/** Send a request to the API with the management key. Throws Refused. */
export async function api(method, path, body) {
  const response = await fetch(base + path, {
    method,
    headers: { Authorization: `Bearer ${apiKey.get()}`, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refused(response.status, answer.error);
  return answer;
}

/** A text in single quotation marks for a shell. */
export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The curl command of a request to control. */
export function controlCurl(method, path, body) {
  const parts = ["curl"];
  if (method !== "GET") parts.push("-X", method);
  if (controlKey.get()) parts.push('-H "X-Mock-Control-Key: $GOVERNANCE_CONTROL_KEY"');
  parts.push(quoted(`${root}/_mock${path}`));
  if (body !== undefined) parts.push("-H 'Content-Type: application/json'", "-d", quoted(JSON.stringify(body)));
  return parts.join(" ");
}

/**
 * Follow the server-sent events of the journal, until the signal ends it. A lost connection is opened again.
 * fetch instead of EventSource, which cannot send the control key.
 */
export async function follow(handlers, signal) {
  let last = 0;
  while (!signal.aborted) {
    try {
      const response = await fetch(`${base}/_mock/journal/events?after=${last}`, { headers: headers(), signal });
      if (!response.ok) throw new Refused(response.status, (await response.json()).error);
      handlers.connected();
      for await (const event of events(response.body)) {
        if (event.id) last = Number(event.id);
        handlers[event.name]?.(JSON.parse(event.data));
      }
      // Some servers cannot stream: they end the response, and are asked again.
    } catch (error) {
      if (signal.aborted) return;
      last = 0; // another mock may be there now, with other numbers
      handlers.lost(error);
    }
    await new Promise((resume) => setTimeout(resume, 1000));
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = {};
      for (const line of block.split("\n")) {
        const [, field, text] = /^(\w*): ?(.*)$/.exec(line) ?? [];
        if (field === "event") event.name = text;
        else if (field === "id" || field === "data") event[field] = text;
      }
      if (event.name) yield event;
    }
  }
}

export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // without a secure context there is no clipboard
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
