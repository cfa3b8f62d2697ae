// What the page does beyond links and forms. Without it everything still works by full loads; see the parts it imports.

import { takeFiles } from "./attach.js";
import { chooseByKeys } from "./keys.js";
import { placeMenus } from "./menus.js";
import { followFilm } from "./player.js";
import { sortCards } from "./sort.js";
import { playTogether } from "./versus.js";

const $ = (selector, root = document) => root.querySelector(selector);

/** Words for a person, said by the screen reader too; they leave by themselves. */
export function toast(words) {
  const line = document.createElement("p");
  line.className = "toast";
  line.textContent = words;
  $("#toasts").append(line);
  setTimeout(() => line.remove(), 7000);
}

function keepTheLogDown() {
  const log = $("#log");
  if (!log) return;
  let atEnd = true;
  log.addEventListener("scroll", () => { atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60; });
  const settle = () => { if (atEnd) log.scrollTop = log.scrollHeight; };
  new MutationObserver(settle).observe(log, { childList: true, subtree: true });
  settle();
}

function showPane(name) {
  document.body.dataset.pane = name;
  for (const tab of document.querySelectorAll(".tabs button")) {
    tab.setAttribute("aria-current", String(tab.dataset.pane === name));
    if (tab.dataset.pane === name) tab.classList.remove("news");
  }
  const log = $("#log");
  if (name === "talk" && log) log.scrollTop = log.scrollHeight;
}

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  const opener = on("[data-opens]");
  if (opener) $(`#${opener.dataset.opens}`).showModal();
  const tab = on(".tabs [data-pane]");
  if (tab) showPane(tab.dataset.pane);
  const says = on("[data-says]");
  if (says) openEdit(says);
  const hides = on("[data-hides]");
  if (hides) closeEdit($(`#${hides.dataset.hides}`));
  const example = on("[data-brief]");
  if (example) useExample(example);
});

function openEdit(button) {
  const form = document.getElementById(button.getAttribute("aria-controls"));
  form.hidden = !form.hidden;
  button.setAttribute("aria-expanded", String(!form.hidden));
  if (form.hidden) return button.focus();
  $("textarea", form).focus();
  form.scrollIntoView({ block: "nearest" });
}

export function closeEdit(form) {
  form.hidden = true;
  const button = $(`[aria-controls="${form.id}"]`);
  button.setAttribute("aria-expanded", "false");
  button.focus();
}

function useExample(button) {
  const brief = $("#brief");
  brief.value = button.dataset.brief;
  for (const [name, value] of Object.entries(JSON.parse(button.dataset.chosen))) brief.form.elements[name].value = value;
  brief.focus();
  brief.scrollIntoView({ block: "center" });
}

// Enter sends, shift and enter breaks the line; on touch screens enter breaks it, as people expect there.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !field.matches?.("[data-submits]")) return;
  if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  if (field.value.trim() || field.form.elements.files?.files.length) field.form.requestSubmit();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-once]")) return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "1";
  for (const button of event.target.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
});

// The page comes back from the browser's cache as it was left: let the form be sent again.
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent; });

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const response = ctx?.response;
  const said = response?.headers?.get?.("X-Said");
  if (said) toast(decodeURIComponent(said));
  else if (response?.status >= 400) toast("The server did not take that. Load the page again and try once more.");
  if (!response || response.status >= 400) return;
  const form = ctx.sourceElement?.closest?.("form");
  if (form?.id === "composer") form.reset();
  if (form?.classList.contains("say")) { form.reset(); closeEdit(form); }
  document.querySelectorAll(":popover-open").forEach((menu) => { if (menu.contains(ctx.sourceElement)) menu.hidePopover(); });
});

document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx?.sourceElement?.matches?.("#live")) toast("That did not reach the server. Try again.");
});

// Lost and found: the stream says everything again when it comes back.
const offline = $("#offline");
if (offline) {
  let timer = 0;
  const gone = () => { timer ||= setTimeout(() => { offline.hidden = false; }, 1200); };
  const back = () => { clearTimeout(timer); timer = 0; offline.hidden = true; };
  document.addEventListener("htmx:sse:error", gone);
  document.addEventListener("htmx:sse:after:message", back);
  addEventListener("offline", gone);
}

document.addEventListener("htmx:after:swap", () => {
  if (document.body.dataset.pane === "film") $('.tabs [data-pane="talk"]')?.classList.toggle("news", Boolean($("#offer")));
});

keepTheLogDown();
takeFiles(toast);
placeMenus();
followFilm();
sortCards();
chooseByKeys();
playTogether();
if (document.body.dataset.film && $("#offer") && !$("#player")) showPane("talk");
