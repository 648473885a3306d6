// Every page: forms sent once and swapped in place, the key for asking, times that count down, live runs.
import { follow } from "./live.js";

const csrf = document.querySelector("meta[name=csrf]").content;
const said = document.getElementById("said");

export const say = (words) => { said.textContent = words; };

/** The server's HTML as elements. */
export function parse(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

export async function get(path) {
  const answer = await fetch(path, { headers: { "X-Fragment": "1" }, credentials: "same-origin" });
  if (answer.redirected && new URL(answer.url).pathname === "/sign-in") location.reload();
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}

export async function post(path, data) {
  const body = new URLSearchParams(data);
  if (!body.has("csrf")) body.set("csrf", csrf);
  return fetch(path, { method: "POST", body, headers: { "X-Fragment": "1" }, credentials: "same-origin" });
}

/** Put a card that came from the server in the place of the one that is shown; focus stays where it was. */
export function swap(old, html) {
  const fresh = parse(html);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const open = [...old.querySelectorAll("details[open]")].length > 0;
  const [card, run] = fresh.querySelectorAll("article");
  const slot = run && document.querySelector(`[data-slot="${run.dataset.run}"]`);
  const notice = fresh.querySelector(".notice");
  old.parentElement.querySelectorAll(`.notice[data-of="${old.id}"]`).forEach((one) => one.remove());
  if (notice) { notice.dataset.of = old.id; old.before(notice); }
  if (!card) return;
  if (open && focused && focused.matches("input")) return;
  const name = focused && (focused.textContent || "").trim();
  old.replaceWith(card);
  if (slot) { slot.replaceChildren(run); watchCards(slot); }
  if (focused) {
    const same = [...card.querySelectorAll("button, summary, a")].find((one) => one.textContent.trim() === name);
    (same || card.querySelector("h1 a, h2 a, h3 a")).focus();
  }
  const chips = card.querySelector(".chips");
  if (chips) say(`${card.querySelector("h1, h2, h3").textContent.trim()}: ${chips.textContent.trim().replace(/\s+/g, " ")}`);
}

async function sendInPlace(form, submitter) {
  const data = new FormData(form);
  if (submitter && submitter.name) data.set(submitter.name, submitter.value);
  const target = document.querySelector(form.dataset.swap);
  const answer = await post(form.getAttribute("action"), data);
  if (!target || !answer.headers.get("Content-Type")?.startsWith("text/html")) { location.reload(); return; }
  swap(target, await answer.text());
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  const again = () => { delete form.dataset.sent; form.querySelectorAll("button").forEach((one) => { one.disabled = false; }); };
  if (form.dataset.swap) {
    event.preventDefault();
    sendInPlace(form, event.submitter).catch(() => { say("It could not be sent. Try again."); }).finally(again);
  }
  queueMicrotask(() => form.querySelectorAll("button").forEach((one) => { one.disabled = true; }));
});
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  (document.getElementById("text") || document.getElementById("ask")).focus();
});

function lasted(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor(whole % 86400 / 3600)} h`;
}

// The server's clock counts, not this machine's.
const skew = Date.parse(document.querySelector("meta[name=now]").content) - Date.now();
function tick() {
  for (const one of document.querySelectorAll("[data-until]")) {
    const left = (Date.parse(one.dataset.until) - Date.now() - skew) / 1000;
    one.textContent = left > 0 ? `${lasted(left)} left` : "expired";
  }
}
setInterval(tick, 1000);

/** Follow every card on the page that may still change: its run, and the approval that asks for it. */
export function watchCards(root = document) {
  for (const card of root.querySelectorAll("article.run[data-moving], article.question.pending")) {
    follow(card.dataset.run, () => refresh(card.dataset.run));
  }
}

async function refresh(run) {
  for (const card of document.querySelectorAll(`article[data-run="${run}"]`)) {
    const path = card.dataset.question ? `/approvals/${card.dataset.question}` : `/runs/${run}`;
    if (card.dataset.busy) { card.dataset.busy = "again"; continue; }
    card.dataset.busy = "1";
    try {
      const id = card.id;
      const html = await get(path);
      const again = card.dataset.busy === "again";
      if (document.contains(card)) swap(card, html);
      if (again) { const now = document.getElementById(id); if (now) swap(now, await get(path)); }
    } catch { delete card.dataset.busy; }
  }
}
watchCards();
