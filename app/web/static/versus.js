// Two films that play, stop and move together; the right one leads.

export function playTogether() {
  const root = document.querySelector("[data-versus]");
  if (!root) return;
  const [left, right] = root.querySelectorAll("video");
  const button = root.querySelector("[data-together]"), seek = root.querySelector("[data-both]"), swap = root.querySelector("[data-swap-sound]");
  const length = () => Math.max(left.duration || 0, right.duration || 0) || 1;
  const paused = () => left.paused && right.paused;

  function toggle() {
    if (!paused()) { left.pause(); right.pause(); return; }
    if (Math.max(left.currentTime, right.currentTime) >= length() - 0.05) left.currentTime = right.currentTime = 0;
    for (const video of [left, right]) if (!video.ended || video.currentTime === 0) video.play().catch(() => {});
  }
  function show() {
    const words = paused() ? "Play both" : "Pause both";
    if (button.lastElementChild.textContent !== words) button.lastElementChild.textContent = words;
    if (document.activeElement !== seek || !paused()) seek.value = String(Math.max(left.currentTime, right.currentTime) / length());
    if (!paused() && !left.ended && !right.ended && Math.abs(left.currentTime - right.currentTime) > 0.12) left.currentTime = right.currentTime;
  }
  button.addEventListener("click", toggle);
  seek.addEventListener("input", () => { for (const video of [left, right]) video.currentTime = Math.min(Number(seek.value) * length(), video.duration || 0); });
  swap?.addEventListener("change", () => { left.muted = !swap.checked; right.muted = swap.checked; });
  for (const video of [left, right]) for (const kind of ["play", "pause", "ended", "timeupdate", "loadedmetadata"]) video.addEventListener(kind, show);
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target.matches("button, a, input, select")) return;
    event.preventDefault();
    toggle();
  });
}
