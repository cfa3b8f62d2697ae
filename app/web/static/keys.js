// Single keys, as in an editing program. They can be switched off, and are off while somebody writes.

import { playOrPause } from "./player.js";
import { closeEdit } from "./page.js";

const SWITCH = "storyreel.keys";
const on = () => localStorage.getItem(SWITCH) !== "off";
const cards = () => [...document.querySelectorAll("#cards > .card")];
const chosen = () => document.querySelector("[data-live-chosen]") ?? document.activeElement.closest?.(".card");

function choose(card) {
  if (!card) return;
  for (const other of cards()) other.toggleAttribute("data-live-chosen", other === card);
  card.querySelector(".show").focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

function step(by) {
  const all = cards(), at = all.indexOf(chosen());
  choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]);
}

function press(key) {
  const card = chosen();
  const button = card?.querySelector(`[data-key="${key}"]`) ?? document.querySelector(`.tools [data-key="${key}"], #offer [data-key="${key}"]`);
  if (!button || button.disabled) return false;
  button.click();
  return true;
}

function act(event) {
  const { key } = event;
  if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (key === " ") playOrPause();
  else if (key === "?") document.getElementById("keys").showModal();
  else if (key === "/") document.getElementById("words")?.focus();
  else if (/^[1-9]$/.test(key)) chosen()?.querySelector(`[data-take="${key}"]`)?.click();
  else if (!press(key)) return;
  event.preventDefault();
}

export function chooseByKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const form = event.target.closest?.(".say");
      if (form) closeEdit(form);
      return;
    }
    const writes = event.target.matches?.("input:not([type=checkbox]):not([type=range]), textarea, select, [contenteditable]");
    const works = event.key === " " && event.target.matches?.("button:not(.show), a, summary, video, input");
    if (writes || works || event.ctrlKey || event.metaKey || event.altKey || !on() || document.querySelector("dialog[open]")) return;
    act(event);
  });
  document.addEventListener("focusin", (event) => {
    const card = event.target.closest?.("#cards > .card");
    if (card) for (const other of cards()) other.toggleAttribute("data-live-chosen", other === card);
  });
  const box = document.querySelector("[data-keys-switch]");
  if (!box) return;
  box.checked = on();
  box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));
}
