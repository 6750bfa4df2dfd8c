// The contract, or the document of control, as a page from which requests can be sent.

import { apiKey, controlKey, root, takeKey } from "./api.js";

takeKey();
const ofControl = new URLSearchParams(location.search).get("of") === "control";
const keys = ofControl ? controlKey : apiKey;
const dark = matchMedia("(prefers-color-scheme: dark)").matches;

const page = document.createElement("rapi-doc");
const attributes = {
  "spec-url": new URL(ofControl ? "openapi.yaml" : "contract.yaml", location).href,
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
document.body.append(page);
