// What is attached to a brief or a message: chosen, dropped or pasted; each file says what it is for, and can be taken away.

const KINDS = {
  picture: ["png", "jpg", "jpeg"],
  clip: ["mp4", "mov", "mkv", "webm"],
  sound: ["wav", "mp3", "m4a", "ogg", "flac"],
  text: ["txt", "md", "fountain", "json", "yaml", "yml"],
};
const ICONS = { picture: "picture", clip: "film", sound: "sound", text: "report" };
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_FILES = 8;

/** Of each form its files, in the order in which they are sent, with their rows. */
const held = new WeakMap();

const ending = (name) => name.slice(name.lastIndexOf(".") + 1).toLowerCase();
const kindOf = (name) => Object.keys(KINDS).find((kind) => KINDS[kind].includes(ending(name)));
const stemOf = (name) => name.slice(0, name.lastIndexOf(".")).replace(/[-_]+/g, " ");
const megabytes = (bytes) => (bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function icon(name) {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  drawn.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
  drawn.firstChild.setAttribute("href", `#i-${name}`);
  return drawn;
}

/** A choice among (value, words) rows, or what is typed where nobody knows the choices yet. */
function choice(rows, chosen, typed) {
  if (!rows.length) return made("input", { name: "uses", value: chosen, required: true, ...typed });
  const select = made("select", { name: "uses" }, ...rows.map(([value, words]) => new Option(words, value)));
  select.value = rows.some(([value]) => value === chosen) ? chosen : rows[0][0];
  return select;
}

/** The shot that a clip is called after, else the first that no other clip has. */
function shotFor(stem, taken) {
  let number = Number(stem.match(/^(?:shot|clip)? ?0*([1-9][0-9]?)$/i)?.[1]) || 1;
  while (taken.has(String(number))) number += 1;
  taken.add(String(number));
  return String(number);
}

/** What a file is for: words before the field, and the field, which every file has, in the order of the files. */
function useOf(file, files, taken) {
  const begins = !document.body.dataset.film, kind = kindOf(file.name), stem = stemOf(file.name);
  if (kind === "clip") {
    const shots = [...document.querySelectorAll("#cards > .card")].map((card) => [card.dataset.number, `shot ${card.dataset.number}`]);
    const typed = { type: "number", min: 1, max: 60, inputMode: "numeric" };
    return [shots.length ? "plays as" : "plays as shot", choice(shots, shotFor(stem, taken), typed)];
  }
  if (kind === "picture") {
    const cast = [...document.querySelectorAll("[data-member]")].map((row) => [row.dataset.member, row.dataset.called]);
    const shots = cast.length ? [...document.querySelectorAll("#cards > .card")].map((card) => card.dataset.number) : [];
    const openings = shots.flatMap((n) => [[`beginning of shot ${n}`, `beginning of shot ${n}`], [`backdrop of shot ${n}`, `backdrop of shot ${n}`]]);
    const shown = cast.find(([id, called]) => [id, called].some((word) => stem.toLowerCase().includes(word.toLowerCase())));
    const typed = { type: "text", maxLength: 80, placeholder: "whom it shows" };
    typed.title = "whom it shows, or: beginning of shot 1, or: backdrop of shot 1";
    return ["is for", choice([...cast, ...openings], shown?.[0] ?? stem, typed)];
  }
  const spoken = files.some((other) => kindOf(other.name) === "sound" && stemOf(other.name) === stem);
  if (kind === "text" && begins && !["json", "yaml", "yml"].includes(ending(file.name))) {
    return ["is", choice([["", "a script"], ["words", "the voice’s words"]], spoken ? "words" : "", {})];
  }
  const words = { sound: "is heard over the film", text: begins ? "is a storyboard" : "has the voice’s words" };
  return [words[kind], made("input", { type: "hidden", name: "uses", value: kind === "text" && !begins ? "words" : "" })];
}

function row(form, file, files, taken, say) {
  const [words, field] = useOf(file, files, taken);
  field.ariaLabel = `${file.name} ${words}`;
  const away = made("button", { type: "button", className: "plain" }, icon("close"), made("span", { className: "sr" }, `Take ${file.name} away`));
  away.addEventListener("click", () => {
    keep(form, [...held.get(form).keys()].filter((other) => other !== file), say);
    form.querySelector("textarea").focus();
  });
  const name = made("b", { title: file.name }, file.name);
  return made("li", {}, icon(ICONS[kindOf(file.name)]), name, made("small", {}, megabytes(file.size)),
    made("label", {}, made("span", {}, words), field), away);
}

/** Let the form have these files and no others, each with its row; what was chosen for one that stays is kept. */
function keep(form, files, say) {
  const list = form.querySelector("[data-files]"), before = held.get(form) ?? new Map();
  const chosen = new Map([...before].map(([file, shown]) => [file, shown.querySelector("[name=uses]").value]));
  const whole = new DataTransfer(), shown = new Map();
  const taken = new Set(files.filter((file) => chosen.has(file) && kindOf(file.name) === "clip").map((file) => chosen.get(file)));
  for (const file of files) {
    whole.items.add(file);
    shown.set(file, before.get(file) ?? row(form, file, files, taken, say));
  }
  form.elements.files.files = whole.files;
  held.set(form, shown);
  list.replaceChildren(...shown.values());
  list.hidden = !files.length;
  const brief = form.querySelector("#brief");
  if (brief) brief.required = !files.some((file) => kindOf(file.name) === "text");
}

function add(form, sent, say) {
  const files = [...(held.get(form)?.keys() ?? [])];
  for (const file of sent) {
    const whole = files.reduce((sum, other) => sum + other.size, file.size);
    if (!kindOf(file.name)) say(`${file.name} is no picture, clip, sound or text that can be used here.`);
    else if (whole > MOST_BYTES) say(`${file.name}: together at most ${megabytes(MOST_BYTES)} can be sent. Cut it or scale it down.`);
    else if (files.length >= MOST_FILES) say(`At most ${MOST_FILES} files can be sent at once.`);
    else files.push(file);
  }
  keep(form, files, say);
}

/** @param say tells a person something in words. */
export function takeFiles(say) {
  const formOf = (event) => event.target.closest?.("form:has([data-files])");
  document.addEventListener("change", (event) => {
    if (event.target.name === "files" && formOf(event)) add(formOf(event), [...event.target.files], say);
  });
  document.addEventListener("paste", (event) => {
    if (!formOf(event) || !event.clipboardData?.files.length) return;
    event.preventDefault();
    add(formOf(event), [...event.clipboardData.files], say);
  });
  document.addEventListener("dragover", (event) => {
    if (formOf(event) && event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!formOf(event) || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    add(formOf(event), [...event.dataTransfer.files], say);
  });
  document.addEventListener("reset", (event) => { if (formOf(event)) keep(formOf(event), [], say); });
  // What a browser remembers of a form after a reload are names without rows; begin without them.
  for (const list of document.querySelectorAll("[data-files]")) list.closest("form").elements.files.value = "";
}
