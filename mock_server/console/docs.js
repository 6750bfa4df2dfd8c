// The contract, or the document of control, as a page from which requests can be sent.

import { apiKey, controlKey, root, takeKey } from "./api.js";

takeKey();
const ofControl = new URLSearchParams(location.search).get("of") === "control";
const keys = ofControl ? controlKey : apiKey;
const dark = matchMedia("(prefers-color-scheme: dark)").matches;

const page = document.createElement("rapi-doc");
const attributes = {
  "server-url": root,
  "default-api-server": root,
  "render-style": "read",
  "load-fonts": "false",
  "regular-font": "system-ui, sans-serif",
  "mono-font": "ui-monospace, monospace",
  theme: dark ? "dark" : "light",
  "primary-color": dark ? "#7fb8f2" : "#0b5cad",
  "allow-spec-url-load": "false",
  "allow-spec-file-load": "false",
  "allow-server-selection": "false",
  "allow-authentication": "true",
  "show-header": "true",
  "header-color": dark ? "#1c2126" : "#ffffff",
  "schema-description-expanded": "true",
  "persist-auth": "false",
};
if (ofControl) attributes["spec-url"] = new URL("openapi.yaml", location).href;
for (const [name, value] of Object.entries(attributes)) page.setAttribute(name, value);

const pages = document.createElement("nav");
pages.slot = "header";
pages.className = "pages";
const link = (text, href, current) => {
  const found = Object.assign(document.createElement("a"), { href, textContent: text });
  if (current) found.setAttribute("aria-current", "page");
  pages.append(found);
};
link("Console", "./");
link("API", "docs", !ofControl);
link("Control", "docs?of=control", ofControl);

const field = Object.assign(document.createElement("input"), {
  type: "password",
  autocomplete: "off",
  value: keys.get(),
  placeholder: ofControl ? "control key, if one is set" : "management key",
  ariaLabel: ofControl ? "Control key" : "Management key",
});
const use = () => {
  keys.set(field.value.trim());
  const scheme = page.resolvedSpec?.securitySchemes?.find((one) => one.type === "http" || one.type === "apiKey");
  if (scheme && field.value.trim()) page.setApiKey(scheme.securitySchemeId, field.value.trim());
};
field.addEventListener("change", use);
page.addEventListener("spec-loaded", () => setTimeout(use)); // the element sets its own keys first
pages.append(field);

const logo = Object.assign(document.createElement("img"), { src: "console/icon.svg", alt: "", slot: "logo", width: 28 });
page.append(logo, pages);

const NO_TEXT = new Set(["example", "examples", "default", "enum", "const"]);

/** Show `<` in descriptions as it is. The element would take what follows for HTML; in code spans it does not. */
function escapeDescriptions(part, seen = new Set()) {
  if (part === null || typeof part !== "object" || seen.has(part)) return;
  seen.add(part);
  for (const [name, value] of Object.entries(part)) {
    if (name === "description" && typeof value === "string") {
      part[name] = value.replace(/`[^`]*`|</g, (found) => (found === "<" ? "&lt;" : found));
    } else if (!NO_TEXT.has(name)) escapeDescriptions(value, seen);
  }
}
page.addEventListener("before-render", (event) => escapeDescriptions(event.detail.spec));

/** A bound that JavaScript would round, as text. Browsers that do not know `source` show it rounded. */
const exact = (name, value, context) =>
  /^(exclusive)?(minimum|maximum)$/i.test(name) && /^-?\d{16,}$/.test(context?.source) ? context.source : value;

document.body.append(page);
if (!ofControl) {
  const contract = await fetch("contract.yaml", { headers: controlKey.get() ? { "X-Mock-Control-Key": controlKey.get() } : {} });
  page.loadSpec(JSON.parse(await contract.text(), exact)); // the mock sends JSON, which is YAML
}
