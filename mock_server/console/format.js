// Numbers, times and texts as the console shows them. Everything ends up in text nodes.

const money = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const whole = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const small = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumSignificantDigits: 2 });
const count = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2, roundingMode: "trunc" });

export const dollars = (amount) =>
  (Number.isInteger(amount) ? whole : Math.abs(amount) < 0.01 ? small : money).format(amount);
export const counted = (amount) => (amount < 10_000 ? amount.toLocaleString("en") : count.format(amount));

/** The bars of a unit: what is limited, how much of it is used, and when it begins again. */
export function bars(unit) {
  const found = [];
  if (unit.budget) {
    const { current_usage: used, max_limit: limit } = unit.budget;
    found.push({ kind: "budget", used, limit, show: dollars, reset: unit.next_resets.budget });
  }
  for (const kind of ["token", "request"]) {
    const limits = unit.rate_limit;
    if (!limits || (limits[`${kind}_max_limit`] === undefined && limits[`${kind}_reset_duration`] === undefined)) continue;
    found.push({
      kind: `${kind}s`,
      used: limits[`${kind}_current_usage`] ?? 0,
      limit: limits[`${kind}_max_limit`],
      show: counted,
      reset: unit.next_resets[kind],
    });
  }
  return found.map((bar) => ({ ...bar, ...judged(bar) }));
}

const WORDS = ["no limit", "healthy", "near", "reached", "over"];

function judged({ used, limit }) {
  if (limit === undefined) return { word: "no limit", share: 0 };
  if (limit === 0) return { word: used > 0 ? "over" : "reached", share: 1, zero: true };
  const share = used / limit;
  const word = share > 1 ? "over" : share === 1 ? "reached" : share >= 0.8 ? "near" : "healthy";
  return { word, share: Math.min(share, 1) };
}

/** The word of a unit is that of its worst bar. */
export function wordOf(found) {
  if (!found.length) return "no governance";
  return WORDS[Math.max(...found.map((bar) => WORDS.indexOf(bar.word)))];
}

const UNITS = [["y", 31_536_000], ["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];

/** A length of time in at most two units, such as "6 d 3 h". */
export function length(milliseconds) {
  let seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const parts = [];
  for (const [name, size] of UNITS) {
    if (seconds < size && !(name === "s" && !parts.length)) {
      if (parts.length) break;
      continue;
    }
    parts.push(`${Math.floor(seconds / size)} ${name}`);
    seconds %= size;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

/** The simulated time in UTC, to the second. */
export const instant = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");

export const clockTime = (text) => new Date(text).toLocaleTimeString("en-GB");

/** Indent JSON without reading its numbers, which may have more digits than JavaScript keeps. */
export function pretty(text) {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return text
    .replace(/([{[])\s*([}\]])|"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|\s+/g, (token, open, close) => {
      if (open) return open + close;
      if (token === "{" || token === "[") return token + (depth++, line());
      if (token === "}" || token === "]") return (depth--, line()) + token;
      if (token === ",") return token + line();
      if (token === ":") return ": ";
      return token.trim() ? token : "";
    });
}

const LEFT_OUT = /^(host|content-length|connection|user-agent|accept-encoding|accept-language|origin|referer|sec-.*|cache-control|pragma|authorization|x-api-key|cookie)$/i;

/** Whether the mock refused the credential. A response that was forced says nothing about it. */
function refusesCredential(entry) {
  return entry.verdict.problems.some((one) => one.in === "security");
}

function sent(entry) {
  const given = entry.request.headers;
  const credential = given.find((one) => /^(authorization|x-api-key|cookie)$/i.test(one.name));
  return {
    url: location.origin + entry.path + (entry.query ? `?${entry.query}` : ""),
    fields: given.filter((one) => !LEFT_OUT.test(one.name)),
    credential: credential && {
      name: credential.name,
      start: /^authorization$/i.test(credential.name) && credential.value.startsWith("Bearer ") ? "Bearer " : "",
      variable: refusesCredential(entry) ? "CREDENTIAL" : "GOVERNANCE_API_KEY",
    },
  };
}

/** The curl command of a recorded request. The key comes from an environment variable. */
export function asCurl(entry, quoted) {
  const { url, fields, credential } = sent(entry);
  const parts = ["curl -sS -i"];
  if (/[[\]{}]/.test(url)) parts.push("-g");
  if (/\/\.\.?(\/|$|\?)/.test(url)) parts.push("--path-as-is");
  if (entry.method !== "GET") parts.push(`-X ${quoted(entry.method)}`);
  if (credential) parts.push(`-H "${credential.name}: ${credential.start}$${credential.variable}"`);
  for (const { name, value } of fields) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (entry.request.body) parts.push(`--data-raw ${quoted(entry.request.body)}`);
  return [...parts, quoted(url)].join(" ");
}

/** The request as JavaScript. */
export function asFetch(entry) {
  const { url, fields, credential } = sent(entry);
  const lines = fields.map(({ name, value }) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  if (credential) {
    lines.unshift(`    ${JSON.stringify(credential.name)}: \`${credential.start}\${process.env.${credential.variable}}\`,`);
  }
  const body = entry.request.body ? [`  body: ${JSON.stringify(entry.request.body)},`] : [];
  return [
    `await fetch(${JSON.stringify(url)}, {`,
    `  method: ${JSON.stringify(entry.method)},`,
    ...(lines.length ? ["  headers: {", ...lines, "  },"] : []),
    ...body,
    "});",
  ].join("\n");
}
