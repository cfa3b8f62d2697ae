// Menus open below or above their button, inside the window; promises also open on hover.

const EDGE = 12;

function place(menu) {
  const button = document.querySelector(`[popovertarget="${menu.id}"]`);
  if (!button || innerWidth <= 820) return;
  const at = button.getBoundingClientRect();
  const width = menu.offsetWidth, height = menu.offsetHeight;
  const left = Math.min(Math.max(EDGE, at.left), innerWidth - width - EDGE);
  const below = at.bottom + 6, above = at.top - height - 6;
  const top = below + height < innerHeight - EDGE ? below : above > EDGE ? above : Math.max(EDGE, innerHeight - height - EDGE);
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}

export function placeMenus() {
  document.addEventListener("toggle", (event) => {
    if (event.newState === "open" && event.target.matches(".menu")) place(event.target);
  }, true);

  if (!matchMedia("(hover: hover)").matches) return;
  let timer = 0, opened = null;
  document.addEventListener("pointerover", (event) => {
    const button = event.target.closest?.("[data-hovers]");
    const menu = button && document.getElementById(button.getAttribute("popovertarget"));
    if (menu && !menu.matches(":popover-open")) {
      clearTimeout(timer);
      timer = setTimeout(() => { menu.showPopover(); opened = menu; }, 250);
    } else if (!menu && !(opened && opened.contains(event.target))) {
      clearTimeout(timer);
      timer = setTimeout(() => { if (opened?.matches(":popover-open") && !opened.contains(document.activeElement)) opened.hidePopover(); opened = null; }, 300);
    } else if (opened?.contains(event.target)) clearTimeout(timer);
  });
}
