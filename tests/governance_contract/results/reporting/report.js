"use strict";
// The page is readable without this script, which only filters the list of rules.
const form = document.getElementById("filter");
const rules = [...document.querySelectorAll("details[data-status]")];
const groups = [...document.querySelectorAll("[data-group]")];
const told = document.getElementById("filtered");
const narrow = () => {
  const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const level = form.elements.level.value;
  let shown = 0;
  for (const rule of rules) {
    const text = rule.textContent.toLowerCase();
    rule.hidden = !words.every((word) => text.includes(word)) || (level !== "" && rule.dataset.level !== level);
    shown += rule.hidden ? 0 : 1;
  }
  for (const group of groups) {
    group.hidden = !group.querySelector("details[data-status]:not([hidden])");
  }
  told.textContent = shown === rules.length ? "" : `${shown} of ${rules.length} rules`;
};
const toggle = (open) => rules.forEach((rule) => { if (!rule.hidden) rule.open = open; });
// Open a rule when a link to it is followed.
const follow = () => {
  const rule = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (rule && "status" in rule.dataset) { rule.hidden = false; rule.open = true; rule.scrollIntoView(); }
};
if (form) {
  form.hidden = false;
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("open-all").addEventListener("click", () => toggle(true));
  document.getElementById("close-all").addEventListener("click", () => toggle(false));
  window.addEventListener("hashchange", follow);
  follow();
}
