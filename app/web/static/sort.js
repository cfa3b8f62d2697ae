// Shots are reordered by dragging their grip, by alt and the arrow keys, or from the menu. One request says the new order.

const list = () => document.getElementById("cards");
const ids = () => [...list().children].map((card) => card.dataset.shot);

let before = [];

/** Say the new order; the cards go back to the old one if it is refused, for example while the film is being cut. */
function send(was) {
  const form = document.getElementById("order");
  before = was;
  form.elements.order.value = ids().join(" ");
  form.requestSubmit();
}

function restore(event) {
  const { ctx } = event.detail;
  if (ctx?.sourceElement?.id !== "order" || (ctx.response?.status ?? 500) < 400) return;
  for (const id of before) list().append(document.getElementById(`shot-${id}`));
}

function move(card, by) {
  const all = [...list().children], to = all.indexOf(card) + by;
  if (to < 0 || to >= all.length) return;
  const was = ids();
  if (by < 0) list().insertBefore(card, all[to]);
  else list().insertBefore(card, all[to].nextSibling);
  card.querySelector(".show").focus();
  send(was);
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
  document.addEventListener("htmx:after:request", restore);
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
    const card = lifted, was = ids();
    lifted = null;
    card.classList.remove("lifted");
    unmark();
    if (!target || target.card === card) return;
    list().insertBefore(card, target.before ? target.card : target.card.nextSibling);
    target = null;
    if (ids().join() !== was.join()) send(was);
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
