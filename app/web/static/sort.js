// Shots are reordered by dragging their grip, by alt and the arrow keys, or from the menu. One request says the new order.

const list = () => document.getElementById("cards");
const ids = () => [...list().children].map((card) => card.dataset.shot);

function send() {
  htmx.ajax("POST", list().dataset.sorts, { source: list(), values: { order: ids().join(" ") }, swap: "none" });
}

function move(card, by) {
  const all = [...list().children], to = all.indexOf(card) + by;
  if (to < 0 || to >= all.length) return;
  if (by < 0) list().insertBefore(card, all[to]);
  else list().insertBefore(card, all[to].nextSibling);
  card.querySelector(".show").focus();
  send();
}

function nearest(x, y) {
  const card = document.elementFromPoint(x, y)?.closest("#cards > .card");
  if (!card) return null;
  const box = card.getBoundingClientRect();
  return { card, before: x < box.left + box.width / 2 };
}

function unmark() {
  for (const card of document.querySelectorAll(".lands-before, .lands-after")) card.classList.remove("lands-before", "lands-after");
}

export function sortCards() {
  let lifted = null, target = null;
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button) return;
    event.preventDefault();
    lifted = grip.closest(".card");
    lifted.classList.add("lifted");
    grip.setPointerCapture(event.pointerId);
  });
  document.addEventListener("pointermove", (event) => {
    if (!lifted) return;
    unmark();
    target = nearest(event.clientX, event.clientY);
    if (target && target.card !== lifted) target.card.classList.add(target.before ? "lands-before" : "lands-after");
  });
  const drop = () => {
    if (!lifted) return;
    const card = lifted, was = ids().join();
    lifted = null;
    card.classList.remove("lifted");
    unmark();
    if (!target || target.card === card) return;
    list().insertBefore(card, target.before ? target.card : target.card.nextSibling);
    target = null;
    if (ids().join() !== was) send();
  };
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", () => { lifted?.classList.remove("lifted"); lifted = target = null; unmark(); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) { button.closest(".menu").hidePopover(); move(button.closest(".card"), Number(button.dataset.move)); }
  });
  document.addEventListener("keydown", (event) => {
    const card = event.altKey && event.target.closest?.("#cards > .card");
    if (!card || !["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    move(card, event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 1);
  });
}
