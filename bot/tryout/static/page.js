// The list of channels, the people and the clock around the channel that is shown.

const $ = (id) => document.getElementById(id);
const frame = $("channel");
const POLL_MS = 700;

let state = null;
let skew = 0; // the try-out's time less this machine's, in ms
let shown = "";
let latest = 0; // the number of the newest state that was drawn
let asking = 0;

async function ask(path, body) {
  const answer = await fetch(path, body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function poll() {
  if (!asking) {
    try { render(await ask("/tryout/state")); document.body.classList.remove("lost"); }
    catch { lost(); }
  }
  setTimeout(poll, POLL_MS);
}

function lost() {
  if (document.body.classList.contains("lost")) return;
  document.body.classList.add("lost");
  toast("The try-out is closed. Start it again and reload this page.", null, true);
}

async function show(change) {
  asking += 1;
  frame.ariaBusy = "true";
  try { render(await ask("/tryout/show", change)); } catch { lost(); } finally { asking -= 1; void settle(); }
}

// From the press on a channel until it is drawn, the one before takes no words: they would be gone with it.
async function settle() {
  const address = shown;
  const left = () => address !== shown; // somebody went on meanwhile: that settles itself
  while (!await found(() => left() || drawn())) frame.ariaBusy = "false"; // so slow: keep nobody out
  if (left() || asking) return;
  frame.ariaBusy = "false";
  frame.dataset.drawn = address;
}

const drawn = () => {
  const page = frame.contentWindow;
  return !asking && page?.location.href.endsWith(shown) && page.simcordPreview?.ready;
};

function render(next) {
  // An answer that was under way when somebody went elsewhere would load the channel once more, and again back.
  if (next.number < latest) return;
  latest = next.number;
  state = next;
  skew = new Date(state.now) - Date.now();
  $("server").textContent = state.server;
  renderRooms();
  renderViewers();
  renderClock();
  renderSteps();
  if (state.frame !== shown) {
    shown = state.frame;
    frame.ariaBusy = "true";
    // replace(): going back in the browser should leave the page, not walk through channels.
    frame.contentWindow.location.replace(state.frame);
    void settle();
  }
}

function renderRooms() {
  const key = JSON.stringify([state.rooms, state.channel]);
  if ($("rooms").dataset.key === key) return;
  $("rooms").dataset.key = key;
  $("rooms").replaceChildren(...state.rooms.map((room) => {
    const row = document.createElement("button");
    row.type = "button";
    row.className = `room${room.parent ? " thread" : ""}${room.direct ? " direct" : ""}${room.unread ? " unread" : ""}`;
    row.dataset.room = room.name;
    if (room.id === state.channel) row.setAttribute("aria-current", "page");
    if (room.unread) row.setAttribute("aria-label", `${room.name}, new messages`);
    const name = document.createElement("span");
    name.textContent = room.name;
    row.append(name);
    row.addEventListener("click", () => { closeRail(); void show({ channel: room.id }); });
    return row;
  }));
  $("menudot").hidden = !state.rooms.some((room) => room.unread);
  const here = state.rooms.find((room) => room.id === state.channel);
  document.title = here ? `#${here.name} · Cohort` : "Cohort";
}

function renderViewers() {
  const picker = $("viewer");
  if (picker.options.length !== state.viewers.length) {
    picker.replaceChildren(...state.viewers.map((one) => new Option(`${one.name} · ${one.role}`, one.id)));
  }
  if (document.activeElement !== picker) picker.value = state.viewer;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC",
});
const spell = (moment) => `${CLOCK.format(moment)} UTC`;

function renderClock() {
  if (!state) return;
  const now = new Date(Date.now() + skew);
  const time = $("clock").firstElementChild;
  time.textContent = spell(now);
  time.dateTime = now.toISOString();
  $("due").textContent = state.next ? `Next post: ${spell(new Date(state.next))}` : "Nothing scheduled yet";
}

function renderSteps() {
  const papers = state.rooms.find((room) => room.name === "papers");
  if (state.next) remember("feed");
  // Not only by the dot: who follows the mention at once has read it before the next look.
  if (state.posted || papers?.unread || recall("jumped")) remember("next");
  if (recall("next") && papers && papers.id === state.channel) remember("read");
  const steps = ["feed", "next", "read"];
  const now = steps.find((step) => !recall(step));
  for (const step of steps) {
    $(`step-${step}`).className = step === now ? "now" : recall(step) ? "done" : "";
  }
  $("steps").classList.toggle("finished", now === undefined);
}

const memory = new Set();
const remember = (step) => memory.add(step);
const recall = (step) => memory.has(step);

let toastTimer = 0;
function toast(words, channel, stays = false) {
  const line = $("toast");
  line.textContent = words;
  if (channel && channel !== state?.channel) {
    const go = document.createElement("button");
    go.type = "button";
    go.textContent = "Go there";
    go.addEventListener("click", () => { line.hidden = true; void show({ channel }); });
    line.append(go);
  }
  line.hidden = false;
  clearTimeout(toastTimer);
  if (!stays) toastTimer = setTimeout(() => { line.hidden = true; }, 8000);
}

function closeRail() {
  document.body.classList.remove("open");
  $("menu").setAttribute("aria-expanded", "false");
}

// Returns what `look` finds, once it finds something; null after a while.
async function found(look) {
  for (let tries = 0; tries < 100; tries += 1) {
    const something = look();
    if (something) return something;
    await new Promise((done) => { setTimeout(done, 50); });
  }
  return null;
}

// Puts a command into the channel's message box and picks it from the list, as if it had been typed.
async function type(command) {
  const box = await found(() => frame.ariaBusy === "false" && drawn()
    && frame.contentDocument.getElementById("channel-composer-input"));
  if (!box) return;
  box.focus();
  box.value = command;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  const entry = await found(() => {
    if (!box.isConnected || box.value !== command) return "left";
    const first = box.ownerDocument.querySelector(".command-entry");
    return first?.querySelector("strong")?.textContent === command && first;
  });
  if (entry instanceof box.ownerDocument.defaultView.HTMLElement) entry.click();
}

$("viewer").addEventListener("change", (event) => { void show({ viewer: event.target.value }); });
$("menu").addEventListener("click", () => {
  const open = document.body.classList.toggle("open");
  $("menu").setAttribute("aria-expanded", String(open));
});
$("scrim").addEventListener("click", closeRail);
$("hide").addEventListener("click", () => document.body.classList.add("plain"));
$("steps").addEventListener("click", (event) => {
  const step = event.target.closest("button");
  if (step?.dataset.type) void type(step.dataset.type);
  if (step?.dataset.room) goTo(step.dataset.room);
});
$("jump").addEventListener("click", async () => {
  $("jump").disabled = true;
  try {
    const { said, channel } = await ask("/tryout/next", {});
    if (channel) remember("jumped");
    render(await ask("/tryout/state"));
    toast(said.replaceAll("`", ""), channel);
    closeRail();
  } catch { lost(); } finally { $("jump").disabled = false; }
});

function goTo(name) {
  const room = state?.rooms.find((one) => one.name === name);
  if (room) void show({ channel: room.id });
}
window.addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow) return;
  if (typeof event.data?.room === "string") goTo(event.data.room);
  if (typeof event.data?.problem === "string") toast(event.data.problem);
});

setInterval(renderClock, 1000);
void poll();
