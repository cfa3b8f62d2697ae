// The film and its timeline move together, and the card of the shot that plays is marked.

export const film = () => document.getElementById("player");

const clips = () => [...document.querySelectorAll("#cards > .card")];

/** Play the film from the beginning of a shot. */
export function playShot(id) {
  const card = document.getElementById(`shot-${id}`), video = film();
  if (!video || !card) return;
  video.currentTime = Number(card.dataset.plays ?? card.dataset.start) + 0.01;
  video.play().catch(() => {});
}

export function playOrPause() {
  const video = film();
  if (!video) return;
  if (video.paused) video.play().catch(() => {});
  else video.pause();
}

function show() {
  const video = film();
  if (!video) return;
  const strip = document.querySelector("[data-strip]"), length = Number(video.dataset.length), now = video.currentTime;
  const head = strip.querySelector(".head"), seek = strip.querySelector("[data-seek]");
  head.setAttribute("x1", `${(100 * now) / length}%`);
  head.setAttribute("x2", `${(100 * now) / length}%`);
  if (document.activeElement !== seek || !video.paused) seek.value = String(now);
  const playing = clips().filter((card) => Number(card.dataset.plays ?? card.dataset.start) <= now + 0.001).at(-1);
  for (const card of clips()) card.toggleAttribute("data-live-plays", card === playing && (now > 0 || !video.paused));
  seek.setAttribute("aria-valuetext", `${now.toFixed(1)} of ${length.toFixed(1)} seconds, shot ${playing?.dataset.number ?? 1}`);
}

export function followFilm() {
  for (const kind of ["timeupdate", "seeking", "loadedmetadata", "play", "pause"]) document.addEventListener(kind, show, true);
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-seek]") && film()) film().currentTime = Number(event.target.value);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-play]");
    if (button) playShot(button.dataset.play);
  });
  // Smooth while it plays; the element's own event comes only four times a second.
  const tick = () => { if (film() && !film().paused) show(); requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}
